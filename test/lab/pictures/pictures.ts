import { drawHost } from './host-picture.ts';
import { type Cut, drawTerminal } from './terminal-picture.ts';

interface Recording {
  readonly title: string;
  /** Undefined: all of it is drawn. */
  readonly cut?: Cut;
}

/** The terminals of docs/pictures: NAME.txt is what scripts/pictures.sh recorded, NAME.svg is drawn from it. */
export const recordings: Readonly<Record<string, Recording>> = {
  rehearsal: {
    title: 'A rehearsal: the endpoints appear, the agent is restarted once and connects privately',
    cut: {
      head: /^\$ /,
      keep: [
        /agent {5}ACS connected/,
        /daemon {4}waiting: /,
        /lab {7}endpoint /,
        /daemon {4}settling: All names/,
        /daemon {4}Restarting the agent/,
        /ecs-init {2}Agent (exited|started)/,
        /daemon {4}The new agent is up/,
        /daemon {4}settled: /,
      ],
      tail: /rehearse {2}ecs-init /,
    },
  },
  status: { title: 'status of a host that is settled' },
  doctor: {
    title: 'doctor on a host whose endpoints let nobody in',
    cut: {
      head: /^\$ /,
      keep: [/^fail/, /^\d+ checks/, /^ {2}because of/, /^ {2}agent-path/],
      tail: /^THE CAUSE/,
    },
  },
  fleet: {
    title: 'fleet on 300 container instances halfway through a migration',
    cut: {
      head: /^subnet-02/,
      keep: [
        /^not done: names-not-private/,
        /ecs-telemetry does not answer privately yet/,
        /To do: Create the interface endpoint/,
        /with private DNS, in this zone/,
      ],
      tail: /^Agents no longer need NAT/,
    },
  },
};

/** @param read gives a recorded text by its name */
export function drawPictures(read: (name: string) => string): Record<string, string> {
  const terminals = Object.entries(recordings).map(([name, { title, cut }]) => [
    name,
    drawTerminal(title, read(name), cut),
  ]);
  return { host: drawHost(), ...Object.fromEntries(terminals) };
}
