import { type EndpointService, endpointServices } from '../../../../src/settings/endpoint-services.ts';
import { type CrashPoint, crashPoints } from './model-daemon.ts';
import type { DnsMode } from './network.ts';
import { between, pick, type Random, seeded } from './random.ts';
import type { SupervisorOptions } from './supervisor.ts';

/** One thing that happens to a host; what it means for the daemon's process is `sequence.ts`'s. */
export type Incident =
  | { readonly kind: 'endpoint'; readonly service: EndpointService; readonly what: EndpointChange }
  | { readonly kind: 'all-endpoints'; readonly what: EndpointChange }
  | { readonly kind: 'security-group'; readonly service: EndpointService; readonly open: boolean }
  | { readonly kind: 'policy'; readonly refuses: 'poll' | 'discover' | undefined }
  | { readonly kind: 'nat'; readonly there: boolean }
  | { readonly kind: 'dns'; readonly mode: DnsMode }
  | {
      readonly kind: 'odd-name';
      readonly service: EndpointService;
      readonly odd: 'failed' | 'mixed' | 'absent' | undefined;
    }
  | { readonly kind: 'agent-exits'; readonly code: number }
  | { readonly kind: 'crash-loops'; readonly on: boolean }
  | { readonly kind: 'own-resolver'; readonly on: boolean }
  | { readonly kind: 'distrusts'; readonly on: boolean }
  | { readonly kind: 'deregistered' }
  | { readonly kind: 'connections-vanish'; readonly againInMs: number }
  | { readonly kind: 'operator'; readonly does: OperatorAct }
  | { readonly kind: 'supervisor-dies' }
  | { readonly kind: 'shim-crashes' }
  | { readonly kind: 'engine'; readonly what: 'hangs' | 'recovers' | 'restarts' }
  | { readonly kind: 'systemctl'; readonly works: boolean }
  | { readonly kind: 'disk'; readonly writable: boolean }
  | { readonly kind: 'readable'; readonly what: 'sockets' | 'log'; readonly yes: boolean }
  | { readonly kind: 'tasks'; readonly starting: number }
  | { readonly kind: 'terminating'; readonly on: boolean }
  | { readonly kind: 'wall-clock'; readonly byMs: number }
  | { readonly kind: 'daemon-killed'; readonly at: CrashPoint | 'between-looks'; readonly forMs: number }
  | { readonly kind: 'reboot'; readonly offMs: number }
  | { readonly kind: 'request'; readonly ifNeeded: boolean }
  | { readonly kind: 'sighup' };

export type EndpointChange = 'created' | 'withdrawn' | 'created-anew' | 'private-dns-off';

const operatorActs = [
  'stop',
  'start',
  'restart',
  'kill',
  'remove',
  'pause',
  'unpause',
  'unit-stop',
  'unit-start',
  'unit-restart',
] as const;

export type OperatorAct = (typeof operatorActs)[number];

/** An incident and how long it is after the one before. */
export interface Strike {
  readonly afterMs: number;
  readonly incident: Incident;
}

/** A sequence, whole: the same one gives the same run. */
export interface Sequence {
  readonly seed: number;
  readonly supervisor: SupervisorOptions;
  readonly metricsDisabled: boolean;
  readonly restart: 'auto' | 'off';
  readonly dryRun: boolean;
  readonly splayDelayMs: number;
  readonly strikes: readonly Strike[];
}

type Maker = (random: Random) => Incident;

const service = (random: Random) => pick(random, endpointServices);
const often = (random: Random) => random() < 0.7;

/** Each kind with how often it comes; what heals comes about as often as what harms. */
const general: readonly (readonly [weight: number, make: Maker])[] = [
  [8, () => ({ kind: 'all-endpoints', what: 'created' })],
  [4, (random) => ({ kind: 'endpoint', service: service(random), what: 'created' })],
  [
    2,
    (random) => ({
      kind: 'endpoint',
      service: service(random),
      what: pick(random, ['withdrawn', 'created-anew', 'private-dns-off']),
    }),
  ],
  [
    2,
    (random) => ({
      kind: 'all-endpoints',
      what: pick(random, ['withdrawn', 'created-anew', 'private-dns-off']),
    }),
  ],
  [4, (random) => ({ kind: 'security-group', service: service(random), open: often(random) })],
  [2, (random) => ({ kind: 'policy', refuses: pick(random, ['poll', 'discover', undefined, undefined]) })],
  [2, (random) => ({ kind: 'nat', there: pick(random, [true, false]) })],
  [3, (random) => ({ kind: 'dns', mode: pick(random, ['vpc', 'vpc', 'flapping', 'public-view']) })],
  [
    3,
    (random) => ({
      kind: 'odd-name',
      service: service(random),
      odd: pick(random, ['failed', 'mixed', 'absent', undefined, undefined, undefined]),
    }),
  ],
  [4, (random) => ({ kind: 'agent-exits', code: pick(random, [1, 1, 137, 0, 5]) })],
  [1, (random) => ({ kind: 'crash-loops', on: !often(random) })],
  [1, (random) => ({ kind: 'own-resolver', on: pick(random, [true, false]) })],
  [1, (random) => ({ kind: 'distrusts', on: !often(random) })],
  [0.5, () => ({ kind: 'deregistered' })],
  [3, (random) => ({ kind: 'connections-vanish', againInMs: pick(random, [500, 20_000, 120_000]) })],
  [7, (random) => ({ kind: 'operator', does: pick(random, operatorActs) })],
  [1, () => ({ kind: 'supervisor-dies' })],
  [0.5, () => ({ kind: 'shim-crashes' })],
  [3, (random) => ({ kind: 'engine', what: pick(random, ['hangs', 'recovers', 'recovers', 'restarts']) })],
  [1, (random) => ({ kind: 'systemctl', works: often(random) })],
  [1, (random) => ({ kind: 'disk', writable: often(random) })],
  [
    1.5,
    (random) => ({
      kind: 'readable',
      what: pick(random, ['sockets', 'log']),
      yes: pick(random, [true, false]),
    }),
  ],
  [1, (random) => ({ kind: 'tasks', starting: pick(random, [0, 0, 2]) })],
  [0.5, (random) => ({ kind: 'terminating', on: !often(random) })],
  [1, (random) => ({ kind: 'wall-clock', byMs: between(random, -864e5, 864e5) })],
  [
    3,
    (random) => ({
      kind: 'daemon-killed',
      at: pick(random, ['between-looks', ...crashPoints]),
      forMs: random() < 0.9 ? between(random, 100, 5_000) : between(random, 5_000, 1_200_000),
    }),
  ],
  [1, (random) => ({ kind: 'reboot', offMs: between(random, 20_000, 600_000) })],
  [2, (random) => ({ kind: 'request', ifNeeded: often(random) })],
  [1, () => ({ kind: 'sighup' })],
];

