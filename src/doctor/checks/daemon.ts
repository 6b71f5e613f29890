import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip, warn } from '../finding.ts';

/** Beyond this after the time of its next look the daemon hangs, or cannot write. */
const overdueMs = 60_000;

export const daemonCheck = check({
  name: 'daemon',
  title: 'The daemon of this host and its phase',
  findings: {
    'daemon-not-running': warn(
      'Nothing on this host moves the agent to the private path.',
      '`systemctl enable --now ecs-privatelinkd`, or once by hand: `ecs-privatelinkd restart --if-needed`. Why it ended: ' +
        '`journalctl -u ecs-privatelinkd -n 50`.',
    ),
    'daemon-not-needed': skip(
      'The agent is not seen on the public path, so that there is nothing to move at the moment.',
      'To have the agent watched: `systemctl enable --now ecs-privatelinkd`.',
    ),
    'daemon-silent': warn(
      'The daemon runs, and has not written its status for longer than it should take.',
      '`journalctl -u ecs-privatelinkd -n 50`, then `systemctl restart ecs-privatelinkd` (a restart under way is kept).',
    ),
    'daemon-status-unreadable': warn(
      'The daemon runs, and this command cannot read what it last wrote.',
      'After an upgrade or a downgrade: `systemctl restart ecs-privatelinkd` (a restart under way is kept). The file is ' +
        'written anew with every look.',
    ),
    'attempts-used-up': fail(
      'Several restarts did not bring the agent onto the private path, so that no more are made.',
      'See agent-settings and agent-resolv-conf; then `ecs-privatelinkd restart --if-needed` tries once more.',
    ),
    'restart-did-not-help': fail(
      'A restart left the agent elsewhere, and nothing that decides where a new one connects has changed since.',
      'See agent-settings and agent-resolv-conf; then `ecs-privatelinkd restart --if-needed` tries once more.',
    ),
    'agent-disconnected': fail(
      'The daemon has watched the agent for minutes: registered, and without a connection to ECS that lasts.',
      'Look at the end of /var/log/ecs/ecs-agent.log.',
    ),
    'restart-no-effect': fail(
      'The call to restart the agent was made, and the same process is still there.',
      '`journalctl -u docker -n 50`; `ecs-privatelinkd restart --if-needed` tries once more.',
    ),
    'daemon-dry-run': warn(
      'The daemon says what it would do, and does nothing.',
      'Set ECS_PRIVATELINKD_DRY_RUN=false in /etc/ecs-privatelinkd/ecs-privatelinkd.config and restart it.',
    ),
    'daemon-blocked': fail(
      'The names are private, and something keeps the daemon from restarting the agent.',
      '`ecs-privatelinkd explain`',
    ),
  },
  needs: ['daemon', 'path'],
  run: async (host) => {
    const { pid, status, unreadable } = await host.daemon();
    if (pid === undefined) {
      const { path } = (await host.path()).agent.path;
      return found(path === 'public' ? 'daemon-not-running' : 'daemon-not-needed', 'no daemon is running');
    }
    if (unreadable !== undefined) return found('daemon-status-unreadable', unreadable);
    const overdue = status && host.clock.now().wallMs - Date.parse(status.next.lookAt) > overdueMs;
    if (status === undefined || overdue) {
      const since =
        status === undefined ? 'has written no status' : `last wrote its status at ${status.writtenAt}`;
      return found('daemon-silent', `process ${pid} ${since}`);
    }
    const { phase, reason } = status;
    if (status.daemon.dryRun) return found('daemon-dry-run', `dry run, ${phase}: ${reason.message}`);
    if (phase !== 'blocked') return passed(`process ${pid}, ${phase}: ${reason.message}`);
    const { code, message, advice } = reason;
    const ownWords: readonly string[] = [
      'attempts-used-up',
      'restart-did-not-help',
      'restart-no-effect',
      'agent-disconnected',
    ];
    return foundProblem({
      ...(ownWords.includes(code)
        ? { code, message }
        : { code: 'daemon-blocked', message: `${phase}: ${message}` }),
      advice: advice ?? undefined,
    });
  },
});
