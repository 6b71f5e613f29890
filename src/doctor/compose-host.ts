import { agentSettings } from '../agent/agent-container.ts';
import type { Systemctl } from '../agent/systemctl.ts';
import type { Ec2Reading } from '../ec2/ec2-reading.ts';
import type { Ec2Request } from '../ec2/ec2-request.ts';
import { endpointNames } from '../endpoints/endpoint-names.ts';
import type { Clock } from '../kit/clock.ts';
import { once } from '../kit/deadline.ts';
import type { RunProgram } from '../kit/run-program.ts';
import type { Observation } from '../reconcile/observation.ts';
import type { Policy } from '../reconcile/policy.ts';
import type { Settings } from '../settings/settings.ts';
import { type DaemonReading, type DoctorHost, isProblem } from './doctor-host.ts';
import { agentReadings } from './readings/agent-readings.ts';
import { engineReadings } from './readings/engine-readings.ts';
import { instanceReadings } from './readings/instance-readings.ts';
import { nameReadings } from './readings/name-readings.ts';

export interface DoctorHostOptions {
  readonly settings: Settings;
  readonly origins: Readonly<Record<string, string>>;
  readonly rules: (observation: Observation) => Policy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly bootId: string;
  readonly systemctl: Systemctl;
  readonly run: RunProgram;
  readonly daemon: () => Promise<DaemonReading>;
  readonly askEc2: (request: Ec2Request, signal: AbortSignal) => Promise<Ec2Reading>;
}

/** The readings of this host, made with the daemon's own readers and short time-outs. */
export function composeHost(options: DoctorHostOptions, signal: AbortSignal): DoctorHost {
  const { settings, clock, systemctl } = options;
  const ofInstance = instanceReadings(settings, options, signal);
  const ofEngine = engineReadings(settings, signal);
  const { instance } = ofInstance;

  const names = once(async () => {
    const { facts } = await instance();
    if (facts === undefined) return [];
    const answer = await ofEngine.inspect();
    const agent = answer === undefined || isProblem(answer) ? undefined : agentSettings(answer, []);
    // Only on an instance without IPv4 do the names depend on the agent's version.
    const told = facts.ipv6Only ? await ofEngine.introspection() : undefined;
    return endpointNames({
      ...facts,
      agentVersion: told?.state === 'registered' ? told.version : undefined,
      useFips: agent?.useFips ?? false,
      backendHost: agent?.backendHost,
      overrides: settings.endpointNames ?? {},
    });
  });
  const ofNames = nameReadings(settings, { instance, names }, clock, signal);
  const { agent, path } = agentReadings(
    settings,
    { ...ofInstance, ...ofEngine, ...ofNames, names },
    { clock, systemctl },
    signal,
  );
  const observation = once(async (): Promise<Observation> => {
    const [seen, endpoints, first, evidence] = await Promise.all([
      instance(),
      ofNames.endpoints(),
      agent(),
      path(),
    ]);
    return {
      bootId: options.bootId,
      instance: seen,
      endpoints,
      endpointsFresh: true,
      agent: { ...first, path: evidence },
      depth: 'full',
      agentFresh: true,
      storageProblem: undefined,
    };
  });
  const ec2 = once(async (): Promise<Ec2Reading> => {
    const [{ facts }, known] = await Promise.all([instance(), names()]);
    if (facts?.vpcId === undefined) {
      return { kind: 'skipped', code: 'ec2-failed', why: 'the VPC is not known' };
    }
    const { region, vpcId, subnetId } = facts;
    const serviceNames = known.map(({ serviceName }) => serviceName);
    const request = { region, vpcId, ...(subnetId !== undefined && { subnetId }), serviceNames };
    return await options.askEc2(request, signal);
  });
  return {
    ...ofInstance,
    ...ofEngine,
    ...ofNames,
    names,
    agent,
    observation,
    ec2,
    daemon: once(options.daemon),
    settings,
    rulesFor: options.rules,
    originOf: (name) => options.origins[name] ?? 'default',
    clock,
    systemctl,
    run: options.run,
  };
}
