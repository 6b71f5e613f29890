import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/lab/longest-first.ts';
import { namespacePool } from './test/lab/namespace-pool.ts';
import { leftOut, long } from './test/size.ts';

/** Nothing that is polled for takes a tenth of it on an idle machine. */
const patient = { poll: { timeout: 60_000, interval: 20 } };

/** Each file in a namespace of its own: they mostly wait, so several at once share the cores well. */
const inNamespaces = { expect: patient, pool: namespacePool, setupFiles: ['test/lab/need-namespace.ts'] };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // They keep nothing in module scope and wait a good deal: one process for many files, more than cores.
          expect: patient,
          isolate: false,
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
          // It ends what hangs; how long a random test takes depends on how long it is to go on.
          testTimeout: long ? 600_000 : 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...inNamespaces,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: leftOut,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          ...inNamespaces,
          // By test/forwarders/run.sh, which brings what it needs.
          name: 'forwarders',
          include: ['test/forwarders/**/*.test.ts'],
          sequence: { groupOrder: 4 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...inNamespaces,
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          exclude: leftOut,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          ...inNamespaces,
          name: 'instance',
          include: ['test/instance/**/*.test.ts'],
          exclude: leftOut,
          // One of them waits nearly all the time.
          maxWorkers: 4,
          sequence: { groupOrder: 3 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
