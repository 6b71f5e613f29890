import { budgets } from '../kit/budgets.ts';
import { formatIpAddress } from '../kit/ip-address.ts';
import { keysOf } from '../kit/keys-of.ts';
import type { AddressRecord, NameserverFailureReason, RecordType } from './dns-answer.ts';

/** What a message says to a question, as Go's net/dnsclient_unix.go judges it. */
export type Response =
  /** Nothing that can be an answer to this question; the wait for one goes on. */
  | { readonly status: 'foreign' | 'no-message' }
  /** To be asked again over TCP. */
  | { readonly status: 'truncated' }
  | { readonly status: 'answered'; readonly records: readonly AddressRecord[] }
  | { readonly status: 'no-data' | 'no-such-name' }
  | { readonly status: 'failed'; readonly reason: NameserverFailureReason; readonly detail: string };

export interface Question {
  readonly id: number;
  /** With or without its last dot. */
  readonly name: string;
  readonly type: RecordType;
  /** `options trust-ad`: asks with the AD bit. */
  readonly trustAd: boolean;
}

const typeNumbers = { A: 1, AAAA: 28 } as const satisfies Record<RecordType, number>;
const cnameType = 5;
const optType = 41;
const headerLength = 12;
/** Longest answer over UDP that is asked for and read, as by Go (dnsflagday.net/2020). */
export const udpMessageBytes = 1232;
/** The root's name, type OPT, the size as its class, no extended code, no options. */
const optRecord = [0, 0, optType, udpMessageBytes >> 8, udpMessageBytes & 255, 0, 0, 0, 0, 0, 0];

/** The bytes of a question, as Go asks it: RD, and EDNS0. Undefined for a name that DNS cannot carry. */
export function encodeQuestion({ id, name, type, trustAd }: Question): Buffer | undefined {
  const labels = name.replace(/\.$/, '').split('.');
  if (name.length > 254 || labels.some((label) => label.length === 0 || label.length > 63)) return undefined;
  const flags = [0x01, trustAd ? 0x20 : 0];
  return Buffer.concat([
    Buffer.from([id >> 8, id & 255, ...flags, 0, 1, 0, 0, 0, 0, 0, 1]),
    ...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.from([0, 0, typeNumbers[type], 0, 1, ...optRecord]),
  ]);
}

/** Reads what came for `question`, which `encodeQuestion` has made. */
export function readResponse(message: Buffer, question: Buffer, transport: 'udp' | 'tcp'): Response {
  const questionEnd = question.length - optRecord.length;
  if (message.length < headerLength || message.readUInt16BE(4) === 0) return { status: 'no-message' };
  if (!isAnswerTo(message, question, questionEnd)) return { status: 'foreign' };
  if (((message[2] ?? 0) & 0x02) !== 0 && transport === 'udp') return { status: 'truncated' };
  const records = [...recordsIn(message, questionEnd)];
  const additional = records.filter(({ section }) => section === 'additional');
  const code = responseCode(message, additional);
  if (code === 3) return { status: 'no-such-name' };
  if (code !== 0) return { status: 'failed', ...failureOf(code) };
  const answers = records.filter(({ section }) => section === 'answer');
  const claimed = message.readUInt16BE(6);
  // An OPT record makes Go since 1.22 take it for no data.
  if (claimed === 0 && additional.length === 0 && !knowsOrAsks(message)) return lame;
  if (answers.some(({ type }) => type === question[questionEnd - 3])) return addressesIn(answers);
  return answers.length < claimed ? invalid : { status: 'no-data' };
}

function responseCode(message: Buffer, additional: readonly ResourceRecord[]): number {
  const extended = additional.find(({ type }) => type === optType)?.extendedCode ?? 0;
  return extended * 16 + ((message[3] ?? 0) & 15);
}

/** Whether the server has authority (AA) or recursion (RA) for what it says. */
function knowsOrAsks(message: Buffer): boolean {
  return ((message[2] ?? 0) & 0x04) !== 0 || ((message[3] ?? 0) & 0x80) !== 0;
}

