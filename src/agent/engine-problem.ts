import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';
import { errorCodeOf, messageOf, type Problem, ProblemError } from '../kit/problem.ts';

/** A failed call in the operator's words. `call` names it, e.g. `GET /containers/ecs-agent/json`. */
export function engineFailure(call: string, socketPath: string, thrown: unknown): ProblemError {
  return new ProblemError(describe(call, socketPath, thrown), { cause: thrown });
}

/** The Engine held the call open for too long. */
export function engineTimeout(call: string, timeoutMs: number): ProblemError {
  return new ProblemError({
    code: 'engine-timeout',
    message: `the Docker Engine did not finish ${call} within ${timeoutMs / 1000} s`,
    advice: 'See whether `docker ps` hangs too; if so look at `journalctl -u docker` and restart Docker.',
  });
}

/** The answer is not what the Engine API promises. */
export function engineBadAnswer(call: string, socketPath: string, detail: string): ProblemError {
  return new ProblemError(badAnswer(call, socketPath, detail));
}

/** An operator has stopped dockerd, and connecting would start it. `state`: of docker.service. */
export function engineAtRest(socketPath: string, state: string): Problem {
  return {
    code: 'engine-at-rest',
    message: `Docker has been stopped (docker.service is ${state}); connecting to ${socketPath} would start it`,
    advice: 'Nothing, if it is meant to rest. When you want it back: `systemctl start docker`.',
  };
}

function badAnswer(call: string, socketPath: string, detail: string): Problem {
  return {
    code: 'engine-bad-answer',
    message: `the answer to ${call} is not that of a Docker Engine: ${printable(detail, budgets.quoteLength)}`,
    advice: `Check that ${socketPath} belongs to the Docker Engine and not to a proxy: \`curl --unix-socket ${socketPath} http://localhost/version\`.`,
  };
}

function describe(call: string, socketPath: string, thrown: unknown): Problem {
  const code = errorCodeOf(thrown) ?? '';
  switch (code) {
    case 'ENOENT':
      return {
        code: 'engine-missing',
        message: `there is no Docker socket at ${socketPath}`,
        advice: 'Start Docker (`systemctl start docker`), or name the socket if it is somewhere else.',
      };
    case 'ECONNREFUSED':
      return {
        code: 'engine-refused',
        message: `nothing listens on the Docker socket ${socketPath}`,
        advice: 'Start Docker: `systemctl start docker`; if it does not stay up see `journalctl -u docker`.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'engine-no-permission',
        message: `permission denied opening the Docker socket ${socketPath}`,
        advice: 'Run as root, or as a member of the socket’s group (`stat -c %G` on the socket names it).',
      };
  }
  if (code.startsWith('HPE_')) return badAnswer(call, socketPath, messageOf(thrown));
  // Node.js says no more of it than `socket hang up` or `aborted`.
  const broken = code === 'ECONNRESET' || code === 'EPIPE';
  return {
    code: 'engine-error',
    message: broken
      ? `the Docker Engine closed the connection within ${call}`
      : `the Docker Engine failed ${call}: ${printable(messageOf(thrown), budgets.quoteLength)}`,
    advice: 'If this stays, see `journalctl -u docker`; while Docker restarts it passes by itself.',
  };
}
