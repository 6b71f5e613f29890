import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DockerEngine, startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import { type Host, startHost } from '../../lab/hosts/host.ts';
import { againIfBusy, atThisPace } from '../../lab/pace.ts';
import { createEndpoints } from '../daemon/stage.ts';
import { diagnose, expectCause, seenIn } from './diagnosis.ts';
import { type FakePrograms, installFakePrograms, natRules } from './fake-programs.ts';
import { faults } from './faults.ts';

describe('doctor on an instance whose agent is on the private path', () => {
  let engine: DockerEngine;
  let host: Host;
  let programs: FakePrograms;
  const undos: (() => unknown)[] = [];
  beforeAll(async () => {
    engine = await startDockerEngine();
    host = await startHost({ engine, before: async (lab) => await createEndpoints({ lab }) });
    programs = installFakePrograms(host.lab.directory);
  });
  async function undoAll(): Promise<void> {
    for (const undo of undos.splice(0).reverse()) await undo();
  }
  afterEach(async () => {
    await undoAll();
    programs.setNatRules(natRules);
  });
  afterAll(async () => {
    programs?.close();
    await host?.close();
    await engine?.close();
  });

  it('finds nothing to warn of when all is well', async () => {
    await againIfBusy(async () => {
      const diagnosis = await diagnose(host);
      expect(diagnosis.counts, seenIn(diagnosis)).toMatchObject({ warn: 0, fail: 0 });
      expect(diagnosis).toMatchObject({ ok: true, cause: null, causes: [] });
    });
  });

  it.each(faults)('$name: $code is the cause', async ({ produce, heeded, ...expected }) => {
    const scene = { host, programs, undo: (step: () => unknown) => undos.push(step) };
    const settings = await produce(scene);
    let advice = '';
    await againIfBusy(async () => {
      const began = performance.now();
      const diagnosis = await diagnose(host, settings);
      const tookMs = performance.now() - began;
      expectCause(diagnosis, expected);
      advice = diagnosis.cause?.advice ?? '';
      // Two waits for a systemd that hangs, one after the other, and the path of the agent.
      expect(tookMs).toBeLessThan(atThisPace(12_000));
      for (const check of diagnosis.checks) expect(check.durationMs).toBeLessThan(atThisPace(3_500));
    });
    if (heeded === undefined) return;
    await undoAll();
    await heeded(scene, advice);
    await againIfBusy(async () => {
      const diagnosis = await diagnose(host);
      expect(diagnosis, seenIn(diagnosis)).toMatchObject({ ok: true, cause: null });
    });
  });
});
