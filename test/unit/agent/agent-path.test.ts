import { describe, expect, it } from 'vitest';
import { type AgentPathInput, agentPath, pathLimits } from '../../../src/agent/agent-path.ts';
import type { TcpState } from '../../../src/agent/tcp-table.ts';
import type { EndpointAddress } from '../../../src/endpoints/endpoint-observation.ts';

const readMonoMs = 100_000;

/** Each with its state and, where it is not a minute, for how long it has been seen so. */
function sockets(
  ...connections: readonly (readonly [string, TcpState, forMs?: number])[]
): AgentPathInput['sockets'] {
  return {
    readMonoMs,
    connections: connections.map(([remoteAddress, state, forMs = 60_000], index) => ({
      remoteAddress,
      state,
      inode: index + 1,
      establishedMonoMs: state === 'ESTABLISHED' ? readMonoMs - forMs : undefined,
    })),
  };
}

const acs = answered('10.0.1.10', '10.0.2.10', '2600:1f16:0abc:de00:0:0:0:10');
const addresses = { acs, tcs: answered('10.0.3.10'), api: answered('10.0.4.10') };

function answered(...texts: string[]): EndpointAddress[] {
  return texts.map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
    private: address.startsWith('10.') || address.startsWith('2600:'),
    rule: '',
  }));
}

function pathOf(parts: Partial<AgentPathInput>) {
  return agentPath({
    running: true,
    sockets: sockets(),
    addresses,
    registered: true,
    metricsDisabled: false,
    lastWebsocketHost: undefined,
    complains: false,
    silentMs: 0,
    isPrivate: (address) => address.startsWith('10.') || address.startsWith('2600:1f16:abc:'),
    limits: pathLimits,
    ...parts,
  });
}

const numbered = 'ecs-a-1.us-east-1.amazonaws.com';
const plain = 'ecs-a.us-east-1.amazonaws.com';

describe('agentPath', () => {
  it.each(['10.0.1.10', '2600:1f16:abc:de00::10'])('is private over %s', (address) => {
    expect(pathOf({ sockets: sockets([address, 'ESTABLISHED', 3_000]) })).toEqual({
      path: 'private',
      evidence: `connected to ${address}, a private address of ecs-a`,
      connections: [`${address} ESTABLISHED`],
      lastWebsocketHost: undefined,
      connectedMonoMs: readMonoMs - 3_000,
      tcs: 'none-seen',
      publicSeen: false,
    });
  });

  it('is private since the first of several connections was seen', () => {
    const seen = pathOf({
      sockets: sockets(['10.0.1.10', 'ESTABLISHED', 4_000], ['10.0.2.10', 'ESTABLISHED', 5_000]),
    });
    expect(seen).toMatchObject({ path: 'private', connectedMonoMs: readMonoMs - 5_000 });
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
    const publicly = { ...addresses, acs: answered('198.51.100.7') };
    expect(pathOf({ addresses: publicly, sockets: sockets(['198.51.100.7', 'ESTABLISHED']) }).path).toBe(
      'public',
    );
  });

  it.each(['TIME_WAIT', 'CLOSE_WAIT', 'FIN_WAIT2'] as const)('is not told by connections in %s', (state) => {
    const over = sockets(['198.51.100.7', state], ['10.0.1.10', state]);
    expect(pathOf({ sockets: over }).path).toBe('unknown');
  });

  it('is not told by private peers that are not ecs-a, nor by an attempt', () => {
    expect(pathOf({ sockets: sockets(['10.0.9.9', 'ESTABLISHED']) }).path).toBe('unknown');
    expect(pathOf({ sockets: sockets(['10.0.1.10', 'SYN_SENT']) })).toMatchObject({
      path: 'unknown',
      evidence: 'trying to connect to 10.0.1.10, a private address of ecs-a',
    });
  });

  it('is none without a process or without registration', () => {
    expect(pathOf({ running: false })).toMatchObject({
      path: 'none',
      tcs: 'unknown',
      publicSeen: undefined,
    });
    expect(pathOf({ registered: false, sockets: sockets(['198.51.100.7', 'SYN_SENT']) }).path).toBe('none');
    expect(pathOf({ registered: false, sockets: sockets(['10.0.1.10', 'ESTABLISHED', 0]) }).path).toBe(
      'none',
    );
  });

  it('is unknown when the sockets may not be read, with the reason', () => {
    const seen = pathOf({ sockets: { unreadable: 'needs root' }, lastWebsocketHost: plain });
    expect(seen).toMatchObject({
      path: 'unknown',
      evidence: 'needs root',
      connections: [],
      tcs: 'unknown',
      publicSeen: undefined,
    });
    expect(pathOf({ sockets: { unreadable: 'needs root' }, silentMs: 60_000 }).path).toBe('unknown');
  });

  it('shows eight connections at most', () => {
    const many = Array.from({ length: 20 }, (_, index) => [`10.0.9.${index}`, 'ESTABLISHED'] as const);
    expect(pathOf({ sockets: sockets(...many) }).connections).toHaveLength(8);
  });
});

