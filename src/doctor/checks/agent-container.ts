import { guardsOf } from '../../reconcile/rules/guards.ts';
import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip, warn } from '../finding.ts';

export const agentContainerCheck = check({
  name: 'agent-container',
  title: 'The agent’s container: state, health, version, last exit code',
  findings: {
    'agent-unseen': skip('The container is seen through the Docker Engine only.', 'See docker-engine.'),
    'agent-missing': fail(
      'There is no agent container of that name on this host.',
      '`systemctl start {unit}` (ecs-init creates it); `docker ps -a` shows what there is. If it has another name, set ' +
        'ECS_PRIVATELINKD_AGENT_CONTAINER.',
    ),
    'agent-exit-5': fail(
      'The agent exited with a terminal error (exit code 5): do not restart it until its cause is fixed.',
      '`tail -50 /var/log/ecs/ecs-agent.log` names it (mostly: the instance was registered under another cluster or ' +
        'attributes). Then `rm /var/lib/ecs/data/agent.db` if the instance is to register anew, and `systemctl start {unit}`.',
    ),
    'agent-not-running': fail(
      'The container is there, but its process has ended and nothing has started it again.',
      'Not `docker start`: under ecs-init that leaves it unsupervised. `systemctl start {unit}`; without ecs-init ' +
        '`docker start {name}`. Why it ended: /var/log/ecs/ecs-agent.log.',
    ),
    'agent-process-gone': fail(
      'The Docker Engine still takes the container for running, as after a crash of containerd-shim: nothing starts it again.',
      '`docker rm -f {name}`, then `systemctl restart --no-block {unit}`, or create it again as before.',
    ),
    'agent-restarting': fail(
      'It ends again and again; its restart policy is between two runs.',
      '`docker logs {name}` and /var/log/ecs/ecs-agent.log say why.',
    ),
    'agent-paused': fail(
      'Somebody paused the container; its sessions time out, and it is not restarted as long as it is paused.',
      '`docker unpause {name}`.',
    ),
    'agent-too-old': fail(
      'Interface endpoints are supported from agent 1.25.1 on.',
      'Update the container agent; the new one starts on the private path.',
    ),
    'agent-unhealthy': warn(
      'The health check of the container fails: the agent’s own API on port 51678 does not answer.',
      '`docker inspect --format "{{json .State.Health}}" {name}`, and /var/log/ecs/ecs-agent.log.',
    ),
    'agent-not-host-network': warn(
      'In a network of its own the agent has other nameservers and routes than this host, which is what is looked at.',
      'Run it with --net=host, as ECS requires.',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    const observation = await host.observation();
    const { agent } = observation;
    const { container } = agent;
    if (agent.engineProblem !== undefined) return found('agent-unseen', 'not seen');
    if (container === undefined) {
      return found('agent-missing', `no container is named ${host.settings.agentContainer}`);
    }
    const exited = container.exitCode === undefined ? '' : `, exit code ${container.exitCode}`;
    if (container.restarting) {
      return found('agent-restarting', `${container.name} is restarting${exited}`);
    }
    if (container.processGone) {
      const seen = `the Docker Engine thinks that ${container.name} runs; its process is gone`;
      return found('agent-process-gone', seen);
    }
    if (!container.running) {
      const code = container.exitCode === 5 ? 'agent-exit-5' : 'agent-not-running';
      return found(code, `${container.name} is not running${exited}`);
    }
    if (container.paused) return found('agent-paused', `${container.name} is paused`);
    const tooOld = guardsOf(observation, host.policyFor(observation)).find(
      ({ code }) => code === 'agent-too-old',
    );
    if (tooOld !== undefined) return foundProblem(tooOld);
    if (container.health === 'unhealthy') {
      return found('agent-unhealthy', `${container.name} is unhealthy`);
    }
    if (container.networkMode !== 'host' && !container.networkMode.startsWith('container:')) {
      return found('agent-not-host-network', `network mode ${container.networkMode}`);
    }
    const version = agent.registration.version ?? 'of unknown version';
    const since = container.startedAt.replace('T', ' ').slice(0, 19);
    return passed(`${container.name} ${version}, running since ${since} UTC`);
  },
});
