import { LateError, within } from '../kit/deadline.ts';
import { printable } from '../kit/printable.ts';
import { type Problem, ProblemError } from '../kit/problem.ts';
import { runProgram } from '../kit/run-program.ts';
import { parseUnit, parseUnits, UNIT_PROPERTIES, type UnitFacts } from './supervisor-unit.ts';

/** Milliseconds; systemctl asks over D-Bus, and systemd may be busy at boot. */
const TIMEOUT_MS = 10_000;

/** Nobody is there to page through what it prints, and colours would be read as text. */
const env = { SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' };

/** Runs `systemctl` with these arguments and resolves with what it printed. */
export type Systemctl = (args: readonly string[], signal: AbortSignal) => Promise<string>;

/**
 * The host's systemctl. Rejects with a `ProblemError` (`systemctl-missing`, `systemctl-timeout`,
 * `systemctl-failed`), or with the signal's reason once it aborts.
 */
export function hostSystemctl(program = 'systemctl'): Systemctl {
  return async (args, signal) => {
    const command = `systemctl ${args.join(' ')}`;
    // After `--` no name of a unit is an option: `-HHOST.service` would have it run ssh.
    const isOption = (arg: string) => arg.startsWith('--') && !arg.endsWith('.service');
    const options = args.filter(isOption);
    const operands = args.filter((arg) => !isOption(arg));
    const argv = ['--no-ask-password', ...options, '--', ...operands];
    const run = async (own: AbortSignal) => await runProgram(program, argv, own, { env });
    const result = await within(command, TIMEOUT_MS, signal, run).catch((thrown) => {
      throw thrown instanceof LateError ? new ProblemError(tooLate(thrown), { cause: thrown }) : thrown;
    });
    if (result.outcome === 'missing') throw new ProblemError(missing);
    if (result.exitCode === 0) return result.stdout;
    throw new ProblemError(failed(command, result.stderr.trim() || `exit code ${result.exitCode}`));
  };
}

const missing: Problem = {
  code: 'systemctl-missing',
  message: 'there is no systemctl on this host',
  advice: 'Restart the agent the way that this host starts it.',
};

function tooLate({ message }: LateError): Problem {
  return {
    code: 'systemctl-timeout',
    message,
    advice: 'See whether systemd answers: `systemctl is-system-running`.',
  };
}

function failed(command: string, why: string): Problem {
  return {
    code: 'systemctl-failed',
    message: `\`${command}\` failed: ${printable(why, 200)}`,
    advice: `Run \`${command}\` by hand as root and see \`journalctl -u ecs\`.`,
  };
}

/** The unit; undefined where systemd cannot be asked. Rejects only with the signal's reason. */
export async function readUnit(
  systemctl: Systemctl,
  name: string,
  signal: AbortSignal,
): Promise<UnitFacts | undefined> {
  const text = await show(systemctl, name, signal);
  return text === undefined ? undefined : parseUnit(name, text);
}

/** All services that systemd has loaded; none where it cannot be asked. Rejects only with the signal's reason. */
export async function readServices(systemctl: Systemctl, signal: AbortSignal): Promise<readonly UnitFacts[]> {
  return parseUnits((await show(systemctl, '*.service', signal)) ?? '');
}

async function show(systemctl: Systemctl, which: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await systemctl(['show', which, `--property=${UNIT_PROPERTIES.join(',')}`, '--no-pager'], signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
