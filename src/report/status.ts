import type { EndpointObservation } from '../endpoints/endpoint-observation.ts';
import type { Instant } from '../kit/clock.ts';
import type { Observation } from '../observe/observation.ts';
import type { Found, LookPlan } from '../reconcile/decision.ts';
import type { LastRestart } from '../reconcile/journal.ts';
import type { Reason } from '../reconcile/phase.ts';
import type { Policy } from '../reconcile/policy.ts';
import { guardsOf } from '../reconcile/rules/guards.ts';
import { foundIn } from '../reconcile/rules/preflight.ts';
import type { PreflightCount, State } from '../reconcile/state.ts';
import type { Status } from './status-schema.ts';

export interface StatusInput {
  readonly state: State;
  readonly observation: Observation;
  readonly look: LookPlan;
  /** Undefined before the first decision. */
  readonly trace?: readonly Found[] | undefined;
  readonly now: Instant;
  readonly limits: Policy;
  readonly daemon: {
    readonly pid: number;
    readonly version: string;
    readonly startedWallMs: number;
    /** Since it started. */
    readonly looks: number;
    readonly linesLost?: number;
  };
}

export function buildStatus({ state, observation, look, trace, now, limits, daemon }: StatusInput): Status {
  const { journal, endpoints, process } = state;
  const at = (monoMs: number) => iso(now.wallMs + monoMs - now.monoMs);
  const atIfAny = (monoMs: number | undefined) => (monoMs === undefined ? null : at(monoMs));
  const facts = observation.instance.facts;
  return {
    version: 1,
    writtenAt: iso(now.wallMs),
    daemon: { ...daemon, startedAt: iso(daemon.startedWallMs), dryRun: limits.dryRun },
    phase: state.phase,
    since: at(state.phaseSinceMonoMs),
    reason: reasonOf(state.reason),
    next: {
      lookAt: iso(now.wallMs + look.inMs),
      restartAt: atIfAny(state.scheduledMonoMs),
    },
    instance: {
      instanceId: facts?.instanceId ?? null,
      region: facts?.region ?? null,
      availabilityZone: facts?.availabilityZone ?? null,
      vpcId: facts?.vpcId ?? null,
      subnetId: facts?.subnetId ?? null,
      problem: observation.instance.problem ?? null,
    },
    endpoints: (observation.endpoints?.endpoints ?? []).map(describeEndpoint),
    judgedBy: describeJudgedBy(observation),
    agent: {
      ...describeAgent(observation),
      provenAt: atIfAny(process?.privateMonoMs),
      noPublicSince: atIfAny(process?.noPublicSinceMonoMs),
    },
    transition: journal.transition
      ? { privateSince: at(journal.transition.privateSinceMonoMs), restarts: journal.transition.attempts }
      : null,
    lastRestart: journal.lastRestart ? describeRestart(journal.lastRestart) : null,
    restartsTotal: journal.restartsTotal,
    // How far it has counted, and to where.
    counts: {
      readyRounds: endpoints.readyRounds,
      settleRounds: limits.settleRounds,
      publicLooks: process?.publicLooks ?? 0,
      pathRounds: limits.pathRounds,
      notPrivateRounds: endpoints.notPrivateRounds,
      restarts: journal.transition?.attempts ?? 0,
      maxRestarts: limits.maxRestarts,
      pathUnknownSince: atIfAny(process?.unknownSinceMonoMs),
      unknownPathAfterMs: limits.unknownPathAfterMs,
    },
    preflight: state.preflight ? describePreflight(state.preflight, at) : null,
    // Guards that would block, shown before it comes to that.
    warnings: guardsOf(observation, limits).map(reasonOf),
    rules: (trace ?? []).map(({ rule, result, found }) => ({ rule, result, found })),
    request: state.request ? { id: state.request.id } : null,
    requestAnswer: state.requestAnswer
      ? {
          id: state.requestAnswer.id,
          phase: state.requestAnswer.phase,
          reason: reasonOf(state.requestAnswer.reason),
        }
      : null,
  };
}

function describePreflight(asked: PreflightCount, at: (monoMs: number) => string) {
  const {
    question: { host, address },
    answer,
    askedMonoMs,
  } = asked;
  return { at: at(askedMonoMs), host, address, outcome: answer.outcome, found: foundIn(asked) };
}

/** One endpoint as `status --json` and `check --json` show it. */
export function describeEndpoint(endpoint: EndpointObservation): Status['endpoints'][number] {
  return {
    service: endpoint.service,
    host: endpoint.host,
    class: endpoint.class,
    addresses: endpoint.addresses.map((answer) => answer.address),
    reachable: endpoint.reachable ?? null,
    ttl: endpoint.ttl ?? null,
    source: endpoint.source,
    nameserver: endpoint.nameserver ?? null,
    rule: endpoint.rule,
    problem: endpoint.problem ?? null,
    answers: endpoint.addresses.map(({ address, private: isPrivate, rule }) => ({
      address,
      private: isPrivate,
      rule,
    })),
    probes: endpoint.probes.map(({ address, ok, durationMs, issuer, problem }) => ({
      address,
      ok,
      durationMs: Math.round(durationMs),
      issuer: issuer ?? null,
      problem: problem ?? null,
    })),
  };
}

/** What the endpoints were judged by, as `status --json` and `check --json` show it. */
export function describeJudgedBy({ endpoints }: Observation): NonNullable<Status['judgedBy']> | null {
  if (endpoints === undefined) return null;
  const { resolver, hosts, trust, apiHost } = endpoints.judgedBy;
  return {
    resolver: {
      source: resolver.source,
      nameservers: [...resolver.nameservers],
      doubt: resolver.doubt ?? null,
      running: resolver.running ? [...resolver.running] : null,
      unknown: resolver.unknown?.message ?? null,
    },
    hosts,
    trust: { source: trust.words, of: trust.of },
    apiHost,
  };
}

/** The agent as `status --json` and `check --json` show it. */
export function describeAgent({ agent }: Observation): Status['agent'] {
  const { container, registration, path } = agent;
  return {
    container: container
      ? {
          name: container.name,
          id: container.id,
          image: container.image,
          running: container.running,
          health: container.health,
          startedAt: container.startedAt,
          exitCode: container.exitCode ?? null,
        }
      : null,
    registered: registration.registered,
    version: registration.version ?? null,
    cluster: registration.cluster ?? null,
    containerInstanceArn: registration.containerInstanceArn ?? null,
    supervisor: agent.supervisor,
    supervisorUnit: agent.unit?.name ?? null,
    supervisorEvidence: agent.supervisorEvidence,
    path: path.path,
    evidence: path.evidence,
    connections: [...path.connections],
    lastWebsocketHost: path.lastWebsocketHost ?? null,
    tcs: path.tcs,
    publicSeen: path.publicSeen ?? null,
    saying: agent.saying ?? null,
    problem: agent.engineProblem ?? null,
  };
}

function reasonOf({ code, message, advice }: Reason): Status['reason'] {
  return { code, message, advice: advice ?? null };
}

function iso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

function describeRestart({ atWallMs, verb, outcome, newProcessMs, connectedMs, requestId }: LastRestart) {
  return {
    at: iso(atWallMs),
    verb,
    outcome,
    newProcessMs: newProcessMs ?? null,
    connectedMs: connectedMs ?? null,
    requestId: requestId ?? null,
  };
}
