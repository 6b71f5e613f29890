import { setTimeout as delay } from 'node:timers/promises';
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  RECURSION_AVAILABLE,
} from 'dns-packet';
import { type DnsBehaviour, type DnsOutcome, hasRecords, outcomeFor, recordsFor } from './behaviour.ts';
import { type DnsServer, queryCounts } from './dns-server.ts';
import { openTcp, openUdp, type Reply } from './transports.ts';

/** RFC 1035, 4.2.1: what fits into an answer over UDP when the query names no larger size (EDNS). */
const plainUdpSize = 512;
const truncatedFlag = 0x200;
const responseCodes: Record<string, number> = { servfail: 2, nxdomain: 3, refused: 5 };

export interface ProgrammableDnsOptions {
  readonly addresses: readonly string[];
  readonly port?: number;
  readonly records?: Readonly<Record<string, readonly string[]>>;
  /** Told of every query just before it is answered, or left unanswered. */
  readonly onReply?: (reply: DnsReply) => void;
}

/** How one query was answered. */
export interface DnsReply {
  /** The address of the server that was asked. */
  readonly server: string;
  readonly name: string;
  readonly type: string;
  readonly outcome: DnsOutcome;
  /** Over TCP a truncated answer is a full one. */
  readonly transport: 'udp' | 'tcp';
  readonly addresses: readonly string[];
}

/** A DNS server that can be made to fail, over UDP and TCP. Names it was not told of do not exist. */
export interface ProgrammableDns extends DnsServer {
  /** Replaces the behaviour for one name, or with `*` for every name without one of its own. */
  program(host: string, behaviour: DnsBehaviour): void;
}

export async function startProgrammableDns(options: ProgrammableDnsOptions): Promise<ProgrammableDns> {
  const { addresses, port = 53 } = options;
  const [address] = addresses;
  if (address === undefined) throw new Error('a DNS server needs an address to listen on');
  const behaviours = new Map<string, DnsBehaviour>();
  const counts = queryCounts();
  const turns = new Map<string, number>();

  function setRecord(host: string, list: readonly string[]): void {
    behaviours.set(host.toLowerCase(), list.length === 0 ? { outcome: 'nxdomain' } : { addresses: list });
  }
  function setRecords(records: Readonly<Record<string, readonly string[]>>): void {
    for (const [host, list] of Object.entries(records)) setRecord(host, list);
  }
  setRecords(options.records ?? {});

  function nextTurn(key: string): number {
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    return turn;
  }

  const ports = new Set<string>();
  function isSilent(outcome: DnsOutcome, transport: 'udp' | 'tcp', fromPort: number): boolean {
    const source = `${transport} ${fromPort}`;
    const isFirst = !ports.has(source);
    ports.add(source);
    if (outcome === 'one-per-port') return !isFirst;
    return outcome === 'silence' || (outcome === 'no-tcp' && transport === 'tcp');
  }

  /** The bytes to send back, or undefined for silence. */
  async function reply(
    server: string,
    message: Buffer,
    transport: 'udp' | 'tcp',
    fromPort: number,
  ): Promise<Buffer | undefined> {
    const query = decode(message);
    const question = query.questions?.[0];
    if (question === undefined) return undefined;
    const { name, type } = question;
    counts.add(name, type);
    const turn = nextTurn(`${type} ${name.toLowerCase()}`);
    const behaviour: DnsBehaviour = behaviours.get(name.toLowerCase()) ??
      behaviours.get('*') ?? { outcome: 'nxdomain' };
    if (behaviour.delayMs !== undefined) await delay(behaviour.delayMs, undefined, { ref: false });
    const outcome = outcomeFor(behaviour, type);
    const answers = hasRecords(outcome) ? recordsFor(behaviour, name, type, turn) : [];
    const addresses = answers.flatMap((record) =>
      record.type === 'A' || record.type === 'AAAA' ? [record.data] : [],
    );
    options.onReply?.({ server, name, type, outcome, transport, addresses });
    if (isSilent(outcome, transport, fromPort)) return undefined;
    if (outcome === 'garbage') return Buffer.from('no DNS');
    return encodeResponse(query, { outcome, transport, answers });
  }

  const transports = await Promise.all(
    addresses.flatMap((item) => {
      const answer: Reply = (message, transport, fromPort) => reply(item, message, transport, fromPort);
      return [openUdp(item, port, answer), openTcp(item, port, answer)];
    }),
  );
  return {
    address,
    setRecord: async (host, list) => setRecord(host, list),
    setRecords: async (records) => setRecords(records),
    program: (host, behaviour) => {
      behaviours.set(host.toLowerCase(), behaviour);
      turns.delete(`A ${host.toLowerCase()}`);
      turns.delete(`AAAA ${host.toLowerCase()}`);
    },
    queries: counts.of,
    totalQueries: counts.total,
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}

interface Response {
  readonly outcome: DnsOutcome;
  readonly transport: 'udp' | 'tcp';
  readonly answers: Answer[];
}

function encodeResponse(query: DecodedPacket, response: Response): Buffer {
  const { outcome, transport } = response;
  const { id = 0, flags = 0, questions = [], additionals = [] } = query;
  const refusesEdns = outcome === 'formerr-to-edns' && additionals.some(({ type }) => type === 'OPT');
  const answers = refusesEdns ? [] : response.answers;
  const knows = outcome === 'lame' ? 0 : AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE;
  const code = refusesEdns ? 1 : (responseCodes[outcome] ?? 0);
  const packet = {
    type: 'response' as const,
    id: outcome === 'wrong-id' ? id ^ 0x5a5a : id,
    flags: flags | knows | code,
    questions: questions.slice(0, 1),
    answers,
  };
  const full = encode(packet);
  if (transport === 'tcp' || (outcome !== 'truncated' && full.length <= udpSize(query))) return full;
  return encode({ ...packet, flags: packet.flags | truncatedFlag, answers: [] });
}

function udpSize(query: DecodedPacket): number {
  const edns = query.additionals?.find((record) => record.type === 'OPT');
  return Math.max(plainUdpSize, edns?.type === 'OPT' ? edns.udpPayloadSize : 0);
}
