import type { CommandName } from '../settings/command-names.ts';
import type { exitCodes } from '../settings/exit-codes.ts';

/** What a code means of one command. */
export type Exits = Partial<Record<keyof typeof exitCodes, string>>;

const usage = 'An unknown flag, or a value that a flag of this command does not accept.';
const config = 'A setting that it needs is invalid, be it from a file, a variable or a flag.';

/** Which exit codes each command has, and when. Any command that a signal interrupts ends with 1. */
export const exits = {
  run: {
    done: 'Told to stop by SIGTERM or SIGINT.',
    usage,
    deadlinePassed: 'Another daemon, or a restart by hand, acts on this host.',
    noPermission: 'Permission denied at the run directory.',
    config,
  },
  check: {
    done: 'The agent is on PrivateLink.',
    notDone: 'It is not; the reason is printed.',
    usage,
    unavailable: 'The Docker Engine or IMDS cannot be asked.',
    noPermission: 'Permission denied at the Docker socket.',
    config,
  },
  doctor: {
    done: 'No check failed; warnings do not count.',
    notDone: 'A check failed.',
    usage: `${usage} The file of --bundle is there already, or cannot be.`,
    noPermission: 'Permission denied at the file of --bundle.',
    config,
  },
  explain: {
    done: 'Explained.',
    usage,
    unavailable: 'No daemon runs, or its status cannot be read.',
    config,
  },
  restart: {
    done: 'Restarted, and registered again; with --if-needed: proven on PrivateLink, or not needed. A dry run.',
    notDone: 'Not restarted, or not that; the reason is printed.',
    usage: `${usage} A setting, while a daemon runs.`,
    unavailable: "The Docker Engine or IMDS cannot be asked, or the daemon's status cannot be read.",
    deadlinePassed: 'No outcome in time, or another restart by hand is under way.',
    noPermission: 'Permission denied at the run directory or the Docker socket.',
    config,
  },
  status: {
    done: 'Settled, and no public connection is left; with --wait: the phase is reached.',
    notDone: 'In another phase, or a public connection is left.',
    usage,
    unavailable: 'No daemon runs, or its status cannot be read.',
    deadlinePassed: 'The phase of --wait was not reached in time.',
    config,
  },
  fleet: {
    done: 'The agents of all container instances no longer need NAT.',
    notDone: 'Some still do, or it is not known of some; which, and why, is printed.',
    usage: `${usage} A cluster or a profile that does not exist.`,
    unavailable: 'ECS could not be asked.',
    deadlinePassed: 'No yes in the time of --timeout, with --wait.',
    noPermission: 'No credentials, or not allowed to ask ECS; the permission is named.',
    config: 'No region is set.',
  },
  plan: {
    done: 'Nothing is missing, as far as can be seen.',
    notDone: 'Something is missing.',
    usage: `${usage} A VPC or a cluster that does not exist.`,
    unavailable: 'AWS could not be asked.',
    noPermission: 'No credentials, or not allowed to list the endpoints; the permission is named.',
    config: 'No region is set.',
  },
  config: {
    done: 'Printed.',
    usage,
    config: 'A setting is invalid, be it from a file, a variable or a flag.',
  },
  version: { done: 'Printed.', usage },
  help: { done: 'Printed.', usage },
} as const satisfies Record<CommandName, Exits>;
