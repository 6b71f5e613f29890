import { awsFailureAdvice, awsFailureText } from './aws-failure.ts';
import { clusterName } from './cluster-arn.ts';
import type { FoundRecord } from './fleet-reading.ts';
import type { Host } from './join.ts';
import { fleetLimits } from './limits.ts';
import type { FleetReasonCode } from './reasons.ts';
import type { HostRecord } from './record-reader.ts';

/**
 * `proven`: it needs no NAT. `no`: a witness says that it is not done. `unknown`: nothing says that it is.
 * `left-out`: it is no container instance of these clusters.
 */
export type Standing = 'proven' | 'no' | 'unknown' | 'left-out';

export interface Judgement {
  readonly standing: Standing;
  /** A FleetReasonCode, or what the host's daemon gives for its reason. */
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  /** Where the advice is the host's own word: one that was taken over advises what it likes. */
  readonly advisedBy?: 'host';
}

export interface JudgeContext {
  readonly nowMs: number;
  /** Names of the clusters that were asked for; undefined: all of them. */
  readonly clusters: ReadonlySet<string> | undefined;
}

/** What the witnesses make of one host. Never `proven` on the word of one alone: all must agree that have anything to say. */
export function judgeHost(host: Host, context: JudgeContext): Judgement {
  const { registrations } = host;
  const { newest, problems } = readRecords(host, context);
  const [only, ...more] = registrations;
  if (only === undefined) return judgeUnlisted(host, newest, context);
  if (more.length > 0) return registeredTwice(host);

  const fresh = newest !== undefined && context.nowMs - newest.seenAtMs <= fleetLimits.freshMs;
  // What the host says of itself tells more than that ECS has lost it.
  if (fresh && denies(newest)) return ofRecord('no', newest);
  if (!only.agentConnected) return notConnected(host);
  const contradiction = toldPublicPath(host, newest);
  if (contradiction !== undefined) return contradiction;
  if (newest === undefined) return problems[0] ?? withoutRecord(host);
  return judgeRecord(host, newest, context);
}

/**
 * Whether Systems Manager is to be asked about the host: where its records say nothing, and for one that is in no cluster
 * and was not done. In that case with the time of its record: thousands of them may be of hosts long gone.
 */
export function needsNode(host: Host, context: JudgeContext): { readonly seenAtMs?: number } | undefined {
  const { newest } = readRecords(host, context);
  const [first] = host.registrations;
  if (first === undefined) {
    return newest === undefined || isDone(newest) ? undefined : { seenAtMs: newest.seenAtMs };
  }
  const silent = newest === undefined || context.nowMs - newest.seenAtMs > fleetLimits.freshMs;
  return (silent && host.recordsFailure === undefined) || !first.agentConnected ? {} : undefined;
}

const settled = 'settled';
const done = 'on-private-path';
/** Of a host whose daemon tells nothing: no evidence of anything. */
const silentPhases: ReadonlySet<string> = new Set(['not-running', 'unknown']);

function isDone({ phase, reason, path }: HostRecord): boolean {
  return phase === settled && reason === done && path !== 'public';
}

/** A record by which the host is not done. */
function denies(record: HostRecord): boolean {
  return !silentPhases.has(record.phase) && !isDone(record);
}

/** The newest record that counts, and what is wrong with the others. */
function readRecords(
  { records, instanceId }: Host,
  { nowMs }: JudgeContext,
): { readonly newest: HostRecord | undefined; readonly problems: readonly Judgement[] } {
  const problems: Judgement[] = [];
  let newest: HostRecord | undefined;
  for (const { reading, by } of records) {
    const problem = unusable({ reading, by }, instanceId, nowMs);
    if (problem !== undefined) problems.push(problem);
    else if ('record' in reading && (newest === undefined || isNewer(reading.record, newest))) {
      newest = reading.record;
    }
  }
  return { newest, problems };
}

/** Of two that were seen at the same time, the one that denies counts. */
function isNewer(one: HostRecord, other: HostRecord): boolean {
  return one.seenAtMs > other.seenAtMs || (one.seenAtMs === other.seenAtMs && denies(one));
}

