import * as v from 'valibot';
import { budgets } from '../kit/budgets.ts';
import type { DockerdDns } from './next-resolver.ts';

/**
 * Words that may stand in a resolver file, from outside. dockerd takes none that holds a blank; a list that is longer than
 * any resolver uses is cut off.
 */
export const resolverWords = v.nullish(
  v.pipe(
    v.array(v.string()),
    v.transform((words) =>
      words.filter((word) => /^[\x21-\x7e]{1,253}$/.test(word)).slice(0, budgets.dnsSettings),
    ),
  ),
  [],
);

/** What is used of daemon.json. */
const fileSchema = v.object({
  dns: resolverWords,
  'dns-opts': resolverWords,
  'dns-search': resolverWords,
  'host-gateway-ip': v.nullish(v.string(), ''),
});

/** Docker's own bridge, unless it was given another address. */
const defaultGateway = '172.17.0.1';

/** @param words dockerd's command line */
export function daemonJsonPath(words: readonly string[]): string {
  return valuesOf(words, 'config-file').at(-1) ?? '/etc/docker/daemon.json';
}

/**
 * The settings of a dockerd by its command line and the text of its daemon.json. It refuses to start where both give the same one.
 * @throws when the text is not JSON, or something else than dockerd takes
 */
export function parseDockerdDns(words: readonly string[], file: string | undefined): DockerdDns {
  const given = v.parse(fileSchema, JSON.parse(file?.trim() || '{}'));
  const flag = (name: string) => v.parse(resolverWords, valuesOf(words, name));
  return {
    nameservers: [...given.dns, ...flag('dns')],
    options: [...given['dns-opts'], ...flag('dns-opt')],
    search: [...given['dns-search'], ...flag('dns-search')],
    hostGateway: given['host-gateway-ip'] || flag('host-gateway-ip')[0] || defaultGateway,
  };
}

/** `--name VALUE` and `--name=VALUE`. */
function valuesOf(words: readonly string[], name: string): string[] {
  return words.flatMap((word, index) => {
    if (word === `--${name}`) return words[index + 1] ?? [];
    return word.startsWith(`--${name}=`) ? word.slice(name.length + 3) : [];
  });
}
