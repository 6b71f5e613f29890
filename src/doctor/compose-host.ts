import type { EngineClient } from '../agent/engine-client.ts';
import { lockHolder } from '../daemon/single-instance.ts';
import { askEc2 } from '../ec2/ask-ec2.ts';
import type { Ec2Reading } from '../ec2/ec2-reading.ts';
import { createNameserverView } from '../endpoints/dns-view.ts';
import { parseResolvConf } from '../endpoints/resolv-conf.ts';
import { imdsEndpoint } from '../instance/imds-endpoint.ts';
import type { InstanceObservation } from '../instance/instance-observation.ts';
import { vpcResolverAddresses } from '../instance/vpc-resolver.ts';
import { besideProgram } from '../kit/ask-child.ts';
import { once, within } from '../kit/deadline.ts';
import { readTextIfAny } from '../kit/files.ts';
import { httpGet } from '../kit/http-get.ts';
import { messageOf, type Problem, ProblemError } from '../kit/problem.ts';
import { runProgram } from '../kit/run-program.ts';
import { createHostObserver, type Limits, ruleFor } from '../observe/host-observer.ts';
import { untilPathIsTold } from '../observe/look-once.ts';
import { namesOf } from '../observe/names.ts';
import type { AskPreflight } from '../preflight/ask-preflight.ts';
import { questionOf } from '../reconcile/rules/preflight.ts';
import { readStatus } from '../report/status-reader.ts';
import type { ResolvedSettings, Settings } from '../settings/settings.ts';
import type { DaemonReading, DoctorHost, PlainAnswer } from './doctor-host.ts';

/** Longest time for one reading beside the observation, in milliseconds; and for one question to the Engine. */
const readingMs = 3_000;
const engineMs = 2_500;

/** Of the observation, in milliseconds. Shorter than the daemon's own time limits: somebody is waiting. */
const limits: Limits = {
  imdsMs: 800,
  imdsTries: 2,
  // Some ten requests, one after the other: on a host whose CPUs are all busy they take seconds, and IMDS is not slow.
  instanceMs: 6_000,
  dnsMs: 1_000,
  dnsBudgetMs: 2_400,
  connectMs: 2_000,
  systemctlMs: 2_000,
};

/** Beside the program itself. */
const ec2Bundle = 'ecs-privatelinkd-ec2.cjs';

/** What the daemon, too, sees this host by. */
export type SharedParts = Pick<DoctorHost, 'policyFor' | 'clock' | 'systemctl'> & {
  readonly bootId: string;
  readonly askPreflight: AskPreflight;
  readonly engineWithin: (answerTimeoutMs: number) => EngineClient;
};

/** One observation of this host, as the daemon makes them, and the readings that only the doctor makes. */
export function composeHost(
  { settings, origins }: ResolvedSettings,
  { bootId, askPreflight, engineWithin, clock, systemctl, policyFor }: SharedParts,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): DoctorHost {
  const engine = engineWithin(Math.min(settings.dockerTimeoutMs, engineMs));
  let tellInstance: (seen: InstanceObservation) => void = () => {};
  const instanceSeen = new Promise<InstanceObservation>((resolve) => {
    tellInstance = resolve;
  });
  const observer = createHostObserver({
    settings,
    engine,
    systemctl,
    clock,
    random: Math.random,
    bootId,
    limits,
    onInstance: tellInstance,
  });
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
    return await askEc2({ bundle: besideProgram(ec2Bundle), env }, request, signal);
  });
  const dns = { timeoutMs: Math.min(settings.dnsTimeoutMs, limits.dnsMs), budgetMs: limits.dnsBudgetMs };
  const ask: DoctorHost['ask'] = async (nameserver, asked, own) => ({
    nameserver,
    answers: await createNameserverView(nameserver, dns).lookUp(asked, own),
  });
  /** The endpoints' names, at each of these by itself. */
  async function askEach(what: string, nameservers: readonly string[]) {
    const asked = (await names()).map(({ host }) => host);
    return await within(what, readingMs, signal, (own) =>
      Promise.all(nameservers.map((one) => ask(one, asked, own))),
    );
  }
  const imds = imdsEndpoint(settings.imdsEndpoint, settings.imdsEndpointMode);
  return {
    settings,
    origins,
    policyFor,
    clock,
    systemctl,
    run: runProgram,
    imdsEndpoint: imds,
    observation,
    path,
    names,
    ec2,
    ask,
    nameservers: once(async () => {
      const judged = (await observation()).endpoints?.judgedBy.resolver.nameservers ?? [];
      const { nameservers } = parseResolvConf(readTextIfAny(settings.resolvConf) ?? '');
      return await askEach('asking the nameservers', judged.length > 0 ? judged : nameservers);
    }),
    vpcResolvers: once(async () => {
      const { facts } = (await observation()).instance;
      return await askEach("asking the VPC's resolver", vpcResolverAddresses(facts));
    }),
    privateRule: async () => ruleFor(settings, (await observation()).instance.facts?.vpcCidrs ?? []),
    engine: once(() =>
      within('asking the Docker Engine', readingMs, signal, (own) => orProblem(engine.version(own))),
    ),
    askImdsPlainly: (item, own) => askPlainly(`${imds}/latest/${item}`, own),
    preflight: once(async () => {
      const question = settings.preflight === 'off' ? undefined : questionOf(await observation());
      return question && (await askPreflight(question, signal));
    }),
    daemon: once(() => Promise.resolve(readDaemon(settings))),
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

/** Rejects only with the signal's reason. */
async function askPlainly(url: string, signal: AbortSignal): Promise<PlainAnswer | undefined> {
  try {
    const { hostname: host, port, pathname: path } = new URL(url);
    const limit = { limitMs: 1_000, largestBytes: 0 };
    const { status, headers } = await httpGet({ host, port, path }, limit, signal);
    const dateMs = Date.parse(headers.date ?? '');
    return { status, dateMs: Number.isNaN(dateMs) ? undefined : dateMs };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function readDaemon({ runDir, procDir }: Settings): DaemonReading {
  const holder = lockHolder(runDir, procDir);
  // A restart by hand holds it too, and writes no status.
  if (holder?.command !== 'run') return { pid: undefined, status: undefined };
  try {
    return { pid: holder.pid, status: readStatus(runDir) };
  } catch (error) {
    return { pid: holder.pid, status: undefined, unreadable: messageOf(error) };
  }
}
