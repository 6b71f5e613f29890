import { describeCall } from '../../supervision/agent-restarter.ts';
import { chooseRestartVerb } from '../../supervision/restart-verb.ts';
import { check } from '../check.ts';
import { runningContainer } from '../doctor-host.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';

export const supervisorCheck = check({
  name: 'supervisor',
  title: 'Who starts the agent again, and the way in which it would be restarted',
  findings: {
    'restart-off': warn(
      'The daemon only reports; whatever it sees, it restarts nothing.',
      'Set ECS_PRIVATELINKD_RESTART=auto (it comes from: {origin}), or restart by hand: `ecs-privatelinkd restart --if-needed ' +
        '--restart auto`.',
    ),
    'agent-unsupervised': warn(
      'Neither ecs-init nor a restart policy starts this agent again when it ends.',
      'On a host with ecs-init: `systemctl start {unit}`. Else give the container a restart policy: ' +
        '`docker update --restart=on-failure:10 {name}`.',
    ),
    'no-safe-restart': fail(
      'There is no way to restart the agent that would surely bring it back, so it is not restarted.',
      'Look at `docker ps -a`, `systemctl status {unit}`, and whether this runs as root on the host itself.',
    ),
    'supervisor-no-agent': skip(
      'Without a running agent there is nothing to restart.',
      'See agent-container.',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    const { agent } = await host.observation();
    const container = runningContainer(agent);
    const unit = agent.unit?.name ?? host.settings.agentUnit;
    if (container === undefined) return found('supervisor-no-agent', 'no agent is running');
    if (host.settings.restart === 'off') {
      return found('restart-off', 'restarts are switched off', {
        origin: host.origins.restart,
      });
    }
    const choice = chooseRestartVerb(agent, host.settings);
    if (choice.verb === 'none') return found('no-safe-restart', choice.reason, { unit });
    const call = describeCall(choice).replace(container.id, container.id.slice(0, 12));
    if (agent.supervisor === 'none') {
      const seen = `nothing supervises ${container.name} (${agent.supervisorEvidence}); the way to restart it is ${call}`;
      return found('agent-unsupervised', seen, { unit });
    }
    return passed(`${agent.supervisor}: ${agent.supervisorEvidence}; would use ${call}`);
  },
});
