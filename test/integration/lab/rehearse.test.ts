import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { type DockerEngine, startDockerEngine, whyNoDockerEngine } from '../../lab/docker-engine.ts';

const bundle = inCheckout('build/ecs-privatelinkd.cjs');

async function rehearse(env: Record<string, string>, ...args: string[]) {
  const program = inCheckout('test/lab/run-typescript.mjs');
  const child = spawn(process.execPath, [program, inCheckout('test/lab/rehearse.ts'), '--fast', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, lines: text.trimEnd().split('\n') };
}

function lastLine(engine: string): RegExp {
  return new RegExp(
    `^rehearsal: engine=${engine} settled=true restarts=1 dns_to_restart_ms=\\d+ restart_to_connected_ms=\\d+$`,
  );
}

describe.skipIf(!existsSync(bundle))('rehearsal', () => {
  it('brings the agent over with the embedded Engine, in lines of 80 columns', async () => {
    const { code, lines } = await rehearse({}, '--engine', 'embedded');
    expect(lines.at(-1)).toMatch(lastLine('embedded'));
    expect(lines.slice(0, -1).filter((line) => line.length > 80)).toEqual([]);
    expect(code).toBe(0);
  });

  it('explains its options', async () => {
    expect(await rehearse({}, '--help')).toMatchObject({ code: 0 });
    expect(await rehearse({}, '--engine', 'steam')).toMatchObject({ code: 64 });
    const nowhere = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    expect(await rehearse(nowhere, '--engine', 'docker')).toMatchObject({ code: 69 });
  });

  describe.skipIf(whyNoDockerEngine() !== undefined)('on a real Engine', () => {
    let engine: DockerEngine;
    beforeAll(async () => {
      engine = await startDockerEngine();
    });
    afterAll(() => engine.close());

    it('brings the agent over, told as JSON lines, and leaves nothing behind', async () => {
      const { code, lines } = await rehearse({ DOCKER_HOST: `unix://${engine.socketPath}` }, '--json');
      expect(lines.at(-1)).toMatch(lastLine('docker'));
      const events = lines.slice(0, -1).map((line) => JSON.parse(line));
      expect(events.at(-1)).toMatchObject({ event: 'summary', engine: 'docker', settled: true, restarts: 1 });
      expect(
        events.filter(({ event }) => event === 'endpoint-created').map(({ service }) => service),
      ).toEqual(['ecs-agent', 'ecs-telemetry', 'ecs']);
      expect(code).toBe(0);
      expect(await engine.docker.listContainers({ all: true })).toEqual([]);
      expect(await engine.docker.listImages()).toEqual([]);
    });
  });
});
