import { describe, expect, it } from 'vitest';
import { agentContainer, agentSettings } from '../../../src/agent/agent-container.ts';
import { byVariable, untold } from '../endpoints/api-settings.ts';
import { containerId, environmentsOf, inspectAnswer } from './engine-fake.ts';

const now = { wallMs: Date.parse('2026-01-01T00:01:00Z'), monoMs: 500_000 };

describe('agentContainer', () => {
  it('of a running agent', () => {
    expect(agentContainer(inspectAnswer({}), 440_010, now)).toEqual({
      id: containerId,
      name: 'ecs-agent',
      image: 'amazon/amazon-ecs-agent:latest',
      running: true,
      restarting: false,
      paused: false,
      processGone: false,
      pid: 4242,
      startedMonoMs: 440_010,
      startedAt: '2026-01-01T00:00:00.123456789Z',
      health: 'none',
      exitCode: undefined,
      outOfMemory: false,
      autoRemove: false,
      restartPolicy: 'no',
      networkMode: 'host',
      dns: { nameservers: [], options: [], search: [], extraHosts: [], networkMode: 'host' },
    });
  });

  it('takes the start from the wall clock where /proc does not tell', () => {
    expect(agentContainer(inspectAnswer({}), undefined, now).startedMonoMs).toBe(440_123);
    const odd = inspectAnswer({ state: { StartedAt: 'yesterday' } });
    expect(agentContainer(odd, undefined, now).startedMonoMs).toBeUndefined();
  });

  it('of one that has ended', () => {
    const ended = inspectAnswer({ state: { Running: false, Pid: 0, ExitCode: 5 } });
    expect(agentContainer(ended, undefined, now)).toMatchObject({
      running: false,
      pid: undefined,
      startedMonoMs: undefined,
      exitCode: 5,
    });
  });

  it('of one between two runs of its own policy, which the Engine calls running', () => {
    const answer = inspectAnswer({
      state: { Restarting: true, Pid: 0, ExitCode: 137 },
      restartPolicy: 'on-failure',
    });
    expect(agentContainer(answer, undefined, now)).toMatchObject({
      running: false,
      restarting: true,
      exitCode: 137,
      restartPolicy: 'on-failure',
    });
  });

  it('of one that the Engine takes for running and whose process is gone', () => {
    expect(agentContainer(inspectAnswer({}), undefined, now, true)).toMatchObject({
      running: false,
      processGone: true,
      pid: undefined,
      exitCode: undefined,
    });
    const ended = inspectAnswer({ state: { Running: false, Pid: 0, ExitCode: 1 } });
    expect(agentContainer(ended, undefined, now, true)).toMatchObject({ processGone: false, exitCode: 1 });
  });

  it('of one that the kernel killed for want of memory', () => {
    const state = { Running: false, Pid: 0, ExitCode: 137, OOMKilled: true };
    expect(agentContainer(inspectAnswer({ state }), undefined, now).outOfMemory).toBe(true);
    // Old Engines say so of the next run too.
    const running = inspectAnswer({ state: { OOMKilled: true } });
    expect(agentContainer(running, undefined, now).outOfMemory).toBe(false);
  });

  it('of one that the Engine removes', () => {
    expect(agentContainer(inspectAnswer({ autoRemove: true }), undefined, now).autoRemove).toBe(true);
  });

  it('of one that never ran', () => {
    const answer = inspectAnswer({ state: { Running: false, Pid: 0, StartedAt: '0001-01-01T00:00:00Z' } });
    expect(agentContainer(answer, undefined, now).exitCode).toBeUndefined();
  });

  it.each(['healthy', 'unhealthy', 'starting', 'none'] as const)('health %s', (status) => {
    const answer = inspectAnswer({ state: { Health: { Status: status } } });
    expect(agentContainer(answer, undefined, now).health).toBe(status);
  });

  it('reads the empty policy of old Engines as none', () => {
    expect(agentContainer(inspectAnswer({ restartPolicy: '' }), undefined, now).restartPolicy).toBe('no');
  });
});

function settingsOf(env: readonly string[]) {
  return agentSettings(environmentsOf(inspectAnswer({ env: [...env] })), undefined, ['ecs-a.x']);
}

describe('agentSettings', () => {
  it('of an agent with defaults', () => {
    expect(settingsOf(['PATH=/', 'odd', '=x'])).toEqual({
      api: untold,
      region: undefined,
      proxy: undefined,
      noProxy: undefined,
      metricsDisabled: false,
      trust: { file: undefined, directories: undefined },
    });
  });

  it('of one that has credentials of its own: which variable says so, and nothing of what is in it', () => {
    const own = (...env: string[]) => {
      const settings = settingsOf(env);
      expect(JSON.stringify(settings)).not.toMatch(/secret/i);
      return settings.ownCredentials;
    };
    expect(own('AWS_ACCESS_KEY_ID=AKIAsecret', 'AWS_SECRET_ACCESS_KEY=secret')).toBe('AWS_ACCESS_KEY_ID');
    expect(own('AWS_PROFILE=secret', 'AWS_SHARED_CREDENTIALS_FILE=/secret')).toBe(
      'AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE',
    );
    expect(own('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/secret')).toBe(
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    );
    // Empty, under another name, or empty in the end: the role's.
    expect(
      own('AWS_PROFILE=', 'aws_profile=secret', 'AWS_PROFILES=secret', 'AWS_SECRET_ACCESS_KEY=secret'),
    ).toBe(undefined);
    expect(own('AWS_PROFILE=secret', 'AWS_PROFILE=')).toBe(undefined);
  });

  it('of one where everything is set', () => {
    const env = [
      'ECS_BACKEND_HOST=https://ecs.example?a=b',
      'AWS_DEFAULT_REGION=eu-west-1',
      'HTTP_PROXY=http://u:p@proxy:3128',
      'NO_PROXY=169.254.169.254',
      'AWS_USE_FIPS_ENDPOINT=TRUE',
      'ECS_DISABLE_METRICS=1',
    ];
    expect(settingsOf(env)).toEqual({
      api: {
        ...untold,
        endpoint: byVariable('https://ecs.example?a=b'),
        useFips: true,
        refused: 'the AWS SDK refuses AWS_USE_FIPS_ENDPOINT beside ECS_BACKEND_HOST of the agent',
      },
      region: byVariable('eu-west-1', 'AWS_DEFAULT_REGION'),
      proxy: 'http://proxy:3128',
      noProxy: '169.254.169.254',
      metricsDisabled: true,
      trust: { file: undefined, directories: undefined },
    });
  });
});