/** Endpoints that come and go while the agent would have to follow each time. */
const flapping: typeof general = [
  [10, () => ({ kind: 'all-endpoints', what: 'created' })],
  [8, (random) => ({ kind: 'all-endpoints', what: pick(random, ['withdrawn', 'private-dns-off']) })],
  [2, (random) => ({ kind: 'operator', does: pick(random, ['unit-restart', 'kill', 'remove']) })],
  [1, (random) => ({ kind: 'own-resolver', on: pick(random, [true, true, false]) })],
  [1, () => ({ kind: 'connections-vanish', againInMs: 500 })],
];

/** An agent whose path cannot be made out as easily: public connections that come and go, sockets that cannot be read. */
const elusive: typeof general = [
  [3, () => ({ kind: 'all-endpoints', what: 'created' })],
  [3, (random) => ({ kind: 'nat', there: pick(random, [true, false]) })],
  [3, (random) => ({ kind: 'connections-vanish', againInMs: pick(random, [500, 20_000, 120_000]) })],
  [
    3,
    (random) => ({
      kind: 'readable',
      what: pick(random, ['sockets', 'log']),
      yes: pick(random, [true, false]),
    }),
  ],
  [2, (random) => ({ kind: 'security-group', service: 'ecs-agent', open: pick(random, [true, false]) })],
  [2, (random) => ({ kind: 'policy', refuses: pick(random, ['poll', 'discover', undefined]) })],
  [2, (random) => ({ kind: 'own-resolver', on: pick(random, [true, false]) })],
  [2, (random) => ({ kind: 'operator', does: pick(random, ['unit-restart', 'kill', 'start']) })],
];

export function sequenceOf(seed: number): Sequence {
  const random = seeded(seed);
  const chosen = random();
  const table = chosen < 0.6 ? general : chosen < 0.8 ? flapping : elusive;
  const first: Incident[] = often(random) ? [] : [{ kind: 'all-endpoints', what: 'created' }];
  const length = Math.floor(between(random, 8, 40));
  return {
    seed,
    supervisor: {
      kind: pick(random, ['ecs-init', 'ecs-init', 'unit', 'restart-policy', 'none']),
      restartRule: pick(random, ['always', 'on-failure', 'no']),
      debian: random() < 0.3,
      // Of its own, so that what is known of a sequence by its number stays true.
      enabled: seeded(seed + 0xe4ab1)() < 0.7,
    },
    metricsDisabled: random() < 0.1,
    restart: random() < 0.05 ? 'off' : 'auto',
    dryRun: random() < 0.05,
    splayDelayMs: random() < 0.1 ? 30_000 : 0,
    strikes: [
      ...first.map((incident) => ({ afterMs: 1_000, incident })),
      ...Array.from({ length }, () => ({
        // Time enough for a restart between two changes.
        afterMs: table === flapping ? between(random, 15_000, 60_000) : gap(random),
        incident: choose(random, table),
      })),
    ],
  };
}

function gap(random: Random): number {
  const chosen = random();
  if (chosen < 0.25) return between(random, 0, 1_000);
  if (chosen < 0.75) return between(random, 1_000, 12_000);
  if (chosen < 0.95) return between(random, 12_000, 50_000);
  if (chosen < 0.999) return between(random, 50_000, 600_000);
  return between(random, 600_000, 8 * 3_600_000);
}

function choose(random: Random, table: typeof general): Incident {
  let left = random() * table.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of table) {
    left -= weight;
    if (left < 0) return make(random);
  }
  return { kind: 'sighup' };
}
