import { checkNames } from '../doctor/order.ts';
import { purposes } from '../plan/requirement.ts';
import { phases } from '../reconcile/phase.ts';
import { type CommandName, commandNames } from '../settings/command-names.ts';
import { boolean, choice, list } from '../settings/kinds/basic.ts';
import { duration } from '../settings/kinds/duration.ts';
import { cluster, filePath, profile, region, vpcId } from '../settings/kinds/text.ts';
import type { ValueKey, ValueKind, ValueOf } from '../settings/value-kind.ts';

/** A flag that belongs to one command and is not a setting: it has no variable and no line in the file. */
export interface CommandFlag {
  readonly name: string;
  readonly kind: ValueKind<unknown>;
  /** Text of the value that it has where it is not given. */
  readonly default?: string;
  readonly help: string;
}

/** What a command may be given without a flag. */
export interface Operand {
  readonly kind: ValueKind<unknown>;
  readonly help: string;
}

export interface Command {
  /** One line. */
  readonly help: string;
  readonly flags: readonly CommandFlag[];
  readonly operand?: Operand;
}

const phase = { ...choice(phases), placeholder: 'PHASE' };

const checkName = { ...list(choice(checkNames), 1), placeholder: 'NAME,…' };

const json = { name: 'json', kind: boolean, help: 'Print JSON.' } as const;

/** ONE row per command: parsing, help, man page and completions come from it. */
export const commands = {
  run: {
    help: 'Run the daemon: watch the endpoints and bring the agent onto them.',
    flags: [],
  },
  check: {
    help: 'Look once: is the agent on PrivateLink? Exits with 0 if so, else 1.',
    flags: [
      {
        name: 'ecs',
        kind: boolean,
        help: "Ask ECS too what a new agent would ask (preflight), with the role's credentials.",
      },
      json,
    ],
  },
  doctor: {
    help: 'Find what is wrong on this host, and say how to fix it.',
    flags: [
      { name: 'only', kind: checkName, help: 'Only these checks; --list names them.' },
      { name: 'list', kind: boolean, help: 'List the checks.' },
      { name: 'ec2', kind: boolean, help: 'Ask the EC2 API too; needs credentials and a route.' },
      { name: 'bundle', kind: filePath, help: 'Also write a redacted .tar.gz for a support case.' },
      json,
    ],
  },
  explain: {
    help: 'Say why the daemon decided as it did, and what would change it.',
    flags: [json],
  },
  restart: {
    help: 'Restart the agent in the way that is right for this host.',
    flags: [
      { name: 'if-needed', kind: boolean, help: 'Only if the agent is on the public path and all is ready.' },
      json,
    ],
  },
  status: {
    help: 'Show what the daemon sees, what it did last and does next.',
    flags: [
      { name: 'wait', kind: phase, help: 'Wait until the daemon reaches this phase.' },
      {
        name: 'timeout',
        kind: duration('0', '168h'),
        default: '5m',
        help: 'Timeout; exit code 75 when it has passed.',
      },
      { name: 'record', kind: boolean, help: 'Print what the fleet is told of this host, a line of JSON.' },
      json,
    ],
  },
  fleet: {
    help: 'Say whether the agents of a whole fleet no longer need NAT.',
    flags: [
      { name: 'cluster', kind: list(cluster, 1), help: 'Only this cluster; may be repeated. [all]' },
      { name: 'region', kind: list(region, 1), help: "Region; may be repeated. [the AWS CLI's]" },
      {
        name: 'profile',
        kind: list(profile, 1),
        help: 'Account, by a profile of ~/.aws/config; may be repeated.',
      },
      { name: 'ask', kind: boolean, help: 'Ask the hosts too, by SSM Run Command, for a fresh record.' },
      {
        name: 'only',
        kind: choice(['all', 'not-done']),
        default: 'all',
        help: 'not-done: only the hosts that are not done.',
      },
      { name: 'wait', kind: boolean, help: 'Wait for a yes.' },
      {
        name: 'timeout',
        kind: duration('0', '168h'),
        default: '1h',
        help: 'Timeout of --wait; exit code 75 when it has passed.',
      },
      json,
    ],
  },
  plan: {
    help: 'Say what a VPC lacks for PrivateLink, and print what creates it.',
    flags: [
      { name: 'vpc', kind: vpcId, help: 'The VPC. [that of the container instances]' },
      { name: 'cluster', kind: cluster, help: 'Only the container instances and tasks of this cluster.' },
      { name: 'region', kind: region, help: "Region. [the AWS CLI's]" },
      { name: 'profile', kind: profile, help: 'Account, by a profile of ~/.aws/config.' },
      {
        name: 'only',
        kind: list(choice(purposes), 1),
        help: 'Only the endpoints for these.',
      },
      { name: 'terraform', kind: boolean, help: 'Print Terraform that creates what is missing.' },
      { name: 'cloudformation', kind: boolean, help: 'Print a CloudFormation template of it.' },
      json,
    ],
  },
  config: {
    help: 'Print the effective settings, as lines of a config file.',
    flags: [{ name: 'origin', kind: boolean, help: 'Say where each setting comes from.' }, json],
  },
  version: {
    help: 'Print the version.',
    flags: [json],
  },
  help: {
    help: 'Explain a command, or list them all.',
    flags: [],
    operand: { kind: { ...choice(commandNames), placeholder: 'COMMAND' }, help: 'The command to explain.' },
  },
} as const satisfies Record<CommandName, Command>;

type Row<Name extends CommandName> = (typeof commands)[Name];

type FlagValue<Kind, Row> =
  Kind extends ValueKind<boolean>
    ? boolean
    : Row extends { readonly default: string }
      ? ValueOf<Kind>
      : ValueOf<Kind> | undefined;

/** Values of a command's own flags; switches not given are false, others what is their default, or undefined. */
export type CommandFlags<Name extends CommandName> = {
  readonly [Flag in Row<Name>['flags'][number] as ValueKey<Flag['name'], Flag['kind']>]: FlagValue<
    Flag['kind'],
    Flag
  >;
};

/** The operand of a command that has one; undefined where it was not given. */
export type CommandOperand<Name extends CommandName> =
  Row<Name> extends { readonly operand: { readonly kind: infer Kind } }
    ? ValueOf<Kind> | undefined
    : undefined;
