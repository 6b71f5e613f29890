import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentContainer } from '../../../src/agent/agent-container.ts';
import type { SupervisorUnit } from '../../../src/agent/agent-observation.ts';
import { createSupervisorDetector } from '../../../src/agent/supervisor.ts';
import type { Clock } from '../../../src/kit/clock.ts';
import { paces } from '../../../src/observe/pace.ts';
import { inspectAnswer } from './engine-fake.ts';
import { fakeProc } from './proc-fake.ts';

let monoMs = 0;
const clock: Clock = {
  now: () => ({ wallMs: 0, monoMs }),
  sleep: () => Promise.reject(new Error('nobody sleeps here')),
};
const container = agentContainer(inspectAnswer({}), 0, clock.now());
const ecsInit = { comm: 'amazon-ecs-init', arguments: ['/usr/libexec/amazon-ecs-init', 'start'] };

function unit(activeState: string, jobQueued = false): SupervisorUnit {
  return {
    name: 'ecs.service',
    loaded: true,
    activeState,
    subState: 'x',
    jobQueued,
    mainExitStatus: undefined,
  };
}

let proc: ReturnType<typeof fakeProc>;
const { ecsInit: maxAgeMs } = paces.settled.maxAgeMs;
let detector: ReturnType<typeof createSupervisorDetector>;

/** With a unit, as in a close look: nothing remembered is relied on. */
function detect(of: Parameters<typeof detector.detect>[0], its: SupervisorUnit | undefined) {
  return detector.detect(of, its, its === undefined ? maxAgeMs : paces.close.maxAgeMs.ecsInit);
}

beforeEach(() => {
  monoMs = 0;
  proc = fakeProc();
  proc.add(1, { comm: 'systemd' });
  proc.add(4242, { comm: 'tini' });
  detector = createSupervisorDetector(clock, proc.directory);
});
afterEach(() => proc.remove());

describe('who supervises the agent', () => {
  it('is its own restart policy before all else', () => {
    proc.add(7, ecsInit);
    expect(detect({ ...container, restartPolicy: 'on-failure' }, undefined)).toBe('restart-policy');
  });

  it('is ecs-init where that runs', () => {
    proc.add(7, ecsInit);
    expect(detect(container, undefined)).toBe('ecs-init');
    expect(detect(undefined, undefined)).toBe('ecs-init');
  });

  it('is ecs-init where its unit is up or will be', () => {
    expect(detect(container, unit('active'))).toBe('ecs-init');
    expect(detect(container, unit('activating'))).toBe('ecs-init');
    expect(detect(container, unit('inactive', true))).toBe('ecs-init');
  });

  it('is nobody otherwise', () => {
    expect(detect(container, undefined)).toBe('none');
    expect(detect(container, unit('inactive'))).toBe('none');
    expect(detect(container, unit('failed'))).toBe('none');
  });

  it.each([
    ['one that has ended', { ...ecsInit, state: 'Z' }],
    ['another program', { ...ecsInit, comm: 'amazon-ssm-agen' }],
  ])('is nobody beside %s', (_, other) => {
    proc.add(7, other);
    expect(detect(container, undefined)).toBe('none');
  });

  it('is not told while ecs-init runs a one-shot of its unit: what follows may stop the agent', () => {
    proc.add(7, { ...ecsInit, arguments: ['amazon-ecs-init', 'post-stop'] });
    expect(detect(container, undefined)).toBe('unknown');
    proc.end(7);
    expect(detect(container, undefined)).toBe('none');
  });

  it('is found out again when ecs-init ends', () => {
    proc.add(7, ecsInit);
    expect(detect(container, undefined)).toBe('ecs-init');
    proc.end(7);
    expect(detect(container, undefined)).toBe('none');
  });

  it('is not confused by another process under the same id', () => {
    proc.add(7, ecsInit);
    expect(detect(container, undefined)).toBe('ecs-init');
    proc.end(7);
    proc.add(7, { comm: 'amazon-ecs-init', arguments: ['amazon-ecs-init', 'stop'], startTicks: 101 });
    expect(detect(container, undefined)).toBe('unknown');
  });

  it('is looked for again after a while, and at once at a close look', () => {
    expect(detect(container, undefined)).toBe('none');
    proc.add(7, ecsInit);
    monoMs = 29_999;
    expect(detect(container, undefined)).toBe('none');
    expect(detect(container, unit('inactive'))).toBe('ecs-init');
    proc.end(7);
    expect(detect(container, undefined)).toBe('none');
    proc.add(8, ecsInit);
    monoMs += 30_000;
    expect(detect(container, undefined)).toBe('ecs-init');
  });

  it('is looked for again at once when all that was seen before is in doubt', () => {
    expect(detect(container, undefined)).toBe('none');
    proc.add(7, ecsInit);
    detector.forget();
    expect(detect(container, undefined)).toBe('ecs-init');
  });

  it('is looked for again at once when the agent has a new process', () => {
    expect(detect(undefined, undefined)).toBe('none');
    proc.add(7, ecsInit);
    expect(detect(undefined, undefined)).toBe('none');
    expect(detect(container, undefined)).toBe('ecs-init');
  });

  it('is unknown where /proc does not show the host', () => {
    proc.end(4242);
    expect(detect(container, undefined)).toBe('unknown');
    proc.remove();
    expect(createSupervisorDetector(clock, proc.directory).detect(container, undefined, maxAgeMs)).toBe(
      'unknown',
    );
  });
});
