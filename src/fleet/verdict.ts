import { awsFailureText } from './aws-failure.ts';
import type { FleetReading } from './fleet-reading.ts';
import { type Host, joinHosts } from './join.ts';
import { type JudgeContext, type Judgement, judgeHost } from './judge-host.ts';

export interface JudgedHost extends Host {
  readonly judgement: Judgement;
}

/** Whether the agents no longer need NAT. */
export type FleetAnswer = 'yes' | 'no' | 'unknown';

export interface FleetVerdict {
  readonly answer: FleetAnswer;
  /** In one sentence. */
  readonly because: string;
  /** Container instances, and hosts that should be some. */
  readonly hosts: readonly JudgedHost[];
  /** Of hosts that are in no cluster and need not be in one. */
  readonly leftOut: readonly JudgedHost[];
  readonly proven: number;
  readonly no: number;
  readonly unknown: number;
}

/**
 * The verdict. Yes only where ECS told all of its container instances, there is at least one, and each of them is proven;
 * a pure function of what the witnesses told.
 */
export function fleetVerdict(readings: readonly FleetReading[], context: JudgeContext): FleetVerdict {
  const judged = joinHosts(readings).map((host) => ({ ...host, judgement: judgeHost(host, context) }));
  const hosts = judged.filter(({ judgement }) => judgement.standing !== 'left-out');
  const count = (standing: string) => hosts.filter(({ judgement }) => judgement.standing === standing).length;
  const counts = { proven: count('proven'), no: count('no'), unknown: count('unknown') };
  return {
    ...answerOf(readings, hosts.length, counts),
    hosts,
    leftOut: judged.filter(({ judgement }) => judgement.standing === 'left-out'),
    ...counts,
  };
}

function answerOf(
  readings: readonly FleetReading[],
  all: number,
  { proven, no, unknown }: Pick<FleetVerdict, 'proven' | 'no' | 'unknown'>,
): Pick<FleetVerdict, 'answer' | 'because'> {
  const blind = readings.filter(({ ecs }) => ecs.failure !== undefined);
  // With several accounts, one may have the cluster that the others do not.
  const there = new Set(
    readings.flatMap(({ ecs }) => ecs.told.clusters.flatMap(({ arn, name }) => [arn, name])),
  );
  const missing = new Set(
    readings.flatMap(({ ecs }) => ecs.told.notFound).filter((asked) => !there.has(asked)),
  );
  const unseen = [
    ...blind.map(({ target, ecs: { failure } }) => `${target}: ${failure && awsFailureText(failure)}`),
    ...[...missing].map((name) => `there is no cluster ${name}`),
  ].join('; ');
  const of = `of ${all} ${all === 1 ? 'container instance' : 'container instances'}`;
  const rest = unknown === 0 ? '' : `, and of ${unknown} it is not known`;
  if (no > 0) {
    const also = unseen === '' ? '' : `; nor are all of them known (${unseen})`;
    return { answer: 'no', because: `${no} ${of} ${no === 1 ? 'is' : 'are'} not done${rest}${also}` };
  }
  if (unseen !== '') {
    return { answer: 'unknown', because: `how many container instances there are is not known: ${unseen}` };
  }
  if (all === 0) {
    const where = readings.map(({ target }) => target).join(', ');
    return {
      answer: 'unknown',
      because: `there is no container instance in ${where}: nothing was proven. Is it the right account and region?`,
    };
  }
  if (unknown > 0) return { answer: 'unknown', because: `it is not known of ${unknown} ${of}` };
  return {
    answer: 'yes',
    because: `${proven === 1 ? 'the one container instance is' : `all ${proven} container instances are`} on the private path`,
  };
}
