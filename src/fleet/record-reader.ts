import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';
import { FLEET_RECORD_TYPE, type FleetRecord } from '../report/record.ts';

/** What a host said of itself, its times in milliseconds since the epoch; undefined where it did not say. */
export interface HostRecord {
  /** A code, as is the reason and the path: a word of small letters, digits and hyphens. */
  readonly phase: string;
  readonly reason: string;
  readonly sinceMs: number | undefined;
  readonly seenAtMs: number;
  readonly path: string;
  readonly noPublicSinceMs: number | undefined;
  readonly cluster: string;
  readonly containerInstanceArn: string;
  readonly instanceId: string;
  readonly subnetId: string;
  readonly zone: string;
  readonly agentVersion: string;
  readonly daemonVersion: string;
  readonly message: string;
  readonly advice: string;
}

/** A record, or why what is in its place is none that counts: a clause that follows "its record ". */
export type RecordReading = { readonly record: HostRecord } | { readonly unusable: string };

/** A record as text, from the output of a command: the line that begins like one, whatever stands around it. */
export function readRecordText(text: string): RecordReading {
  const line = text.split('\n').find((one) => one.trimStart().startsWith('{'));
  if (line === undefined) {
    // Where Run Command puts standard error.
    return { unusable: `is no record: ${quoted(text.replaceAll(/^-+ERROR-+$/gm, ''))}` };
  }
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { unusable: `is cut off after ${line.length} characters, or is no JSON` };
  }
  return readRecord(value);
}

/** An entry of the inventory. Whatever it is, nothing that is not said in it is taken for granted. */
export function readRecord(value: unknown): RecordReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { unusable: 'is no object of texts' };
  }
  if ('TypeName' in value && value.TypeName !== FLEET_RECORD_TYPE) {
    // Nothing but a text is made one: of other values that may throw.
    const type = typeof value.TypeName === 'string' ? `the type ${quoted(value.TypeName)}` : 'another type';
    return { unusable: `is of ${type}, not ${FLEET_RECORD_TYPE}` };
  }
  const fields = value as Partial<Record<keyof FleetRecord, unknown>>;
  const text = (name: keyof FleetRecord) => {
    const field = fields[name];
    return typeof field === 'string' ? printable(field, budgets.nameLength) : '';
  };
  const code = (name: keyof FleetRecord) => (/^[a-z][a-z0-9-]{0,63}$/.test(text(name)) ? text(name) : '');
  const phase = code('Phase');
  const seenAtMs = time(text('SeenAt'));
  if (phase === '') return { unusable: 'has no Phase: it is not of ecs-privatelinkd, or of another form' };
  if (seenAtMs === undefined) {
    return { unusable: `does not say when it was seen (SeenAt is ${quoted(text('SeenAt'))})` };
  }
  return {
    record: {
      phase,
      reason: code('Reason'),
      sinceMs: time(text('Since')),
      seenAtMs,
      path: code('Path'),
      noPublicSinceMs: time(text('NoPublicSince')),
      cluster: text('Cluster'),
      containerInstanceArn: text('ContainerInstanceArn'),
      instanceId: text('InstanceId'),
      subnetId: text('SubnetId'),
      zone: text('AvailabilityZone'),
      agentVersion: text('AgentVersion'),
      daemonVersion: text('DaemonVersion'),
      message: words(fields.Message),
      advice: words(fields.Advice),
    },
  };
}

/** A time as the record writes it, `2026-11-27T04:05:06Z`, with or without a fraction; anything else is none. */
function time(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** As long as a record may be. */
const wordsLength = 2_000;

function words(value: unknown): string {
  return typeof value === 'string' ? printable(value, wordsLength) : '';
}

function quoted(text: string): string {
  return JSON.stringify(printable(text, 120));
}
