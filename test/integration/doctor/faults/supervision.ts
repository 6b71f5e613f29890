import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { expect } from 'vitest';
import { activeUnit } from '../fake-programs.ts';

import type { Fault } from './scene.ts';

export const supervisionFaults: readonly Fault[] = [
  {
    name: 'the container has another name',
    produce: async () => ({ 'agent-container': 'no-such-agent' }),
    cause: 'agent-container',
    code: 'agent-missing',
    advice: /ECS_PRIVATELINKD_AGENT_CONTAINER/,
  },
  {
    name: 'the container is paused',
    produce: async ({ host: { engine }, undo }) => {
      const container = engine.docker.getContainer('ecs-agent');
      undo(async () => {
        await container.unpause();
        // Where a health check fell into the pause, the next one is to come first.
        const health = async () => (await container.inspect()).State.Health?.Status;
        await expect.poll(health).not.toBe('unhealthy');
      });
      await container.pause();
      return undefined;
    },
    cause: 'agent-container',
    code: 'agent-paused',
    advice: /docker unpause ecs-agent/,
    beside: ['introspection'],
  },
  {
    name: 'the unit has failed beneath a running agent',
    produce: ({ programs, undo }) => {
      undo(() => programs.setUnit(activeUnit));
      programs.setUnit({
        ...activeUnit,
        ActiveState: 'failed',
        SubState: 'failed',
        ExecMainCode: '1',
        ExecMainStatus: '255',
      });
      return undefined;
    },
    cause: 'ecs-service',
    code: 'unit-failed',
    advice: /systemctl reset-failed/,
  },
  {
    name: 'the start of the unit is queued behind user data',
    produce: ({ programs, undo }) => {
      undo(() => programs.setUnit(activeUnit));
      programs.setUnit({ ...activeUnit, ActiveState: 'inactive', SubState: 'dead', Job: '42' });
      return undefined;
    },
    cause: 'ecs-service',
    code: 'unit-queued',
    advice: /systemctl list-jobs.*--no-block/,
  },
  {
    name: 'the NAT rules of the tasks’ credentials are gone',
    produce: ({ programs, undo }) => {
      undo(() => programs.setNatRules(['-P PREROUTING ACCEPT']));
      programs.setNatRules(['-P PREROUTING ACCEPT']);
      return undefined;
    },
    cause: 'credential-nat-rules',
    code: 'nat-rules-missing',
    advice: /systemctl restart --no-block/,
  },
  {
    name: 'systemd hangs',
    produce: ({ programs, undo }) => {
      undo(() => programs.setUnit(activeUnit));
      programs.hangSystemctl();
      return undefined;
    },
    cause: 'ecs-service',
    code: 'late',
    advice: /doctor --only ecs-service/,
  },
  {
    name: 'restarts are switched off',
    produce: async () => ({ restart: 'off' }),
    cause: 'supervisor',
    code: 'restart-off',
    advice: /ECS_PRIVATELINKD_RESTART=auto \(it comes from: environment/,
  },
  {
    name: 'the state directory is read-only',
    produce: ({ host, undo }) => {
      undo(() => execFileSync('umount', [host.stateDirectory]));
      execFileSync('mount', ['--bind', '-o', 'ro', host.stateDirectory, host.stateDirectory]);
      return undefined;
    },
    cause: 'state-dir',
    code: 'state-unwritable',
    advice: /read-only mount/,
  },
  {
    name: 'another program has the introspection port',
    produce: async ({ undo }) => {
      const server = createServer((_, response) => response.end('<html>'));
      await new Promise<void>((resolve) => server.listen(8_678, '127.0.0.1', resolve));
      undo(() => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      });
      return { 'agent-introspection': 'http://127.0.0.1:8678' };
    },
    cause: 'introspection',
    code: 'introspection-foreign',
    advice: /ss -ltnp/,
  },
];
