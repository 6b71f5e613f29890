import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectGarbageSometimes } from '../../../src/daemon/collect-garbage.ts';

/** The looks, of so many, after which garbage was collected. */
function collections(looks: number, settled: (look: number) => boolean = () => false): number[] {
  const collected: number[] = [];
  let look = 0;
  vi.stubGlobal('gc', () => collected.push(look));
  const looked = collectGarbageSometimes();
  for (look = 1; look <= looks; look += 1) looked(settled(look));
  return collected;
}

describe('collecting garbage', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is done soon after the start, and seldom from then on', () => {
    expect(collections(800)).toEqual([12, 250, 500, 750]);
  });

  it('is done soon after the agent is settled, each time', () => {
    expect(collections(240, (look) => look > 100 && look !== 150)).toEqual([12, 103, 153]);
  });

  it('is left to V8 where it cannot be asked for', () => {
    vi.stubGlobal('gc', undefined);
    const looked = collectGarbageSometimes();
    for (let look = 0; look < 12; look += 1) looked(false);
  });
});