function unusable(
  { reading, by }: Pick<FoundRecord, 'reading' | 'by'>,
  instanceId: string,
  nowMs: number,
): Judgement | undefined {
  const where = by === 'inventory' ? 'in the inventory' : 'from Run Command';
  const look = 'On the host: `ecs-privatelinkd status --record`.';
  if ('unusable' in reading) {
    return unknown('record-unusable', `Its record ${where} ${reading.unusable}.`, look);
  }
  const { record } = reading;
  if (record.instanceId !== '' && record.instanceId !== instanceId) {
    const message = `Its record ${where} is of another host, ${record.instanceId}: copied with a disk?`;
    return unknown('record-unusable', message, look);
  }
  if (record.seenAtMs > nowMs + fleetLimits.clockMs) {
    const message = `Its record ${where} was seen at ${timeText(record.seenAtMs)}, which has not come yet.`;
    return unknown('record-of-the-future', message, 'Compare its clock and that of this machine.');
  }
  return undefined;
}

/** Of a host whose agent is registered once, connected, and not contradicted. */
function judgeRecord({ registrations, node }: Host, record: HostRecord, { nowMs }: JudgeContext): Judgement {
  const arn = registrations[0]?.arn;
  if (nowMs - record.seenAtMs > fleetLimits.freshMs) {
    const ssm = node === 'offline' || node === 'not-managed' ? ' Its SSM agent is not connected.' : '';
    return unknown(
      'record-stale',
      `Its record is of ${timeText(record.seenAtMs)}, ${span(nowMs - record.seenAtMs)} ago; at most 90 min count.${ssm}`,
      ssm === ''
        ? 'On the host: `systemctl status ecs-privatelinkd amazon-ssm-agent`; or ask it now: `fleet --ask`.'
        : ssmAdvice,
    );
  }
  if (!isDone(record)) return ofRecord('unknown', record);
  if (record.containerInstanceArn !== arn) {
    return unknown(
      'other-registration',
      `Its record is of ${record.containerInstanceArn || 'no container instance'}; ECS has ${arn}.`,
      'Its next record will be of the new one: ask again in 30 minutes, or now with `fleet --ask`.',
    );
  }
  if (record.noPublicSinceMs === undefined || record.noPublicSinceMs > record.seenAtMs) {
    return unknown(
      'public-not-told',
      'Its record does not say since when no connection to a public address has been seen.',
      'On the host: `ecs-privatelinkd status`.',
    );
  }
  const quietMs = record.seenAtMs - record.noPublicSinceMs;
  if (quietMs < fleetLimits.noPublicMs) {
    const from = timeText(record.noPublicSinceMs + fleetLimits.noPublicMs);
    return {
      standing: 'no',
      code: 'public-connection-recent' satisfies FleetReasonCode,
      message: `No public connection for ${span(quietMs)} only; 45 min are asked for.`,
      advice: `Nothing to do: it counts from ${from} on, with its next record.`,
    };
  }
  return { standing: 'proven', code: done, message: record.message, advice: '' };
}

/** The trail may contradict a record, never stand for one. */
function toldPublicPath({ event }: Host, record: HostRecord | undefined): Judgement | undefined {
  if (event === undefined || event.way !== 'public') return undefined;
  // The agent has asked again since, or was restarted: what was seen of its connections later on counts.
  if (record?.phase === settled && record.sinceMs !== undefined && event.atMs <= record.sinceMs) {
    return undefined;
  }
  return {
    standing: 'no',
    code: 'told-public-path' satisfies FleetReasonCode,
    message: `CloudTrail: at ${timeText(event.atMs)} its agent asked ECS from ${event.from}, by no endpoint, and so was told the public path.`,
    advice:
      record === undefined
        ? 'Install ecs-privatelinkd there (docs/install.md), which restarts the agent once the endpoints are there.'
        : 'On the host: `ecs-privatelinkd doctor`.',
  };
}

const ssmAdvice =
  'Give the instance role AmazonSSMManagedInstanceCore, and its subnet a way to Systems Manager (the endpoints ssm, ssmmessages and ec2messages once NAT is gone).';