describe('a connection to ecs-a that may be a refused websocket', () => {
  it('proves nothing before it has lasted for three seconds', () => {
    const seen = pathOf({ sockets: sockets(['10.0.1.10', 'ESTABLISHED', 2_999]) });
    expect(seen).toMatchObject({
      path: 'unknown',
      evidence: 'connected to 10.0.1.10, a private address of ecs-a, for less than 3 s',
      connectedMonoMs: readMonoMs - 2_999,
    });
  });

  it('is not outweighed by a public one that telemetry may hold from before', () => {
    const open = sockets(['10.0.1.10', 'ESTABLISHED', 0], ['198.51.100.7', 'ESTABLISHED']);
    expect(pathOf({ sockets: open })).toMatchObject({ path: 'unknown', publicSeen: true });
  });
});

describe('an agent without a connection', () => {
  it('is disconnected after longer than a reconnect takes', () => {
    expect(pathOf({ silentMs: 9_999 })).toMatchObject({
      path: 'unknown',
      evidence: 'no ACS connection found; it may be reconnecting',
    });
    expect(pathOf({ silentMs: 10_000 })).toMatchObject({
      path: 'disconnected',
      evidence: 'no connection to the control plane for 10 s or longer',
    });
  });

  it('is disconnected also with telemetry and the API open', () => {
    const others = sockets(['10.0.3.10', 'ESTABLISHED'], ['10.0.4.10', 'ESTABLISHED']);
    expect(pathOf({ silentMs: 10_000, sockets: others })).toMatchObject({
      path: 'disconnected',
      tcs: 'private',
    });
  });
});

describe('the log', () => {
  it('decides alone where the sockets cannot be read, and never for private', () => {
    const sockets: AgentPathInput['sockets'] = { unreadable: 'no' };
    expect(pathOf({ lastWebsocketHost: numbered, sockets }).path).toBe('public');
    expect(pathOf({ lastWebsocketHost: plain, sockets }).path).toBe('unknown');
    expect(pathOf({ lastWebsocketHost: numbered, registered: false, sockets }).path).toBe('none');
  });

  it('is outweighed by the sockets', () => {
    const connected = sockets(['10.0.1.10', 'ESTABLISHED']);
    expect(pathOf({ lastWebsocketHost: numbered, sockets: connected }).path).toBe('private');
    expect(pathOf({ lastWebsocketHost: numbered }).path).toBe('unknown');
    // `ecs` was private first, then the agent started, then the other two were.
    const live = sockets(['198.51.100.7', 'ESTABLISHED']);
    expect(pathOf({ lastWebsocketHost: plain, sockets: live }).path).toBe('public');
  });
});

