import { execFile } from 'node:child_process';
import { errorCodeOf, messageOf, ProblemError } from '../kit/problem.ts';

/** Milliseconds; systemctl asks over D-Bus, and systemd may be busy at boot. */
const TIMEOUT_MS = 10_000;

/** Runs `systemctl` with these arguments and resolves with what it printed. */
export type Systemctl = (args: readonly string[], signal: AbortSignal) => Promise<string>;

/**
 * The host's systemctl. Rejects with a `ProblemError` (`systemctl-missing`, `systemctl-timeout`,
 * `systemctl-failed`), or with the signal's reason once it aborts.
 */
export function hostSystemctl(program = 'systemctl'): Systemctl {
  return async (args, signal) => {
    signal.throwIfAborted();
    return await new Promise((resolve, reject) => {
      // The C locale, because what it prints is read; no pager and no password prompt, because nobody is there.
      const env = { PATH: process.env['PATH'], LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' };
      const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', signal, env } as const;
      execFile(program, ['--no-ask-password', ...args], options, (thrown, stdout, stderr) => {
        if (thrown === null) resolve(stdout);
        else if (signal.aborted) reject(signal.reason);
        else reject(systemctlFailure(args, thrown, stderr));
      });
    });
  };
}

function systemctlFailure(
  args: readonly string[],
  thrown: Error & { killed?: boolean },
  stderr: string,
): ProblemError {
  const command = `systemctl ${args.join(' ')}`;
  const options = { cause: thrown };
  if (errorCodeOf(thrown) === 'ENOENT') {
    return new ProblemError(
      {
        code: 'systemctl-missing',
        message: 'there is no systemctl on this host',
        advice: 'Restart the agent the way that this host starts it.',
      },
      options,
    );
  }
  if (thrown.killed === true) {
    return new ProblemError(
      {
        code: 'systemctl-timeout',
        message: `\`${command}\` did not finish within ${TIMEOUT_MS / 1000} s`,
        advice: 'See whether systemd answers: `systemctl is-system-running`.',
      },
      options,
    );
  }
  return new ProblemError(
    {
      code: 'systemctl-failed',
      message: `\`${command}\` failed: ${(stderr.trim() || messageOf(thrown)).slice(0, 200)}`,
      advice: `Run \`${command}\` by hand as root and see \`journalctl -u ecs\`.`,
    },
    options,
  );
}
