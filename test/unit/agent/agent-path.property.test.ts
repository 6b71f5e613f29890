import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgentPathInput, agentPath } from '../../../src/agent/agent-path.ts';
import { parseTcpTable, type TcpState } from '../../../src/agent/tcp-table.ts';

const address = fc.constantFrom('10.0.1.10', '10.0.2.10', '10.0.9.9', '198.51.100.7', '198.51.100.8');
const state = fc.constantFrom<TcpState[]>('ESTABLISHED', 'SYN_SENT', 'TIME_WAIT', 'CLOSE_WAIT', 'LAST_ACK');
const isPrivate = (text: string) => text.startsWith('10.');

const input: fc.Arbitrary<Omit<AgentPathInput, 'isPrivate'>> = fc.record({
  running: fc.boolean(),
  registered: fc.boolean(),
  sockets: fc.oneof<fc.Arbitrary<AgentPathInput['sockets']>[]>(
    fc.record({
      connections: fc.array(fc.record({ remoteAddress: address, state, inode: fc.nat() }), { maxLength: 12 }),
    }),
    fc.record({ unreadable: fc.string() }),
  ),
  acsAddresses: fc.array(
    address.map((text) => ({ address: text, family: 4 as const, private: isPrivate(text), rule: '' })),
    { maxLength: 3 },
  ),
  lastWebsocketHost: fc.constantFrom(
    undefined,
    'ecs-a.us-east-1.amazonaws.com',
    'ecs-a-3.us-east-1.amazonaws.com',
  ),
});

describe('whatever is seen', () => {
  it('private is said only of an open connection to a private address of ecs-a, and always then', () => {
    fc.assert(
      fc.property(input, (seen) => {
        const open = seen.sockets.connections ?? [];
        const proven =
          seen.running &&
          open.some(
            (socket) =>
              socket.state === 'ESTABLISHED' &&
              seen.acsAddresses.some((one) => one.private && one.address === socket.remoteAddress),
          );
        expect(agentPath({ ...seen, isPrivate }).path === 'private').toBe(proven);
      }),
    );
  });

  it('public is said only of a registered agent with a live public connection or a numbered host in its log', () => {
    fc.assert(
      fc.property(input, (seen) => {
        if (agentPath({ ...seen, isPrivate }).path !== 'public') return;
        const open = seen.sockets.connections ?? [];
        const live = open.some(
          (socket) => ['ESTABLISHED', 'SYN_SENT'].includes(socket.state) && !isPrivate(socket.remoteAddress),
        );
        expect(seen.running && seen.registered).toBe(true);
        expect(live || seen.lastWebsocketHost?.startsWith('ecs-a-3.')).toBe(true);
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
