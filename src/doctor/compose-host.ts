import { createEngineClient } from '../agent/engine-client.ts';
import type { Ec2Reading } from '../ec2/ec2-reading.ts';
import type { Ec2Request } from '../ec2/ec2-request.ts';
import { imdsEndpoint } from '../instance/imds-endpoint.ts';
import type { InstanceObservation } from '../instance/instance-observation.ts';
import type { Clock } from '../kit/clock.ts';
import { once, within } from '../kit/deadline.ts';
import { type Problem, ProblemError } from '../kit/problem.ts';
import type { RunProgram } from '../kit/run-program.ts';
import { createHostObserver, ruleFor } from '../observe/host-observer.ts';
import { untilPathIsTold } from '../observe/look-once.ts';
import type { Observation } from '../observe/observation.ts';
import { namesOf } from '../observe/observer.ts';
import type { Policy } from '../reconcile/policy.ts';
import type { Settings } from '../settings/settings.ts';
import { createEngineAtRest } from '../supervision/engine-at-rest.ts';
import type { Systemctl } from '../supervision/systemctl.ts';
import type { DaemonReading, DoctorHost } from './doctor-host.ts';
import { engineMs, limits, readingMs } from './readings/limits.ts';
import { nameReadings } from './readings/name-readings.ts';
import { askPlainly } from './readings/plain-http.ts';

export interface DoctorHostOptions {
  readonly settings: Settings;
  readonly origins: Readonly<Record<string, string>>;
  readonly policyFor: (observation: Observation) => Policy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly bootId: string;
  readonly systemctl: Systemctl;
  readonly run: RunProgram;
  readonly daemon: () => Promise<DaemonReading>;
  readonly askEc2: (request: Ec2Request, signal: AbortSignal) => Promise<Ec2Reading>;
}

/** One observation of this host, as the daemon makes them, and the readings that only the doctor makes. */
export function composeHost(options: DoctorHostOptions, signal: AbortSignal): DoctorHost {
  const { settings, clock, systemctl } = options;
  const engine = createEngineClient({
    socketPath: settings.dockerHost,
    atRest: createEngineAtRest({
      socketPath: settings.dockerHost,
      systemctl,
      procDir: settings.procDir,
      monotonicMs: () => clock.now().monoMs,
    }),
    answerTimeoutMs: Math.min(settings.dockerTimeoutMs, engineMs),
  });
  let tellInstance: (seen: InstanceObservation) => void = () => {};
  const instanceSeen = new Promise<InstanceObservation>((resolve) => {
    tellInstance = resolve;
  });
  const observer = createHostObserver({ ...options, engine, limits, onInstance: tellInstance });
  const observation = once(() => observer.look('close', undefined, signal));
  const path = once(async () => await untilPathIsTold(await observation(), observer, clock, signal));
  const names = once(async () => {
    const { instance, agent } = await observation();
    return namesOf(instance, agent, settings.endpointNames);
  });
  const ec2 = once(async (): Promise<Ec2Reading> => {
    // It takes as long as all the rest, and begins as soon as the VPC is known.
    const instance = await Promise.race([instanceSeen, observation().then((seen) => seen.instance)]);
    if (instance.facts?.vpcId === undefined) {
      return { kind: 'skipped', code: 'ec2-failed', why: 'the VPC is not known' };
    }
    const { region, vpcId, subnetId } = instance.facts;
    const serviceNames = namesOf(instance, undefined, settings.endpointNames).map(
      ({ serviceName }) => serviceName,
    );
    const request = { region, vpcId, ...(subnetId !== undefined && { subnetId }), serviceNames };
    return await options.askEc2(request, signal);
  });
  const imds = imdsEndpoint(settings.imdsEndpoint, settings.imdsEndpointMode);
  return {
    observation,
    path,
    names,
    privateRule: async () => ruleFor(settings, (await observation()).instance.facts?.vpcCidrs ?? []),
    ...nameReadings(settings, { observation, names }, signal),
    engine: once(() =>
      within('asking the Docker Engine', readingMs, signal, (own) => orProblem(engine.version(own))),
    ),
    askImdsPlainly: (path, own) => askPlainly(`${imds}/latest/${path}`, own),
    imdsEndpoint: imds,
    ec2,
    daemon: once(options.daemon),
    settings,
    policyFor: options.policyFor,
    originOf: (name) => options.origins[name] ?? 'default',
    clock,
    systemctl,
    run: options.run,
  };
}

async function orProblem<T>(answer: Promise<T>): Promise<T | Problem> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof ProblemError) return thrown.problem;
    throw thrown;
  }
}
