import type { Observation } from '../../../../src/observe/observation.ts';
import type { Reason } from '../../../../src/reconcile/phase.ts';
import type { Policy } from '../../../../src/reconcile/policy.ts';
import type { ModelHost } from './model-host.ts';

/** All that a reason may be about. */
export interface Truth {
  readonly host: ModelHost;
  readonly observation: Observation;
  readonly limits: Policy;
  /** Real restarts by the daemon, not those by hand. */
  readonly restartsInDay: number;
  readonly restartsInTransition: number;
  /** Calls, with or without effect. */
  readonly restartsMade: number;
  /** An agent has been on the private path since the last of them. */
  readonly lastHelped: boolean;
}

const notConnected = ({ host }: Truth) => host.agent !== undefined && !host.agent.acs.isPrivate;

/** The log's last word, of an agent that is not connected. */
const says = (code: string) => (truth: Truth) => truth.host.agent?.saying === code && notConnected(truth);

const anyName = (seen: string) => (truth: Truth) =>
  truth.observation.endpoints?.endpoints.some((one) => one.class === seen) ?? false;

/** By reason: whether what it names is so. */
const conditions: Readonly<Record<string, (truth: Truth) => boolean>> = {
  'agent-disconnected': (truth) =>
    notConnected(truth) && truth.host.agent?.registeredMs !== undefined && noPublicConnection(truth),
  'agent-refused': says('agent-refused'),
  'agent-distrusts': says('agent-distrusts'),
  'agent-deregistered': says('agent-deregistered'),
  'agent-cannot-reach': says('agent-cannot-reach'),
  'path-unproven': ({ host, observation }) =>
    !host.socketsReadable || observation.agent.path.path === 'unknown',
  'agent-paused': ({ host }) => host.container?.paused === true,
  'restart-did-not-help': (truth) => truth.restartsMade > 0 && notConnected(truth),
  'agent-told-public-hosts': ({ host }) => host.agent?.told === 'numbered',
  // Until it is asked again: 10 minutes, and one look at the slowest pace.
  'preflight-refused': ({ host: { network, nowMs } }) =>
    network.refuses === 'discover' || nowMs - network.policySinceMs < 12 * 60_000,
  'restart-budget-used': ({ restartsInDay }) => restartsInDay >= 6,
  'attempts-used-up': ({ restartsInTransition, limits }) => restartsInTransition >= limits.maxRestarts,
  'restart-no-effect': ({ restartsMade }) => restartsMade > 0,
  // Or its supervisor has started it once more.
  'agent-exit-5': ({ host }) =>
    // A container that was removed has hidden its exit code.
    host.agent === undefined
      ? host.container === undefined || host.container.exitCode === 5
      : host.agent.registeredMs === undefined,
  // Ends again and again; the one that runs now, if any, has not registered.
  'agent-keeps-ending': ({ host }) => host.agent?.registeredMs === undefined,
  'agent-not-running': ({ host }) => host.agent === undefined,
  'agent-process-gone': ({ host }) => host.container?.processGone === true,
  'agent-absent': ({ host }) => host.container === undefined,
  'agent-not-registered': ({ host }) => host.agent !== undefined && host.agent.registeredMs === undefined,
  'unit-stopped': ({ host }) => host.agent === undefined && host.supervisor.isStopped,
  'endpoint-not-probed': ({ observation }) =>
    observation.endpoints?.endpoints.some((one) => one.class === 'private' && one.reachable === undefined) ??
    false,
  'endpoint-tcp-timeout': ({ host }) =>
    Object.values(host.network.endpoints).some((one) => one.privateDns && !(one.open && one.exists)),
  'instance-terminating': ({ host }) => host.terminating,
  'restart-off': ({ limits }) => limits.restart === 'off',
  'dry-run': ({ limits }) => limits.dryRun,
  'no-safe-restart': (truth) => noVerb(truth),
  'state-unwritable': ({ observation }) => observation.storageProblem !== undefined,
  'engine-missing': ({ host }) => host.engine === 'down',
  'engine-timeout': ({ host }) => host.engine === 'hangs',
  'dns-servfail': anyName('failed'),
  'dns-mixed-answers': anyName('mixed'),
  'dns-no-address': anyName('absent'),
};

/** Nothing that runs, or somebody about to start or stop it, or nobody to ask. */
function noVerb({ host, limits }: Truth): boolean {
  const { agent, container, engine, supervisor, systemctlWorks } = host;
  if (agent === undefined || container?.paused === true || engine !== 'works') return true;
  return supervisor.isActing || !systemctlWorks || limits.restart === 'off';
}

function noPublicConnection({ host }: Truth): boolean {
  const { agent } = host;
  return agent?.acs.connection?.to !== 'public' && agent?.tcs.connection?.to !== 'public';
}

/** Whether a reason is true at this moment; undefined for a code of which nothing is known here. */
export function isTrue({ code, message }: Reason, truth: Truth): boolean | undefined {
  if (/did not (bring|help|lead)/.test(message) && truth.lastHelped) return false;
  return conditions[code]?.(truth);
}
