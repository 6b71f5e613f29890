import { existsSync, readFileSync } from 'node:fs';
import { budgets } from '../kit/budgets.ts';
import { listBelow, pathBelow, readBelow, statBelow } from '../kit/files-below.ts';
import { printable } from '../kit/printable.ts';
import type { NextAgent } from './next-agent.ts';
import { fileVersion } from './watched-file.ts';

/** Where certificate authorities are taken from. */
export interface TrustSource {
  /** In words; the same for another process of the same agent. */
  readonly words: string;
  /** `setting`: ca-file, the operator's word; `host`: the agent's own could not be seen. */
  readonly of: 'setting' | 'agent' | 'host';
  /** What it was chosen by: another process that chooses by the same finds the same. */
  readonly by: TrustChoice;
  /** Differs once the authorities may have changed. */
  version(): string;
  /** PEM texts, the most likely first. @throws when the one that it consists of cannot be read */
  texts(builtIn: readonly string[]): Iterable<string>;
  /** Whether it was of an agent's container that has ended: what was not found then proves nothing. */
  hasEnded(): boolean;
}

export interface TrustChoice {
  /** The setting `ca-file`. */
  readonly caFile?: string | undefined;
  /** Undefined while no agent was seen. */
  readonly agent?: (Partial<Pick<NextAgent, 'root'>> & Pick<NextAgent, 'trust'>) | undefined;
}

// Go's crypto/x509/root_linux.go: the agent looks in the same places.
export const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const;
const systemDirectories = ['/etc/ssl/certs', '/etc/pki/tls/certs'] as const;

/** The file given, else what the agent trusts, else the first of this host's bundles that exists, else Node.js's built-in roots. */
export function trustSource(by: TrustChoice, bundles: readonly string[] = systemBundles): TrustSource {
  const chosen = chosenSource(by, bundles);
  const root = chosen.of === 'agent' ? by.agent?.root : undefined;
  return { ...chosen, by, hasEnded: () => root !== undefined && !existsSync(root) };
}

type Chosen = Omit<TrustSource, 'by' | 'hasEnded'>;

function chosenSource({ caFile, agent }: TrustChoice, bundles: readonly string[]): Chosen {
  if (caFile !== undefined) return fromFile(caFile, `${caFile} (ca-file)`, 'setting');
  const own = agent?.root === undefined ? undefined : trustOfAgent(agent.root, agent.trust);
  if (own !== undefined) return own;
  const file = bundles.find((path) => existsSync(path));
  const unseen = "of this host (the agent's own cannot be seen)";
  if (file !== undefined) return fromFile(file, `${file} ${unseen}`, 'host');
  return {
    words: `Node.js's built-in certificate authorities, in place of those ${unseen}`,
    of: 'host',
    version: () => '',
    texts: (builtIn) => [builtIn.join('\n')],
  };
}

function fromFile(path: string, words: string, of: TrustSource['of']): Chosen {
  return {
    words,
    of,
    version: () => ifReadable(() => fileVersion(path)) ?? '',
    texts: () => [readFileSync(path, 'latin1')],
  };
}

/**
 * As Go's loadSystemRoots: the first of the files that can be read, and every file of the directories. Undefined where there is
 * none: no such agent could connect to anything, so its authorities are elsewhere.
 */
function trustOfAgent(root: string, { file, directories }: NextAgent['trust']): Chosen | undefined {
  const files = file ? [file] : systemBundles;
  const folders = directories ? directories.split(':').slice(0, budgets.dnsSettings) : systemDirectories;
  const chosen = files.find((path) => ifReadable(() => statBelow(root, path)?.isFile()));
  const isSet = Boolean(file || directories);
  if (chosen === undefined && !isSet && folders.every((one) => filesOf(root, one).length === 0))
    return undefined;
  const set = [file && `SSL_CERT_FILE=${file}`, directories && `SSL_CERT_DIR=${directories}`];
  const where = set.filter(Boolean).join(' ') || (chosen ?? folders.join(', '));
  return {
    words: `${printable(where, budgets.quoteLength)} of the agent's container`,
    of: 'agent',
    version: () => [chosen, ...folders].map((path) => stateOf(root, path)).join(' '),
    texts: () => textsOf(root, chosen, folders),
  };
}

/** What cannot be read is passed over, as Go does. */
function* textsOf(root: string, chosen: string | undefined, folders: readonly string[]): Generator<string> {
  const read = new Set<string>();
  let left: number = budgets.trust.bytes;
  const paths = folders.flatMap((folder) => filesOf(root, folder).map((name) => `${folder}/${name}`));
  for (const path of [chosen ?? [], ...paths.slice(0, budgets.trust.files)].flat()) {
    const place = ifReadable(() => pathBelow(root, path));
    // Most of a directory's entries are links to one another.
    if (place === undefined || read.has(place)) continue;
    read.add(place);
    const text = ifReadable(() => readBelow(root, path, left));
    if (text === undefined) continue;
    left -= text.length;
    yield text;
  }
}

function filesOf(root: string, folder: string): readonly string[] {
  return ifReadable(() => listBelow(root, folder)) ?? [];
}

function stateOf(root: string, path: string | undefined): string {
  const stats = path === undefined ? undefined : ifReadable(() => statBelow(root, path));
  // Without device and inode: another container of the same image trusts the same.
  return stats === undefined ? '' : [stats.mtimeMs, stats.size].join();
}

function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
