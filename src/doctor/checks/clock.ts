import { check } from '../check.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';

/** AWS refuses requests whose signature is older or newer than this (Signature Version 4). */
const refusedMs = 5 * 60_000;
const noticedMs = 30_000;

const fix =
  '`timedatectl` and `chronyc tracking` show the state; `systemctl restart chronyd` with `server 169.254.169.123 ' +
  'prefer iburst` in /etc/chrony.conf (Amazon Time Sync, reachable without internet) fixes it.';

export const clockCheck = check({
  name: 'clock',
  title: 'This host’s clock against that of IMDS',
  findings: {
    'clock-wrong': fail(
      'AWS refuses signed requests that are more than 5 minutes off, and certificates seem expired or not valid yet: ' +
        'the agent can neither register nor connect.',
      fix,
    ),
    'clock-off': warn('Beyond 5 minutes AWS refuses the agent’s requests.', fix),
    'clock-unknown': skip(
      'There is nothing to compare the clock with: IMDS gives no time.',
      'Compare by hand: `timedatectl`, `chronyc tracking`.',
    ),
  },
  needs: [],
  run: async (host, signal) => {
    if (host.settings.imdsDisabled) return found('clock-unknown', 'IMDS is not asked');
    const before = host.clock.now().wallMs;
    const answer = await host.askImdsPlainly('meta-data/', signal);
    const after = host.clock.now().wallMs;
    if (answer?.dateMs === undefined) return found('clock-unknown', 'IMDS gave no time');
    // The header has whole seconds: on average it is half of one old.
    const offMs = (before + after) / 2 - (answer.dateMs + 500);
    const seconds = Math.round(Math.abs(offMs) / 1000);
    const seen = `${seconds} s ${offMs > 0 ? 'ahead of' : 'behind'} the instance metadata service`;
    if (Math.abs(offMs) >= refusedMs) return found('clock-wrong', seen);
    if (Math.abs(offMs) >= noticedMs) return found('clock-off', seen);
    return passed('agrees with the instance metadata service');
  },
});
