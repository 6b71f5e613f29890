import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerEngine, startDockerEngine, whyNoDockerEngine } from '../../lab/docker-engine.ts';
import { type Host, startHost } from '../../lab/host.ts';
import { createEndpoints } from '../daemon/stage.ts';
import { diagnose, seenIn } from './diagnosis.ts';
import { type FakePrograms, installFakePrograms } from './fake-programs.ts';

const possible = process.env['ECS_PRIVATELINKD_LAB'] === 'namespace' && whyNoDockerEngine() === undefined;

describe.skipIf(!possible)('doctor on a healthy instance', () => {
  let engine: DockerEngine;
  let host: Host;
  let programs: FakePrograms;
  beforeAll(async () => {
    engine = await startDockerEngine();
    host = await startHost({ engine, before: async (lab) => await createEndpoints({ lab }) });
    programs = installFakePrograms(host.lab.directory);
  });
  afterAll(async () => {
    programs?.close();
    await host?.close();
    await engine?.close();
  });

  it('finds nothing to warn of', async () => {
    const diagnosis = await diagnose(host);
    console.log(seenIn(diagnosis));
    expect(diagnosis.counts).toMatchObject({ warn: 0, fail: 0 });
    const { stdout } = await host.command(['doctor']);
    console.log(stdout);
  });
});