const lame = {
  status: 'failed',
  reason: 'bad-answer',
  detail: 'does no recursion and knows no answer (lame)',
} as const;

export const invalid = {
  status: 'failed',
  reason: 'bad-answer',
  detail: 'sent an invalid DNS message',
} as const;

function tooMany(count: number): Response {
  const detail = `answered ${count} addresses, more than the ${budgets.addresses} that a name may have`;
  return { status: 'failed', reason: 'bad-answer', detail };
}

const codeNames: Readonly<Record<number, string>> = {
  1: 'FORMERR',
  2: 'SERVFAIL',
  4: 'NOTIMP',
  5: 'REFUSED',
  16: 'BADVERS',
};

function failureOf(code: number): { readonly reason: NameserverFailureReason; readonly detail: string } {
  const detail = `answered ${codeNames[code] ?? `the response code ${code}`}`;
  if (code === 2) return { reason: 'servfail', detail };
  return { reason: code === 5 ? 'refused' : 'bad-answer', detail };
}

/** A response with the question's id, name (in whatever case: servers may change it), type and class. */
function isAnswerTo(message: Buffer, question: Buffer, questionEnd: number): boolean {
  if (message.length < questionEnd || ((message[2] ?? 0) & 0x80) === 0) return false;
  if (message.readUInt16BE(0) !== question.readUInt16BE(0)) return false;
  for (let at = headerLength; at < questionEnd; at++) {
    if (lowerCase(message[at] ?? 0) !== lowerCase(question[at] ?? 0)) return false;
  }
  return true;
}

/** Neither the length of a label (up to 63) nor a type or class that is asked for is a letter. */
function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

interface ResourceRecord {
  readonly section: 'answer' | 'authority' | 'additional';
  readonly type: number;
  readonly ttl: number;
  /** Of an OPT record. */
  readonly extendedCode: number;
  readonly data: Buffer;
}

/** The records of a message until its end, or one that is cut short or cannot be read. */
function* recordsIn(message: Buffer, from: number): Generator<ResourceRecord> {
  const [answers, authorities, additional] = [6, 8, 10].map((at) => message.readUInt16BE(at));
  const sections = { answer: answers ?? 0, authority: authorities ?? 0, additional: additional ?? 0 };
  let next = from;
  for (const section of keysOf(sections)) {
    for (let left = sections[section]; left > 0; left--) {
      const at = endOfName(message, next);
      if (at === undefined || at + 10 > message.length) return;
      next = at + 10 + message.readUInt16BE(at + 8);
      if (next > message.length) return;
      yield {
        section,
        type: message.readUInt16BE(at),
        ttl: message.readUInt32BE(at + 4),
        extendedCode: message[at + 4] ?? 0,
        data: message.subarray(at + 10, next),
      };
    }
  }
}

/** Addresses of both families, whatever name they are of: a resolver is asked for the end of the alias chain. */
function addressesIn(answers: readonly ResourceRecord[]): Response {
  const records: AddressRecord[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const { type, ttl, data } of answers) {
    const isAddress = type === typeNumbers.A || type === typeNumbers.AAAA;
    if (isAddress && data.length !== (type === typeNumbers.A ? 4 : 16)) break;
    if (isAddress || type === cnameType) least = Math.min(least, ttl);
    if (isAddress) records.push({ address: addressOf(data), ttl: least });
  }
  if (records.length === 0) return invalid;
  return records.length > budgets.addresses ? tooMany(records.length) : { status: 'answered', records };
}

function addressOf(data: Buffer): string {
  const words = Array.from({ length: data.length / 2 }, (_, index) => data.readUInt16BE(2 * index));
  return formatIpAddress({ family: data.length === 4 ? 4 : 6, words });
}

/** Past a name, which is not read: compressed or not. Each step goes on, so that no pointer leads round. */
function endOfName(message: Buffer, from: number): number | undefined {
  for (let at = from; at < message.length; ) {
    const length = message[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) return undefined;
    at += 1 + length;
  }
  return undefined;
}
