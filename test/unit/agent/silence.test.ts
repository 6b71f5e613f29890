import { describe, expect, it } from 'vitest';
import { createSilence, type SilenceLook } from '../../../src/agent/silence.ts';
import type { TcpState } from '../../../src/agent/tcp-table.ts';

const acs = [{ address: '10.0.1.10', family: 4, private: true, rule: '' }] as const;

function staged() {
  const measure = createSilence(3_000);
  const opened = new Map<string, number>();
  let readMonoMs = 0;
  /** What one reading shows, so many milliseconds after the last. */
  return (
    afterMs: number,
    peers: readonly (readonly [string, TcpState])[],
    look: Partial<SilenceLook> = {},
  ) => {
    readMonoMs += afterMs;
    for (const address of opened.keys()) {
      if (!peers.some(([peer, state]) => peer === address && state === 'ESTABLISHED')) opened.delete(address);
    }
    const connections = peers.map(([remoteAddress, state], inode) => {
      if (state === 'ESTABLISHED' && !opened.has(remoteAddress)) opened.set(remoteAddress, readMonoMs);
      return { remoteAddress, state, inode, establishedMonoMs: opened.get(remoteAddress) };
    });
    return measure({
      process: 'first',
      registered: true,
      sockets: { connections, readMonoMs },
      acs,
      isPrivate: (address) => address.startsWith('10.'),
      ...look,
    });
  };
}

describe('createSilence', () => {
  it('measures from the first reading without a connection to the control plane', () => {
    const silentMs = staged();
    silentMs(0, [['10.0.1.10', 'ESTABLISHED']]);
    expect(silentMs(5_000, [['10.0.1.10', 'ESTABLISHED']])).toBe(0);
    expect(silentMs(5_000, [['10.0.1.10', 'CLOSE_WAIT']])).toBe(0);
    expect(silentMs(4_000, [])).toBe(4_000);
    expect(silentMs(6_000, [['10.0.9.9', 'ESTABLISHED']])).toBe(10_000);
    expect(silentMs(6_000, [['10.0.9.9', 'ESTABLISHED']])).toBe(16_000);
  });

  it.each(['10.0.1.10', '198.51.100.7'])('begins anew after one to %s that lasts', (address) => {
    const silentMs = staged();
    silentMs(0, []);
    expect(silentMs(9_000, [[address, 'ESTABLISHED']])).toBe(9_000);
    expect(silentMs(3_000, [[address, 'ESTABLISHED']])).toBe(0);
    expect(silentMs(1_000, [])).toBe(0);
    expect(silentMs(1_000, [])).toBe(1_000);
  });

  it.each<TcpState>(['ESTABLISHED', 'SYN_SENT'])('goes on while each %s is another one', (state) => {
    const silentMs = staged();
    silentMs(0, []);
    for (let count = 1; count <= 10; count += 1) {
      expect(silentMs(5_000, [['10.0.1.10', state]])).toBe(count * 10_000 - 5_000);
      expect(silentMs(5_000, [])).toBe(count * 10_000);
    }
  });

  it('knows what ecs-a answered before', () => {
    const silentMs = staged();
    const other = [{ address: '10.0.7.10', family: 4, private: true, rule: '' }] as const;
    silentMs(0, []);
    silentMs(20_000, [['10.0.1.10', 'ESTABLISHED']], { acs: other });
    expect(silentMs(20_000, [['10.0.1.10', 'ESTABLISHED']], { acs: other })).toBe(0);
  });

  it.each<[string, Partial<SilenceLook>]>([
    ['the connections cannot be read', { sockets: { unreadable: 'no' } }],
    ['it is not known what ecs-a answers', { acs: [] }],
    ['the agent has not registered', { registered: false }],
    ['it is another process', { process: 'second' }],
  ])('is not measured while %s', (_, look) => {
    const silentMs = staged();
    silentMs(0, []);
    expect(silentMs(20_000, [], look)).toBe(0);
    expect(silentMs(20_000, [], { process: look.process ?? 'first' })).toBe(look.process ? 20_000 : 0);
  });
});
