import * as v from 'valibot';
import { readBounded } from '../kit/files.ts';
import { errorCodeOf, messageOf, ProblemError } from '../kit/problem.ts';
import { version } from '../version.ts';
import { statusPath } from './status-file.ts';
import { type Status, statusSchema, statusVersion } from './status-schema.ts';

/** The daemon's status is there and cannot be used; the message says why and what to do. */
export class UnreadableStatusError extends ProblemError {
  constructor(path: string, { why, advice }: Unread, options?: ErrorOptions) {
    super({ code: 'status-unreadable', message: `${path} cannot be read: ${why}.`, advice }, options);
    this.name = 'UnreadableStatusError';
  }
}

interface Unread {
  readonly why: string;
  readonly advice: string;
}

/** A status of three endpoints with many addresses each is some 20 KB. */
const largestStatus = 1024 * 1024;

/** What any version of the form tells of itself. */
const headSchema = v.object({
  version: v.number(),
  daemon: v.object({ version: v.pipe(v.string(), v.maxLength(100)) }),
});

const restartDaemon =
  'The daemon writes it anew at its next look; if not, `journalctl -u ecs-privatelinkd` says what keeps it from that.';

const oneVersion =
  'Command and daemon must be of one version: after an upgrade or a downgrade `systemctl restart ecs-privatelinkd` ' +
  '(a restart under way is kept).';

/**
 * The daemon's last status; undefined when there is none.
 *
 * @throws UnreadableStatusError when it is not readable, or is not one that this version knows
 */
export function readStatus(runDir: string): Status | undefined {
  const path = statusPath(runDir);
  let found: unknown;
  try {
    const text = readBounded(path, largestStatus);
    if (text === undefined) return undefined;
    found = JSON.parse(text);
  } catch (error) {
    throw new UnreadableStatusError(path, whyUnread(error), { cause: error });
  }
  const head = v.safeParse(headSchema, found);
  if (!head.success)
    throw new UnreadableStatusError(path, {
      why: 'it is no status of ecs-privatelinkd',
      advice: restartDaemon,
    });
  const { version: form, daemon } = head.output;
  const writer = `it was written by ecs-privatelinkd ${daemon.version}`;
  if (form !== statusVersion) {
    const why = `${writer} in form ${form}, and this one, ${version}, reads form ${statusVersion}`;
    throw new UnreadableStatusError(path, { why, advice: oneVersion });
  }
  // As it stands: what a later version has added is kept.
  if (v.is(statusSchema, found)) return found;
  const { issues } = v.safeParse(statusSchema, found);
  const where = (issues && v.getDotPath(issues[0])) ?? 'a field';
  const why = `${writer}, and ${where} is not what this one, ${version}, knows`;
  throw new UnreadableStatusError(path, { why, advice: oneVersion });
}

function whyUnread(error: unknown): Unread {
  if (error instanceof SyntaxError) return { why: 'it is truncated or invalid JSON', advice: restartDaemon };
  const why = messageOf(error);
  return errorCodeOf(error) === 'EACCES' ? { why, advice: 'Run as root.' } : { why, advice: restartDaemon };
}
