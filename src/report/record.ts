import { printable } from '../kit/printable.ts';
import type { Phase } from '../reconcile/phase.ts';
import type { Status } from './status-schema.ts';

/**
 * The record's type in the inventory of AWS Systems Manager. Public, and never renamed, as the names of the fields: Systems
 * Manager does not let the letters of a type change their case (PutInventory, "Working with custom inventory").
 */
export const FLEET_RECORD_TYPE = 'Custom:EcsPrivateLink';

/** The daemon's phase; `not-running` where there is no daemon, `unknown` where its status cannot be read. */
export type RecordPhase = Phase | 'not-running' | 'unknown';

/**
 * What one host says of itself for the fleet. Strings throughout, because the SSM agent drops a whole file for one value
 * that is none; a fact that is not known is `''`. Times are ISO 8601 in UTC, to the second: `2026-11-27T04:05:06Z`.
 */
export interface FleetRecord {
  /** A `RecordPhase`. */
  readonly Phase: string;
  /** Why, as a code of docs/events.md. */
  readonly Reason: string;
  /** Since when in this phase. */
  readonly Since: string;
  /** When this was seen: the time of the daemon's last look, never that of the upload. */
  readonly SeenAt: string;
  /** `private`, `public`, `disconnected`, `none` or `unknown`. */
  readonly Path: string;
  /** When the agent's running process was last seen on the private path. */
  readonly ProvenAt: string;
  /** Since when no connection of that process to a public address on 443 has been seen; `''` while there is one. */
  readonly NoPublicSince: string;
  readonly Cluster: string;
  readonly ContainerInstanceArn: string;
  readonly InstanceId: string;
  readonly VpcId: string;
  readonly SubnetId: string;
  readonly AvailabilityZone: string;
  readonly AgentVersion: string;
  readonly DaemonVersion: string;
  /** What was seen, in words; may be cut, and then ends with `…`. */
  readonly Message: string;
  /** What to do about it; `''` where nothing needs doing. May be cut, as `Message`. */
  readonly Advice: string;
}

/**
 * Most bytes of a record as JSON in UTF-8. ListCommandInvocations cuts an output after 2,500 characters; the SSM agent
 * drops a file with a value of more than 4,096 bytes.
 */
export const recordBytes = 2_000;

/** More bytes than AWS's own values have: ARNs with a cluster's name of 255, a cluster by its ARN, everything else. */
const longest = { arn: 400, cluster: 320, fact: 64, word: 16 };

type Facts = Omit<FleetRecord, 'Message' | 'Advice'>;

/** The record of what the daemon wrote after a look. */
export function fleetRecord({
  agent,
  daemon,
  instance,
  phase,
  reason,
  since,
  writtenAt,
}: Status): FleetRecord {
  return withWords(
    {
      Phase: fact(phase, longest.word),
      Reason: fact(reason.code),
      Since: time(since),
      SeenAt: time(writtenAt),
      Path: fact(agent.path, longest.word),
      ProvenAt: time(agent.provenAt),
      // What was counted is kept while nobody can look, and is then no answer.
      NoPublicSince: agent.publicSeen === false ? time(agent.noPublicSince) : '',
      Cluster: fact(agent.cluster, longest.cluster),
      ContainerInstanceArn: fact(agent.containerInstanceArn, longest.arn),
      InstanceId: fact(instance.instanceId),
      VpcId: fact(instance.vpcId),
      SubnetId: fact(instance.subnetId),
      AvailabilityZone: fact(instance.availabilityZone),
      AgentVersion: fact(agent.version),
      DaemonVersion: fact(daemon.version),
    },
    reason,
  );
}

/** What stands of no fact: a record of a host whose daemon tells nothing. */
export interface Untold {
  readonly phase: RecordPhase;
  readonly reason: string;
  readonly message: string;
  readonly advice: string;
  /** Version of this program. */
  readonly version: string;
  readonly nowMs: number;
}

/**
 * The record of a host whose daemon tells nothing.
 *
 * @param last what a daemon wrote before, where that is there: it still says which host this is, and nothing of the path
 */
export function untoldRecord(untold: Untold, last?: Status): FleetRecord {
  const { Cluster, ContainerInstanceArn, InstanceId, VpcId, SubnetId, AvailabilityZone } = last
    ? fleetRecord(last)
    : noHost;
  return withWords(
    {
      Phase: untold.phase,
      Reason: fact(untold.reason),
      Since: '',
      SeenAt: time(new Date(untold.nowMs).toISOString()),
      Path: 'unknown',
      ProvenAt: '',
      NoPublicSince: '',
      Cluster,
      ContainerInstanceArn,
      InstanceId,
      VpcId,
      SubnetId,
      AvailabilityZone,
      AgentVersion: '',
      DaemonVersion: fact(untold.version),
    },
    untold,
  );
}

const noHost = {
  Cluster: '',
  ContainerInstanceArn: '',
  InstanceId: '',
  VpcId: '',
  SubnetId: '',
  AvailabilityZone: '',
};

/** Adds the words, cut to what room the facts leave: each has half of it, and what the other does not need. */
function withWords(
  facts: Facts,
  { message, advice }: { message: string; advice: string | null },
): FleetRecord {
  const [first, second] = [printable(message, recordBytes), printable(advice ?? '', recordBytes)];
  const room = recordBytes - Buffer.byteLength(JSON.stringify({ ...facts, Message: '', Advice: '' }));
  const half = Math.floor(room / 2);
  const Message = cut(first, Math.max(half, room - jsonBytes(second)));
  return { ...facts, Message, Advice: cut(second, room - jsonBytes(Message)) };
}

/** A fact as it is, or none: cut, it would be another one. */
function fact(text: string | null | undefined, most = longest.fact): string {
  if (text === null || text === undefined) return '';
  return text === printable(text, most) && jsonBytes(text) <= most ? text : '';
}

function time(text: string | null | undefined): string {
  const [, seconds] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z$/.exec(text ?? '') ?? [];
  return seconds === undefined ? '' : `${seconds}Z`;
}

/** The text, or as many of its characters as fit into so many bytes of JSON, with `…` behind them. */
function cut(text: string, bytes: number): string {
  if (jsonBytes(text) <= bytes) return text;
  let left = bytes - jsonBytes('…');
  let shown = '';
  for (const character of text) {
    left -= jsonBytes(character);
    if (left < 0) break;
    shown += character;
  }
  return `${shown}…`;
}

/** Bytes of a text within JSON, without the quotes around it. */
function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** The file of the SSM agent's custom inventory. Its version of the form is a text, and there is no other. */
export function inventoryDocument(record: FleetRecord): string {
  return `${JSON.stringify({ SchemaVersion: '1.0', TypeName: FLEET_RECORD_TYPE, Content: record })}\n`;
}

/** A clock that was set back or forth by less than this is no news. */
const sameTimeMs = 5_000;

/**
 * Whether a record says something else than the one before. Neither the times of the looks are news, nor words that
 * count rounds and seconds.
 */
export function isNews(before: FleetRecord, after: FleetRecord): boolean {
  const { SeenAt: _, ProvenAt: __, Message: ___, Advice: ____, Since, NoPublicSince, ...facts } = after;
  return (
    !isSameTime(before.Since, Since) ||
    !isSameTime(before.NoPublicSince, NoPublicSince) ||
    Object.entries(facts).some(([name, value]) => before[name as keyof FleetRecord] !== value)
  );
}

/** Told from a monotonic clock, it may differ by a second in the next look. */
function isSameTime(one: string, other: string): boolean {
  return one === other || Math.abs(Date.parse(one) - Date.parse(other)) <= sameTimeMs;
}
