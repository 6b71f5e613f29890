import { createAgentReader } from '../agent/agent-reader.ts';
import { agentRoot } from '../agent/agent-root.ts';
import { createDockerdReader } from '../agent/dockerd.ts';
import type { EngineClient } from '../agent/engine-client.ts';
import { introspectionAt } from '../agent/introspection.ts';
import { createEndpointsReader } from '../endpoints/endpoints-reader.ts';
import { createPrivateAddressRule, type PrivateAddressRule } from '../endpoints/private-address.ts';
import { createRouteTable } from '../endpoints/route-table.ts';
import { createImdsClient, imdsSettings } from '../instance/imds-client.ts';
import type { InstanceObservation } from '../instance/instance-observation.ts';
import { createInstanceReader, type InstanceReader } from '../instance/instance-reader.ts';
import { budgets } from '../kit/budgets.ts';
import type { Clock } from '../kit/clock.ts';
import type { Settings } from '../settings/settings.ts';
import { createSupervisionReader } from '../supervision/supervision-reader.ts';
import type { Systemctl } from '../supervision/systemctl.ts';
import { createObserver, type RememberingObserver } from './observer.ts';

/** Time limits of one look, where somebody waits for it: the settings' own, where these are shorter, win. */
export interface Limits {
  /** For one request to IMDS, how often it is tried, and for all of IMDS. */
  readonly imdsMs: number;
  readonly imdsTries: number;
  readonly instanceMs: number;
  /** For one answer of a nameserver, and for all of DNS. */
  readonly dnsMs: number;
  readonly dnsBudgetMs: number;
  readonly connectMs: number;
  readonly systemctlMs: number;
}

export interface HostObserverOptions {
  readonly settings: Settings;
  readonly engine: Pick<EngineClient, 'inspect'>;
  readonly systemctl: Systemctl;
  readonly clock: Clock;
  /** Gives [0, 1). */
  readonly random: () => number;
  readonly bootId: string;
  /** The unit that ran the agent, by the word of an earlier daemon. */
  readonly ranBy?: () => string | undefined;
  readonly limits?: Limits;
  /** Told of the instance as soon as it was seen. */
  readonly onInstance?: (seen: InstanceObservation) => void;
}

/** The observer of this host. There is no other: the daemon, `check` and the doctor all look through it. */
export function createHostObserver(options: HostObserverOptions): RememberingObserver {
  const { settings, engine, clock, limits } = options;
  const monotonicMs = () => performance.now();
  let isPrivate: PrivateAddressRule = ruleFor(settings, []);
  let ranges = '';
  return createObserver({
    instance: instanceReader(options),
    endpoints: createEndpointsReader({
      resolver: {
        resolvConfPath: settings.resolvConf,
        hostsPath: settings.hostsFile,
        dockerd: createDockerdReader({ procDir: settings.procDir, socketPath: settings.dockerHost, clock }),
      },
      privateCidrs: settings.privateCidrs,
      hasRoute: createRouteTable(settings.procDir, monotonicMs),
      caFile: settings.caFile,
      dnsTimeoutMs: shorter(settings.dnsTimeoutMs, limits?.dnsMs),
      ...(limits && { dnsBudgetMs: limits.dnsBudgetMs }),
      connectTimeoutMs: shorter(settings.connectTimeoutMs, limits?.connectMs),
      monotonicMs,
    }),
    agent: createAgentReader({
      engine,
      supervision: createSupervisionReader({
        systemctl: limits ? limited(options.systemctl, limits.systemctlMs) : options.systemctl,
        clock,
        containerName: settings.agentContainer,
        unitName: settings.agentUnit,
        ...(options.ranBy && { ranBy: options.ranBy }),
        procDir: settings.procDir,
      }),
      clock,
      containerName: settings.agentContainer,
      isPrivate: (address) => isPrivate(address)?.private === true,
      logPath: settings.agentLog ?? '',
      introspection: introspectionAt(settings.agentIntrospection),
      procDir: settings.procDir,
    }),
    nameOverrides: settings.endpointNames,
    agentRoot: (container) => agentRoot(settings.procDir, container),
    onInstance: (seen) => {
      options.onInstance?.(seen);
      const vpcCidrs = seen.facts?.vpcCidrs ?? [];
      if (vpcCidrs.join() === ranges) return;
      ranges = vpcCidrs.join();
      isPrivate = ruleFor(settings, vpcCidrs);
    },
    bootId: options.bootId,
    monotonicMs,
  });
}

/** Judges addresses by the VPC's ranges and the operator's, and by this host's routes. */
export function ruleFor(
  { privateCidrs, procDir }: Settings,
  vpcCidrs: readonly string[],
): PrivateAddressRule {
  const hasRoute = createRouteTable(procDir, () => performance.now());
  return createPrivateAddressRule({ vpcCidrs, extraCidrs: privateCidrs, hasRoute });
}

function instanceReader({ settings, clock, random, limits }: HostObserverOptions): InstanceReader {
  const imds = createImdsClient(
    {
      ...imdsSettings(settings),
      timeoutMs: shorter(settings.imdsTimeoutMs, limits?.imdsMs),
      tries: limits?.imdsTries,
    },
    { clock, random },
  );
  const overrides = { region: settings.region, suffix: settings.suffix };
  const budgetMs = shorter(budgets.imdsMs, limits?.instanceMs);
  return createInstanceReader({ imds, overrides, clock, random, budgetMs });
}

function shorter(settingMs: number, limitMs = Number.POSITIVE_INFINITY): number {
  return Math.min(settingMs, limitMs);
}

function limited(systemctl: Systemctl, limitMs: number): Systemctl {
  return (args, signal) => systemctl(args, AbortSignal.any([signal, AbortSignal.timeout(limitMs)]));
}
