import { describe, expect, it } from 'vitest';
import { loopbackListen, promFile } from '../../../src/settings/kinds/text.ts';

describe('metrics-listen', () => {
  it.each(['127.0.0.1:9750', '127.9.9.9:1', '[::1]:65535'])('takes %s', (text) => {
    expect(loopbackListen.parse(text)).toEqual({ value: text });
  });

  it.each(['0.0.0.0:9750', '10.0.0.5:9750', '[::]:9750', '[fe80::1]:9750', 'example.com:9750', '*:9750'])(
    'refuses %s, says why, and names the nearest',
    (text) => {
      const parsed = loopbackListen.parse(text);
      if (!('rejected' in parsed)) throw new Error(`${text} is taken`);
      expect(parsed.rejected.reason).toContain('nothing here listens on a network');
      expect(parsed.rejected.nearest).toBe('127.0.0.1:9750');
    },
  );

  it.each(['9750', ':9750', 'localhost:9750'])('wants %s written out', (text) => {
    expect(loopbackListen.parse(text)).toMatchObject({ rejected: { nearest: '127.0.0.1:9750' } });
  });

  it.each(['', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', '127.0.0.1:x', '::1'])('refuses %j', (text) => {
    expect(loopbackListen.parse(text)).toHaveProperty('rejected');
  });
});

describe('metrics-textfile', () => {
  it('takes only what the collector reads', () => {
    expect(promFile.parse('/var/lib/node_exporter/a.prom')).toEqual({
      value: '/var/lib/node_exporter/a.prom',
    });
    for (const text of ['/var/lib/a.txt', 'a.prom', '/dir/.prom', '/dir/a.prom/']) {
      expect(promFile.parse(text)).toHaveProperty('rejected');
    }
  });
});
