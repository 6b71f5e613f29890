import type { SupervisorUnit } from '../../agent/agent-observation.ts';
import { messageOf } from '../../kit/problem.ts';
import { parseUnit } from '../../supervision/supervisor-unit.ts';
import { check } from '../check.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';

export const ecsServiceCheck = check({
  name: 'ecs-service',
  title: 'The systemd unit that supervises the agent',
  findings: {
    'unit-stopped': fail(
      'The unit has been stopped (or the agent was stopped with `docker stop`, which ends the unit too).',
      'When you want the agent back: `systemctl start {unit}`. It then starts on the private path.',
    ),
    'unit-failed': fail(
      'ecs-init ended with an error, and systemd does not start it again.',
      '`journalctl -u {unit} -n 50` says why; then `systemctl reset-failed {unit} && systemctl start {unit}`.',
    ),
    'unit-without-agent': fail(
      'The agent runs although its unit is not active: it was started by hand (`docker start`). Nothing restarts it when ' +
        'it ends, and stopping the unit has removed the rules by which tasks get their IAM roles.',
      '`systemctl start {unit}`: ecs-init removes the container and creates a supervised one, with the rules.',
    ),
    'unit-queued': warn(
      'systemd has a start job queued for it. At boot it waits for cloud-final, so that user data that waits for the ' +
        'agent, or runs `systemctl start ecs` without --no-block, blocks forever.',
      '`systemctl list-jobs` shows what it waits for; in user data use `systemctl enable --now --no-block {unit}`.',
    ),
    'unit-none': skip(
      'The agent of this host is not run by ecs-init.',
      'Nothing to do, unless it should be: then set ECS_PRIVATELINKD_AGENT_UNIT to its unit.',
    ),
    'systemd-unreadable': skip(
      'The state of the unit is known to systemd only.',
      'Run on the host itself, as root, where systemd runs.',
    ),
  },
  needs: ['observation'],
  run: async (host, signal) => {
    const name = host.settings.agentUnit;
    let unit: SupervisorUnit | undefined;
    try {
      const properties = 'LoadState,ActiveState,SubState,Job,ExecMainCode,ExecMainStatus';
      unit = parseUnit(
        name,
        await host.systemctl(['show', name, `--property=${properties}`, '--no-pager'], signal),
      );
    } catch (thrown) {
      signal.throwIfAborted();
      return found('systemd-unreadable', messageOf(thrown));
    }
    if (!unit?.loaded) return found('unit-none', `systemd knows no ${name}`);
    const state = `${name} is ${unit.activeState ?? 'in no known state'}${unit.subState ? ` (${unit.subState})` : ''}`;
    if (unit.activeState === 'active') return passed(state);
    if (unit.jobQueued) return found('unit-queued', `${state}, with a job queued`);
    if (unit.activeState === 'failed') {
      const status = unit.mainExitStatus === undefined ? '' : `, exit code ${unit.mainExitStatus}`;
      return found('unit-failed', `${state}${status}`);
    }
    const { container, supervisor } = (await host.observation()).agent;
    if (container?.running && supervisor === 'none') {
      return found('unit-without-agent', `${state}, and ${container.name} runs`);
    }
    if (supervisor === 'restart-policy') {
      return found('unit-none', `${state}; the container has a restart policy of its own`);
    }
    if (unit.activeState === 'inactive') return found('unit-stopped', state);
    return passed(state);
  },
});