/** Of a host that is registered once, and whose agent is connected. */
function withoutRecord({ node, recordsFailure, registrations, instanceId }: Host): Judgement {
  if (instanceId.startsWith('mi-')) {
    return unknown(
      'external-instance',
      'No record: it is an external instance (ECS Anywhere), in no VPC.',
      'Whether its agent needs NAT is for its own network to say; `fleet --cluster` leaves its cluster out.',
    );
  }
  // ECS tells versions of all agents but those of ECS Managed Instances, which AWS keeps up to date.
  if (registrations[0]?.agentVersion === '') {
    return unknown(
      'managed-by-aws',
      'No record: ECS tells no version of its agent, as of ECS Managed Instances, on which nothing can be installed.',
      'Nobody can prove its path: `plan` says whether the endpoints are there, CloudTrail how its agent last asked (`fleet --json`, lastAsked).',
    );
  }
  if (recordsFailure !== undefined) {
    return unknown(
      'no-witness',
      `Its record was not told: ${awsFailureText(recordsFailure)}.`,
      awsFailureAdvice(recordsFailure),
    );
  }
  switch (node) {
    case 'not-managed':
      return unknown('not-managed', 'No record: it is no managed node of Systems Manager.', ssmAdvice);
    case 'offline':
      return unknown('ssm-offline', 'No record: its SSM agent is not connected.', ssmAdvice);
    case 'online':
    case 'not-asked':
      return unknown(
        'no-record',
        'No record: ecs-privatelinkd is not installed, or does not leave one, or no inventory association takes it.',
        'See docs/fleet.md, "What each host needs"; or ask the hosts themselves: `fleet --ask`.',
      );
  }
}

function notConnected({ node, registrations }: Host): Judgement {
  const gone = node === 'not-managed' || node === 'offline';
  const [one] = registrations;
  return {
    standing: 'no',
    code: 'agent-not-connected' satisfies FleetReasonCode,
    message: gone
      ? 'Its agent is not connected to ECS, nor its SSM agent to Systems Manager: was the instance terminated?'
      : 'Its agent is not connected to ECS.',
    advice: gone
      ? `If it is gone: \`${deregister(one)}\`.`
      : 'On the host: `ecs-privatelinkd status`, `ecs-privatelinkd doctor`.',
  };
}

function registeredTwice({ registrations }: Host): Judgement {
  const stale = registrations.find(({ agentConnected }) => !agentConnected);
  return {
    standing: 'no',
    code: 'registered-twice' satisfies FleetReasonCode,
    message: `ECS has ${registrations.length} container instances of it: ${registrations
      .map(({ arn, agentConnected }) => `${arn} (${agentConnected ? '' : 'not '}connected)`)
      .join(', ')}.`,
    advice:
      stale === undefined
        ? 'Find out which of them its agent is (`curl -s http://localhost:51678/v1/metadata` on the host), and deregister the other.'
        : `Deregister the one that is not connected: \`${deregister(stale)}\`.`,
  };
}

/** With the last part of the ARN, which is enough beside the cluster. */
function deregister(one: Host['registrations'][number] | undefined): string {
  const id = one?.arn.split('/').at(-1);
  return `aws ecs deregister-container-instance --region ${one?.region} --cluster ${one?.cluster} --container-instance ${id} --force`;
}

/** A host that has a record and is in none of the clusters. */
function judgeUnlisted(host: Host, record: HostRecord | undefined, context: JudgeContext): Judgement {
  const { clusters, nowMs } = context;
  const leftOut = { standing: 'left-out', code: '', message: '', advice: '' } as const;
  // A record that cannot be read does not even say that its host runs ECS.
  if (record === undefined) return leftOut;
  // A record outlives its host by 30 days. One that was on the private path is no matter, whether it lives or not.
  if (isDone(record)) return leftOut;
  if (clusters !== undefined && !clusters.has(clusterName(record.cluster))) return leftOut;
  const seen = `It is in no cluster; its record of ${timeText(record.seenAtMs)} says: ${record.message || record.reason || record.phase}`;
  const fresh = nowMs - record.seenAtMs <= fleetLimits.freshMs;
  const judged = { code: 'not-registered' satisfies FleetReasonCode, message: seen };
  const advised = record.advice
    ? ({ advice: record.advice, advisedBy: 'host' } as const)
    : { advice: 'On the host: `ecs-privatelinkd doctor`.' };
  if (host.node === 'online') return { standing: 'no', ...judged, ...advised };
  // Terminated instances are no managed nodes any more.
  if (host.node === 'not-managed' || !fresh) return leftOut;
  return { standing: 'unknown', ...judged, ...advised };
}

function ofRecord(standing: 'no' | 'unknown', { phase, reason, message, advice }: HostRecord): Judgement {
  const judged = { standing, code: reason || phase, message: message || `Its daemon says ${phase}.`, advice };
  return advice === '' ? judged : { ...judged, advisedBy: 'host' };
}

function unknown(code: FleetReasonCode, message: string, advice: string): Judgement {
  return { standing: 'unknown', code, message, advice };
}

/** `2026-11-27 04:05 UTC` */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `12 min`, `3 h`, `2 d`: never more than it is. */
export function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
