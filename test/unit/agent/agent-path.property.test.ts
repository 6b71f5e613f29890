import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgentPathInput, agentPath, pathLimits } from '../../../src/agent/agent-path.ts';
import { parseTcpTable, type TcpState } from '../../../src/agent/tcp-table.ts';

const address = fc.constantFrom('10.0.1.10', '10.0.2.10', '10.0.9.9', '198.51.100.7', '198.51.100.8');
const state = fc.constantFrom<TcpState[]>('ESTABLISHED', 'SYN_SENT', 'TIME_WAIT', 'CLOSE_WAIT', 'LAST_ACK');
const isPrivate = (text: string) => text.startsWith('10.');

const answers = fc.array(
  address.map((text) => ({ address: text, family: 4 as const, private: isPrivate(text), rule: '' })),
  { maxLength: 3 },
);

const nowMs = 100_000;

const input: fc.Arbitrary<Omit<AgentPathInput, 'isPrivate'>> = fc.record({
  running: fc.boolean(),
  registered: fc.boolean(),
  metricsDisabled: fc.boolean(),
  complains: fc.boolean(),
  silentMs: fc.constantFrom(0, 9_999, 10_000),
  limits: fc.constant(pathLimits),
  sockets: fc.oneof<fc.Arbitrary<AgentPathInput['sockets']>[]>(
    fc.record({
      readMonoMs: fc.constant(nowMs),
      connections: fc.array(
        fc
          .record({ remoteAddress: address, state, inode: fc.nat(), forMs: fc.constantFrom(0, 2_999, 3_000) })
          .map(({ forMs, ...socket }) => ({
            ...socket,
            establishedMonoMs: socket.state === 'ESTABLISHED' ? nowMs - forMs : undefined,
          })),
        { maxLength: 12 },
      ),
    }),
    fc.record({ unreadable: fc.string() }),
  ),
  addresses: fc.record({ acs: answers, tcs: answers, api: answers }),
  lastWebsocketHost: fc.constantFrom(
    undefined,
    'ecs-a.us-east-1.amazonaws.com',
    'ecs-a-3.us-east-1.amazonaws.com',
  ),
});

const answered = (text: string, by: AgentPathInput['addresses']['acs']) =>
  by.some((one) => one.private && one.address === text);

describe('whatever is seen', () => {
  it('private is said only of a connection to a private address of ecs-a that lasts, and always where it is its own', () => {
    fc.assert(
      fc.property(input, (seen) => {
        const { acs, tcs, api } = seen.addresses;
        const lasting = (seen.sockets.connections ?? []).filter(
          ({ establishedMonoMs: at, remoteAddress }) =>
            seen.running && at !== undefined && nowMs - at >= 3_000 && answered(remoteAddress, acs),
        );
        const own = lasting.some(({ remoteAddress }) => !answered(remoteAddress, [...tcs, ...api]));
        const { path, connectedMonoMs } = agentPath({ ...seen, isPrivate });
        if (own) expect(path).toBe('private');
        if (path !== 'private') return;
        expect(lasting.length).toBeGreaterThan(0);
        expect(connectedMonoMs).toBeLessThanOrEqual(nowMs - 3_000);
        if (!own) expect(String(seen.lastWebsocketHost)).not.toContain('ecs-a-3.');
      }),
    );
  });

  it('public is said only of a registered agent with a live public connection, or unreadable and by a numbered host', () => {
    fc.assert(
      fc.property(input, (seen) => {
        if (agentPath({ ...seen, isPrivate }).path !== 'public') return;
        const live = seen.sockets.connections?.some(
          (socket) => ['ESTABLISHED', 'SYN_SENT'].includes(socket.state) && !isPrivate(socket.remoteAddress),
        );
        expect(seen.running && seen.registered).toBe(true);
        expect(live ?? seen.lastWebsocketHost?.startsWith('ecs-a-3.')).toBe(true);
      }),
    );
  });

  it('disconnected is said only where the connections can be read, and none is alive to ecs-a or in public', () => {
    fc.assert(
      fc.property(input, (seen) => {
        if (agentPath({ ...seen, isPrivate }).path !== 'disconnected') return;
        const { acs } = seen.addresses;
        expect(seen.sockets.connections).toBeDefined();
        const alive = seen.sockets.connections?.filter((one) =>
          ['ESTABLISHED', 'SYN_SENT'].includes(one.state),
        );
        expect(alive?.filter(({ remoteAddress: to }) => !isPrivate(to) || answered(to, acs))).toEqual([]);
      }),
    );
  });
});

describe('parseTcpTable', () => {
  it('gives back any IPv4 peer', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(0xffff), fc.integer({ min: 1, max: 0xffffffff }), (peer, port, inode) => {
        const hex = Buffer.from(peer.split('.').map(Number)).reverse().toString('hex').toUpperCase();
        const line = `  0: 0100007F:0016 ${hex}:${port.toString(16).toUpperCase().padStart(4, '0')} 01 0:0 0:0 0 0 0 ${inode} 1 x`;
        expect(parseTcpTable(`header\n${line}\n`, port)).toEqual([
          { remoteAddress: peer, state: 'ESTABLISHED', inode },
        ]);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTcpTable(`${text}:01BB ${text}`, 443)));
  });
});
