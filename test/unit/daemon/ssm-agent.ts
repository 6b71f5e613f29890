import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the SSM agent made of its custom inventory. */
export interface Gathered {
  /** By type: what would be uploaded. */
  readonly items: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Files that it dropped, with the reason; of these it tells in its own log only. */
  readonly dropped: ReadonlyMap<string, string>;
}

/**
 * Reads a directory as amazon-ssm-agent's gatherer of custom inventory does (agent/plugins/inventory/gatherers/custom,
 * version 3.3), with the limits of PutInventory.
 * @throws where the agent's whole inventory run fails
 */
export function gather(directory: string): Gathered {
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  if (names.length > 20) throw new Error('too many custom inventory files');
  const items = new Map<string, Record<string, string>>();
  const dropped = new Map<string, string>();
  for (const name of names.sort()) {
    try {
      const { type, content } = parse(readFile(join(directory, name)));
      if (items.has(type)) throw new Error('its type is there already');
      items.set(type, content);
    } catch (error) {
      dropped.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  return { items, dropped };
}

function readFile(path: string): string {
  if (!statSync(path).isFile()) throw new Error('not a file');
  return readFileSync(path, 'utf8');
}

function parse(text: string): { type: string; content: Record<string, string> } {
  // encoding/json takes no byte order mark.
  if (text.startsWith('\ufeff')) throw new Error('a byte order mark');
  const document: unknown = JSON.parse(text);
  if (!isObject(document)) throw new Error('no object');
  const { SchemaVersion: version, TypeName: type, Content: content } = document;
  if (version !== '1.0') throw new Error('SchemaVersion');
  if (typeof type !== 'string' || !/^Custom:.+$/.test(type) || type.length > 100) throw new Error('TypeName');
  if (!isObject(content)) throw new Error('Content');
  const entries = Object.entries(content);
  if (entries.length > 50) throw new Error('more than 50 attributes');
  return { type, content: Object.fromEntries(entries.map(attribute)) };
}

function attribute([name, value]: [string, unknown]): [string, string] {
  if (name.length === 0 || Buffer.byteLength(name) > 64) throw new Error(`the name ${name}`);
  if (typeof value !== 'string') throw new Error(`${name} is no string`);
  if (Buffer.byteLength(value) > 4096) throw new Error(`${name} has more than 4096 bytes`);
  return [name, value];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
