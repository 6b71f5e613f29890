import { type FileHandle, lstat, open, unlink } from 'node:fs/promises';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LOG_TAIL_BYTES } from '../../agent/agent-log.ts';
import { within } from '../../kit/deadline.ts';
import { readTail, readTextIfAny } from '../../kit/files.ts';
import { visible } from '../../kit/printable.ts';
import { settingsAsJson } from '../../settings/describe-config.ts';
import type { Settings } from '../../settings/settings.ts';
import { version } from '../../version.ts';
import type { Diagnosis } from '../causes.ts';
import { describeDiagnosis } from '../describe-diagnosis.ts';
import { type DoctorHost, isProblem } from '../doctor-host.ts';
import { redactText, redactValue } from './redact.ts';
import { type TarEntry, tar } from './tar.ts';

const directory = 'ecs-privatelinkd-support';
const journalLines = '400';
const unit = 'ecs-privatelinkd.service';

const about = `What \`ecs-privatelinkd doctor --bundle\` found on one container instance.

doctor.json       every check, what it saw, and the cause
status.json       what the daemon last wrote (missing: no daemon runs)
config.json       every effective setting, and where it comes from
versions.json     of this program, the kernel, the system, the Engine and the agent
resolv.conf       as the host has it
daemon.log        the last ${journalLines} lines of ${unit}
ecs-agent.log     the last 64 KiB of the agent's log

Taken out before writing: AWS account ids, access keys, session tokens, signatures, credentials in URLs, PEM, what
looks like a key or a token, and every value whose name says that it is secret, with the rest of its line. Kept: IP addresses, host names, and ids of instances, VPCs, subnets,
endpoints and containers. The environments of the daemon and of the agent are not in it.
`;

/**
 * Writes a redacted .tar.gz, readable by its owner only. What cannot be read is left out.
 * @throws the system error when the file cannot be written
 */
export async function writeSupportBundle(
  path: string,
  host: DoctorHost,
  diagnosis: Diagnosis,
  signal: AbortSignal,
): Promise<void> {
  const entries = await collect(host, diagnosis, signal);
  const archive = await promisify(gzip)(tar(entries, host.clock.now().wallMs));
  // A new file (O_EXCL): one that is there, or a link, may belong to another user and lead anywhere.
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(archive);
  } catch (thrown) {
    // Half an archive would be in the way of the next.
    await removeOwn(path, file).catch(() => {});
    throw thrown;
  } finally {
    await file.close();
  }
}

/** Unless the name has become another file's. */
async function removeOwn(path: string, file: FileHandle): Promise<void> {
  const [own, there] = await Promise.all([file.stat(), lstat(path)]);
  if (own.ino === there.ino && own.dev === there.dev) await unlink(path);
}

async function collect(
  host: DoctorHost,
  diagnosis: Diagnosis,
  signal: AbortSignal,
): Promise<readonly TarEntry[]> {
  const { settings } = host;
  const files: readonly (readonly [path: string, content: unknown])[] = [
    ['README.txt', about],
    ['doctor.json', describeDiagnosis(diagnosis)],
    ['status.json', (await host.daemon()).status],
    ['config.json', settingsAsJson(host, true)],
    ['versions.json', await versions(host)],
    ['resolv.conf', readTextIfAny(settings.resolvConf)],
    ['daemon.log', await daemonLog(host, signal)],
    ['ecs-agent.log', agentLog(settings)],
  ];
  return files.flatMap(([path, content]) =>
    content === undefined ? [] : [{ path: `${directory}/${path}`, content: redacted(content) }],
  );
}

async function versions(host: DoctorHost): Promise<Record<string, string | null>> {
  const engine = await host.engine();
  const agent = await host.observation().then(
    ({ agent: seen }) => seen.registration,
    () => undefined,
  );
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readTextIfAny('/etc/os-release') ?? '')?.[1];
  return {
    'ecs-privatelinkd': version,
    node: process.version,
    kernel: release(),
    architecture: process.arch,
    system: system ?? null,
    docker: isProblem(engine) ? null : `${engine.Version} (API ${engine.ApiVersion})`,
    agent: agent?.version ?? null,
  };
}

/** From the first whole line: the name of a secret may be in what was cut off. */
function agentLog({ agentLog: path }: Settings): string | undefined {
  const tail = path === undefined ? undefined : readTail(path, LOG_TAIL_BYTES);
  const isCut = tail !== undefined && Buffer.byteLength(tail) >= LOG_TAIL_BYTES;
  return isCut ? tail.slice(tail.indexOf('\n') + 1 || tail.length) : tail;
}

/** The journal, where systemd keeps it; undefined elsewhere. */
async function daemonLog({ run }: DoctorHost, signal: AbortSignal): Promise<string | undefined> {
  const args = ['--unit', unit, '--lines', journalLines, '--no-pager', '--output', 'short-iso'];
  const result = await within(
    'journalctl',
    3_000,
    signal,
    async (own) => await run('journalctl', args, own),
  ).catch(() => undefined);
  signal.throwIfAborted();
  return result?.outcome === 'ended' && result.exitCode === 0 ? result.stdout : undefined;
}

/** Text as it is and all else as JSON, without secrets, and without what the terminal of its reader would obey. */
function redacted(content: unknown): string {
  if (typeof content === 'string') return visible(redactText(content));
  return visible(`${JSON.stringify(redactValue(content), undefined, 2)}\n`);
}
