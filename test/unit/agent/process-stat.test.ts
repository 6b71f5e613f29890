import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readProcessStat } from '../../../src/agent/agent-process.ts';
import { parseProcessStat } from '../../../src/agent/process-stat.ts';

const rest = 'S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 102673 3133440';

describe('parseProcessStat', () => {
  it('finds the start time behind any name', () => {
    for (const comm of ['agent', 'a) R 1', '((', '', 'with blank']) {
      expect(parseProcessStat(`17 (${comm}) ${rest}\n`)).toEqual({
        comm,
        zombie: false,
        startedMonoMs: 1_026_730,
      });
    }
  });

  it('knows a zombie', () => {
    expect(parseProcessStat(`17 (agent) ${rest.replace('S', 'Z')}`)?.zombie).toBe(true);
  });

  it.each(['', '17', '17 (agent', '17 (agent) S 1 2', 'x) ('])('is undefined for %j', (text) => {
    expect(parseProcessStat(text)).toBeUndefined();
  });
});

describe('readProcessStat', () => {
  it('of this very process: started between boot and now', () => {
    const uptimeMs = Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000;
    const started = readProcessStat('/proc', process.pid)?.startedMonoMs ?? 0;
    expect(uptimeMs - started).toBeGreaterThan(process.uptime() * 1000 - 1000);
    expect(uptimeMs - started).toBeLessThan(process.uptime() * 1000 + 10_000);
  });

  it('is undefined for a process that is not there', () => {
    expect(readProcessStat('/proc', 2 ** 30)).toBeUndefined();
  });
});
