import { type EndpointService, endpointServices } from '../../../src/settings/endpoint-services.ts';
import { ofEachService } from '../hosts/topology.ts';
import type { DnsOutcome } from '../stand-ins/dns/behaviour.ts';
import type { AddressMode } from '../stand-ins/ecs-service/service-address.ts';
import type { EngineFault } from '../stand-ins/embedded-engine/faults.ts';
import type { ImdsFaultKind } from '../stand-ins/imds/fault.ts';
import { type Random, seededRandom } from './random.ts';

/** One thing that goes wrong. */
export type Fault =
  | { readonly part: 'imds'; readonly fault: ImdsFaultKind }
  /** The nameserver fails for the name. */
  | { readonly part: 'dns'; readonly service: EndpointService; readonly outcome: DnsOutcome }
  /** The name is answered, in another way than it will be in the end. */
  | { readonly part: 'answer'; readonly service: EndpointService; readonly answer: OddAnswer }
  /** Port 443 of the endpoint, in one zone or in both. */
  | {
      readonly part: 'port';
      readonly service: EndpointService;
      readonly zones: 1 | 2;
      readonly mode: Exclude<AddressMode, 'open'>;
    }
  /** The public path is cut. */
  | { readonly part: 'nat' }
  /** The ECS API. */
  | { readonly part: 'api'; readonly mode: 'error' | 'hang' }
  | { readonly part: 'engine'; readonly fault: EngineFault | 'restarted' }
  | { readonly part: 'agent'; readonly what: 'killed' | 'frozen' | 'disconnected' }
  | { readonly part: 'daemon'; readonly what: 'killed' | 'frozen' | 'hung-up' };

/** `one-zone`: the second address of the two alone. */
export type OddAnswer = 'public' | 'mixed' | 'one-zone';

export interface Incident {
  /** Milliseconds from the schedule's start to the fault, and from there to its healing. */
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Fault;
}

/** What happens to one host whose agent is on the public path at the start. In the end everything is healed. */
export interface Schedule {
  readonly seed: number;
  readonly supervision: 'ecs-init' | 'restart-policy';
  readonly daemonStartsAtMs: number;
  /** When each endpoint is created. */
  readonly createdAtMs: Readonly<Record<EndpointService, number>>;
  readonly incidents: readonly Incident[];
}

/** Incidents begin within this time. */
export const horizonMs = 4_500;
const longestMs = 1_500;
/** ecs-init waits 0.5, 1, 2, 4 s … from one death of the agent to the next. */
const mostAgentDeaths = 2;

/** The same schedule for the same seed. */
export function generateSchedule(seed: number): Schedule {
  const random = seededRandom(seed);
  const supervision = random.chance(0.7) ? 'ecs-init' : 'restart-policy';
  const baked = random.chance(0.3);
  const created = () => (baked ? 0 : random.between(0, 2_500));
  const createdAtMs = ofEachService(created);
  const daemonStartsAtMs = random.between(0, 1_500);
  const incidents: Incident[] = [];
  for (let left = random.between(3, 10); left > 0; left -= 1) {
    const fault = someFault(random, supervision);
    const incident = { atMs: random.between(0, horizonMs), forMs: random.between(80, longestMs), fault };
    if (fits(incident, incidents)) incidents.push(incident);
  }
  return {
    seed,
    supervision,
    daemonStartsAtMs,
    createdAtMs,
    incidents: incidents.sort((one, other) => one.atMs - other.atMs),
  };
}

function someFault(random: Random, supervision: Schedule['supervision']): Fault {
  const service = random.pick(endpointServices);
  switch (random.between(0, 11)) {
    case 0:
      return {
        part: 'imds',
        fault: random.pick<ImdsFaultKind>([
          { kind: 'status', status: 503 },
          { kind: 'status', status: 401 },
          { kind: 'hang' },
          { kind: 'cut' },
          { kind: 'content', body: '<html></html>' },
        ]),
      };
    case 1:
    case 2:
      return {
        part: 'dns',
        service,
        outcome: random.pick<DnsOutcome>([
          'servfail',
          'refused',
          'nxdomain',
          'nodata',
          'silence',
          'garbage',
          'wrong-id',
          'truncated',
        ]),
      };
    case 3:
    case 4:
      return { part: 'answer', service, answer: random.pick<OddAnswer>(['public', 'mixed', 'one-zone']) };
    case 5:
    case 6:
      return {
        part: 'port',
        service,
        zones: random.pick([1, 2]),
        mode: random.pick(['refused', 'mute', 'blackhole']),
      };
    case 7:
      return random.chance(0.5) ? { part: 'nat' } : { part: 'api', mode: random.pick(['error', 'hang']) };
    case 8:
    case 9:
      return {
        part: 'engine',
        // Under ecs-init its end is systemd's business too, and there is none here.
        fault:
          supervision === 'restart-policy' && random.chance(0.3)
            ? 'restarted'
            : random.pick<EngineFault>(['hang', 'refuse', 'absent', 'html', 'half-json', 'cut']),
      };
    case 10:
      return { part: 'agent', what: random.pick(['killed', 'frozen', 'disconnected']) };
    default:
      return { part: 'daemon', what: random.pick(['killed', 'killed', 'frozen', 'hung-up']) };
  }
}

/** One fault at a time for each part, or its healing would heal another one. */
function fits(incident: Incident, others: readonly Incident[]): boolean {
  const apart = others.every(
    (other) =>
      subject(other.fault) !== subject(incident.fault) ||
      other.atMs + other.forMs < incident.atMs ||
      incident.atMs + incident.forMs < other.atMs,
  );
  const deaths = [...others, incident].filter(({ fault }) => endsAgent(fault)).length;
  return apart && deaths <= mostAgentDeaths;
}

function endsAgent(fault: Fault): boolean {
  return (
    (fault.part === 'agent' && fault.what === 'killed') ||
    (fault.part === 'engine' && fault.fault === 'restarted')
  );
}

/** The part of the host that a fault is about. */
export function subject(fault: Fault): string {
  switch (fault.part) {
    case 'dns':
    case 'answer':
      return `name ${fault.service}`;
    case 'port':
      return `port ${fault.service}`;
    default:
      return fault.part;
  }
}
