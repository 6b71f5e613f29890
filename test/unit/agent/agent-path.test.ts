import { describe, expect, it } from 'vitest';
import { type AgentPathInput, agentPath } from '../../../src/agent/agent-path.ts';
import type { TcpState } from '../../../src/agent/tcp-table.ts';

function sockets(...connections: readonly (readonly [string, TcpState])[]): AgentPathInput['sockets'] {
  return {
    connections: connections.map(([remoteAddress, state], index) => ({
      remoteAddress,
      state,
      inode: index + 1,
    })),
  };
}

const endpoints = ['10.0.1.10', '10.0.2.10', '2600:1f16:0abc:de00:0:0:0:10'];

function pathOf(parts: Partial<AgentPathInput>) {
  return agentPath({
    running: true,
    sockets: sockets(),
    acsAddresses: endpoints.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
      private: true,
      rule: 'in the VPC',
    })),
    registered: true,
    lastWebsocketHost: undefined,
    isPrivate: (address) => address.startsWith('10.') || address.startsWith('2600:1f16:abc:'),
    ...parts,
  });
}

const numbered = 'ecs-a-1.us-east-1.amazonaws.com';
const plain = 'ecs-a.us-east-1.amazonaws.com';

describe('agentPath', () => {
  it.each(['10.0.1.10', '2600:1f16:abc:de00::10'])('is private over %s', (address) => {
    expect(pathOf({ sockets: sockets([address, 'ESTABLISHED']) })).toEqual({
      path: 'private',
      evidence: `connected to ${address}, a private address of ecs-a`,
      connections: [`${address} ESTABLISHED`],
      lastWebsocketHost: undefined,
    });
  });

  it('is private whatever else is open, and shows the telling connection first', () => {
    const seen = pathOf({
      sockets: sockets(
        ['10.0.9.9', 'ESTABLISHED'],
        ['198.51.100.7', 'ESTABLISHED'],
        ['10.0.2.10', 'ESTABLISHED'],
      ),
    });
    expect(seen.path).toBe('private');
    expect(seen.connections).toEqual([
      '10.0.2.10 ESTABLISHED',
      '198.51.100.7 ESTABLISHED',
      '10.0.9.9 ESTABLISHED',
    ]);
  });

  it('is private before introspection says that it registered', () => {
    expect(pathOf({ registered: false, sockets: sockets(['10.0.1.10', 'ESTABLISHED']) }).path).toBe(
      'private',
    );
  });

  it.each(['ESTABLISHED', 'SYN_SENT'] as const)('is public over a public peer in %s', (state) => {
    expect(pathOf({ sockets: sockets(['198.51.100.7', state]) }).path).toBe('public');
  });

  it('is public while ecs-a itself is', () => {
    const acsAddresses = [{ address: '198.51.100.7', family: 4, private: false, rule: '' } as const];
    expect(pathOf({ acsAddresses, sockets: sockets(['198.51.100.7', 'ESTABLISHED']) }).path).toBe('public');
  });

  it.each(['TIME_WAIT', 'CLOSE_WAIT', 'FIN_WAIT2'] as const)('is not told by connections in %s', (state) => {
    const over = sockets(['198.51.100.7', state], ['10.0.1.10', state]);
    expect(pathOf({ sockets: over }).path).toBe('unknown');
  });

  it('is not told by private peers that are not ecs-a, nor by an attempt', () => {
    expect(pathOf({ sockets: sockets(['10.0.9.9', 'ESTABLISHED']) }).path).toBe('unknown');
    expect(pathOf({ sockets: sockets(['10.0.1.10', 'SYN_SENT']) }).path).toBe('unknown');
  });

  it('is none without a process or without registration', () => {
    expect(pathOf({ running: false }).path).toBe('none');
    expect(pathOf({ registered: false, sockets: sockets(['198.51.100.7', 'SYN_SENT']) }).path).toBe('none');
  });

  it('is settled by a numbered host in the log', () => {
    expect(pathOf({ lastWebsocketHost: numbered }).path).toBe('public');
    expect(pathOf({ lastWebsocketHost: numbered, sockets: { unreadable: 'no' } }).path).toBe('public');
    expect(pathOf({ lastWebsocketHost: numbered, registered: false }).path).toBe('none');
    const connected = sockets(['10.0.1.10', 'ESTABLISHED']);
    expect(pathOf({ lastWebsocketHost: numbered, sockets: connected }).path).toBe('private');
  });

  it('does not take a public peer for the control plane against the log', () => {
    const seen = pathOf({ lastWebsocketHost: plain, sockets: sockets(['198.51.100.7', 'ESTABLISHED']) });
    expect(seen.path).toBe('unknown');
    expect(seen.evidence).toContain(plain);
  });

  it('is unknown when the sockets may not be read, with the reason', () => {
    const seen = pathOf({ sockets: { unreadable: 'needs root' }, lastWebsocketHost: plain });
    expect(seen).toMatchObject({ path: 'unknown', evidence: 'needs root', connections: [] });
  });

  it('shows eight connections at most', () => {
    const many = Array.from({ length: 20 }, (_, index) => [`10.0.9.${index}`, 'ESTABLISHED'] as const);
    expect(pathOf({ sockets: sockets(...many) }).connections).toHaveLength(8);
  });
});
