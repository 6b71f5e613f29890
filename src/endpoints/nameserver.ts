import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { NameserverAnswer, NameserverFailureReason, RecordType } from './dns-answer.ts';
import { encodeQuestion, invalid, type Response, readResponse, udpMessageBytes } from './dns-message.ts';

/** One DNS server, asked directly. */
export interface Nameserver {
  readonly address: string;
  /** Never rejects. Takes at most the time-out, twice that where TCP is needed; ends at once when `signal` aborts. */
  ask(host: string, type: RecordType, signal: AbortSignal): Promise<NameserverAnswer>;
}

export interface NameserverOptions {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** `options use-vc`: over TCP alone. */
  readonly useTcp?: boolean;
  readonly trustAd?: boolean;
}

/** Asks as Go's `(*Resolver).exchange`: each question from a socket of its own, over TCP when the answer is cut short. */
export function createNameserver(options: NameserverOptions): Nameserver {
  const { address: nameserver, useTcp = false, trustAd = false } = options;
  return {
    address: nameserver,
    ask: async (name, type, signal) => {
      const question = encodeQuestion({ id: randomInt(0x1_0000), name, type, trustAd });
      const failed = ({ reason, detail }: Failure): NameserverAnswer => ({
        status: 'failed',
        failure: { nameserver, reason, detail },
      });
      if (question === undefined) return failed(unaskable);
      const overUdp = useTcp ? undefined : await exchange(options, question, signal, 'udp');
      const answer =
        overUdp === undefined || overUdp.status === 'truncated'
          ? await exchange(options, question, signal, 'tcp')
          : overUdp;
      switch (answer.status) {
        case 'answered':
        case 'no-data':
        case 'no-such-name':
          return answer;
        case 'failed':
          return failed(answer);
        // What is no answer is waited out over UDP; over TCP it is the end.
        case 'foreign':
        case 'no-message':
        case 'truncated':
          return failed(invalid);
      }
    },
  };
}

interface Failure {
  readonly reason: NameserverFailureReason;
  readonly detail: string;
}

const unaskable = { reason: 'bad-answer', detail: 'cannot be asked for such a name' } as const;
const cancelled = { reason: 'cancelled', detail: 'had not answered when the look ended' } as const;

/** One message there and one back. The time-out holds for each transport, as in Go. */
function exchange(
  { address, port, timeoutMs }: NameserverOptions,
  question: Buffer,
  signal: AbortSignal,
  transport: 'udp' | 'tcp',
): Promise<Response> {
  return new Promise((resolve) => {
    const over = transport === 'udp' ? '' : ' over TCP';
    let late: Failure = { reason: 'timeout', detail: `did not answer in time${over}` };
    let close = () => {};
    function settle(response: Response): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      close();
      resolve(response);
    }
    const cancel = () => settle({ status: 'failed', ...cancelled });
    // What has come while this process was not given the CPU is read first.
    const timer = setTimeout(() => setImmediate(() => settle({ status: 'failed', ...late })), timeoutMs);
    if (signal.aborted) return cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const take = (message: Buffer | undefined) => {
      if (message === undefined) return settle({ status: 'no-message' });
      const response = readResponse(message, question, transport);
      if (response.status === 'no-message') late = invalid;
      // It may be forged: the server's own may still come.
      const isNone = response.status === 'no-message' || response.status === 'foreign';
      if (!isNone || transport === 'tcp') settle(response);
    };
    const fail = () =>
      settle({ status: 'failed', reason: 'unreachable', detail: `could not be reached${over}` });
    close = (transport === 'udp' ? openUdp : openTcp)({ address, port }, question, take, fail);
  });
}

type Open = (
  server: { readonly address: string; readonly port: number },
  question: Buffer,
  /** Called with each message, or with undefined when the server ends before one is complete. */
  take: (message: Buffer | undefined) => void,
  fail: () => void,
) => () => void;

/** A connected socket: the kernel drops what others send, and tells when the server's port is closed. */
const openUdp: Open = ({ address, port }, question, take, fail) => {
  const socket = createSocket({
    type: isIPv6(address) ? 'udp6' : 'udp4',
    lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
  });
  let open = true;
  socket.on('error', () => open && fail());
  socket.on('message', (message) => open && take(message.subarray(0, udpMessageBytes)));
  socket.on('connect', () => open && socket.send(question));
  socket.connect(port, address);
  return () => {
    if (open) socket.close();
    open = false;
  };
};

/** RFC 1035, 4.2.2: each message is preceded by its length in two bytes. At most 64 KiB are read. */
const openTcp: Open = ({ address, port }, question, take, fail) => {
  const socket = connect({ host: address, port });
  let open = true;
  let received: Buffer = Buffer.alloc(0);
  socket.on('error', () => open && fail());
  socket.on('close', () => open && take(undefined));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    const end = received.length < 2 ? undefined : 2 + received.readUInt16BE(0);
    if (open && end !== undefined && received.length >= end) take(received.subarray(2, end));
  });
  socket.write(Buffer.concat([Buffer.from([question.length >> 8, question.length & 255]), question]));
  return () => {
    open = false;
    socket.destroy();
  };
};