describe('an address that ecs-a shares', () => {
  const shared = { acs: answered('10.0.1.10'), tcs: answered('10.0.1.10'), api: answered('10.0.1.10') };
  const open = (count: number, ...more: readonly (readonly [string, TcpState])[]) =>
    sockets(...Array.from({ length: count }, () => ['10.0.1.10', 'ESTABLISHED'] as const), ...more);

  it('needs the log, or more connections than telemetry and the API explain', () => {
    const seen = pathOf({ addresses: shared, sockets: open(1), silentMs: 0 });
    expect(seen).toMatchObject({
      path: 'unknown',
      evidence:
        'connected to 10.0.1.10, a private address of ecs-a that ecs or ecs-t answers too: it may be another connection than ACS',
    });
    expect(pathOf({ addresses: shared, sockets: open(2) }).path).toBe('unknown');
    expect(pathOf({ addresses: shared, sockets: open(3) }).path).toBe('private');
    expect(pathOf({ addresses: shared, sockets: open(2), metricsDisabled: true }).path).toBe('private');
    expect(pathOf({ addresses: { ...shared, api: [] }, sockets: open(1) }).path).toBe('unknown');
    expect(pathOf({ addresses: { ...shared, api: [] }, sockets: open(2) }).path).toBe('private');
  });

  it.each([plain, 'ecs-a.cn-north-1.amazonaws.com.cn', 'ecs-a-fips.us-east-1.amazonaws.com'])(
    'is proven where the last websocket went to %s, unless that was refused',
    (lastWebsocketHost) => {
      const seen = { addresses: shared, sockets: open(1), lastWebsocketHost };
      expect(pathOf(seen).path).toBe('private');
      expect(pathOf({ ...seen, complains: true }).path).toBe('unknown');
    },
  );

  it('is not ACS where the last websocket went to a numbered host', () => {
    expect(pathOf({ addresses: shared, sockets: open(4), lastWebsocketHost: numbered }).path).toBe('unknown');
  });

  it('is outweighed by a public connection: both websockets are public, and one to the API is not', () => {
    const both = open(1, ['198.51.100.7', 'ESTABLISHED'], ['198.51.100.8', 'ESTABLISHED']);
    expect(pathOf({ addresses: shared, sockets: both }).path).toBe('public');
    expect(pathOf({ addresses: shared, sockets: both, lastWebsocketHost: numbered }).path).toBe('public');
    const more = open(4, ['198.51.100.7', 'ESTABLISHED']);
    expect(pathOf({ addresses: shared, sockets: more }).path).toBe('public');
  });

  it('is not needed where a connection leads to one of ecs-a alone', () => {
    const partly = { ...addresses, tcs: answered('10.0.1.10') };
    expect(pathOf({ addresses: partly, sockets: sockets(['10.0.2.10', 'ESTABLISHED']) }).path).toBe(
      'private',
    );
  });
});

describe('the telemetry connection', () => {
  it.each<[string, Partial<AgentPathInput>]>([
    ['private', { sockets: sockets(['10.0.3.10', 'ESTABLISHED'], ['198.51.100.7', 'ESTABLISHED']) }],
    ['public', { sockets: sockets(['10.0.1.10', 'ESTABLISHED'], ['198.51.100.7', 'SYN_SENT']) }],
    ['none-seen', { sockets: sockets(['10.0.1.10', 'ESTABLISHED'], ['10.0.3.10', 'SYN_SENT']) }],
    ['disabled', { metricsDisabled: true, sockets: sockets(['198.51.100.7', 'ESTABLISHED']) }],
  ])('is %s', (tcs, parts) => {
    expect(pathOf(parts).tcs).toBe(tcs);
  });

  it.each<[boolean, TcpState]>([
    [true, 'ESTABLISHED'],
    [true, 'SYN_SENT'],
    [false, 'TIME_WAIT'],
  ])('shows a public connection: %s when %s', (is, state) => {
    expect(pathOf({ sockets: sockets(['198.51.100.7', state]) }).publicSeen).toBe(is);
  });
});
