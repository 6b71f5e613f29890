import { describe, expect, it } from 'vitest';
import { agentContainer } from '../../../src/agent/agent-container.ts';
import type { AgentContainer } from '../../../src/agent/agent-observation.ts';
import {
  chooseRestartVerb,
  type RestartableAgent,
  type RestartSetting,
} from '../../../src/supervision/restart-verb.ts';
import { containerId, inspectAnswer } from '../agent/engine-fake.ts';
import { activeUnit } from '../reconcile/observations.ts';

const container = agentContainer(inspectAnswer({}), 0, { wallMs: 0, monoMs: 0 });

function agent(
  parts: Partial<RestartableAgent> & { version?: string | undefined; is?: Partial<AgentContainer> },
) {
  const { version, is, ...rest } = parts;
  const observation: RestartableAgent = {
    engineProblem: undefined,
    container: { ...container, ...is },
    supervisor: 'ecs-init',
    supervisorEvidence: 'seen',
    unit: activeUnit,
    registration: {
      registered: true,
      version: 'version' in parts ? version : '1.105.1',
      cluster: 'default',
      containerInstanceArn: 'arn',
      introspection: 'registered',
      tasksStarting: 0,
    },
    ...rest,
  };
  return observation;
}

function choose(observation: RestartableAgent, restart: RestartSetting) {
  return chooseRestartVerb(observation, { restart, agentUnit: 'ecs.service' });
}

describe('chooseRestartVerb', () => {
  it('kills under ecs-init', () => {
    expect(choose(agent({}), 'auto')).toMatchObject({ verb: 'kill', containerId });
    expect(choose(agent({ version: '1.44.4' }), 'auto').verb).toBe('kill');
    expect(choose(agent({ unit: undefined }), 'auto').verb).toBe('kill');
  });

  it.each([
    ['an agent that a kill may harm', agent({ version: '1.44.3' }), 'auto'],
    ['an agent of unknown version', agent({ version: undefined }), 'auto'],
    ['one that is set so', agent({}), 'systemd'],
    ['a unit that was not asked about', agent({ unit: undefined, version: undefined }), 'auto'],
  ] as const)('goes through systemd under ecs-init for %s', (_, observation, setting) => {
    expect(choose(observation, setting)).toMatchObject({
      verb: 'systemctl-restart',
      unit: 'ecs.service',
    });
  });

  it('restarts a unit that is not ecs-init’s, whatever the version and the policy', () => {
    for (const version of ['1.105.1', '1.20.0', undefined]) {
      const observation = agent({ supervisor: 'unit', version, is: { restartPolicy: 'always' } });
      expect(choose(observation, 'auto')).toMatchObject({ verb: 'systemctl-restart', unit: 'ecs.service' });
    }
  });

  it.each(['restart-policy', 'none'] as const)(
    'kills under %s, which a unit behind it takes for no stop',
    (supervisor) => {
      expect(choose(agent({ supervisor, unit: undefined }), 'auto')).toMatchObject({
        verb: 'kill',
        containerId,
      });
    },
  );

  it.each(['restart-policy', 'none'] as const)(
    'has the Engine restart an agent under %s that a kill may harm',
    (supervisor) => {
      for (const version of ['1.44.3', undefined]) {
        const observation = agent({ supervisor, version, unit: undefined });
        expect(choose(observation, 'auto')).toMatchObject({ verb: 'restart', containerId });
      }
    },
  );

  it('has the Engine restart one that nobody runs and that it would remove at its end', () => {
    const is = { autoRemove: true };
    const observation = agent({ supervisor: 'none', unit: undefined, is });
    expect(choose(observation, 'auto')).toMatchObject({ verb: 'restart', containerId });
    expect(choose(agent({ supervisor: 'unit', is }), 'auto').verb).toBe('systemctl-restart');
  });

  it('follows the operator who says that systemd restarts it, also with a restart policy', () => {
    for (const supervisor of ['restart-policy', 'none', 'unit', 'unknown'] as const) {
      expect(choose(agent({ supervisor }), 'systemd')).toMatchObject({
        verb: 'systemctl-restart',
        unit: 'ecs.service',
      });
    }
  });

  it.each([
    ['restarts are off', agent({}), 'off', 'switched off'],
    ['there is no container', agent({ container: undefined }), 'auto', 'no agent container'],
    ['it is not running', agent({ is: { running: false } }), 'auto', 'not running'],
    ['it is paused', agent({ is: { paused: true } }), 'auto', 'paused'],
    ['its supervisor is unknown', agent({ supervisor: 'unknown' }), 'auto', 'cannot be determined'],
    [
      'its unit is being stopped',
      agent({ unit: { ...activeUnit, activeState: 'deactivating' } }),
      'auto',
      'being stopped',
    ],
    [
      'its unit is queued behind the boot',
      agent({ unit: { ...activeUnit, activeState: 'inactive', jobQueued: true } }),
      'auto',
      'queued to start',
    ],
    [
      'its unit waits to start again',
      agent({ unit: { ...activeUnit, activeState: 'activating', subState: 'auto-restart' } }),
      'auto',
      'is activating (auto-restart), and will start the agent anew',
    ],
    [
      'systemd knows no unit',
      agent({ unit: { ...activeUnit, loaded: false } }),
      'systemd',
      'knows no ecs.service',
    ],
    [
      'the Engine cannot be asked',
      agent({
        container: undefined,
        engineProblem: { code: 'engine-missing', message: 'no socket', advice: '' },
      }),
      'auto',
      'no socket',
    ],
  ] as const)('does nothing when %s', (_, observation, setting, reason) => {
    const choice = choose(observation, setting);
    expect(choice.verb).toBe('none');
    expect(choice.reason).toContain(reason);
  });

  it('says why it does not kill: the version, or that it is not known', () => {
    expect(choose(agent({ version: '1.44.3' }), 'auto').reason).toMatch(/^agent 1\.44\.3 may lose its state/);
    expect(choose(agent({ version: undefined }), 'auto').reason).toContain('version is not known');
  });
});
