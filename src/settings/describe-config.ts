import { envNameOf } from './option.ts';
import { options } from './options.ts';
import type { ResolvedSettings } from './settings.ts';
import { valueKey } from './value-kind.ts';

type Resolved = Pick<ResolvedSettings, 'settings' | 'origins'>;

/** The keys of `Settings`, null for unset; with `origin` each is `{"value": …, "origin": …}`. */
export function settingsAsJson({ settings, origins }: Resolved, origin: boolean): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = settings;
  const sources: Readonly<Record<string, string>> = origins;
  const described = options.map((option) => {
    const key = valueKey(option.name, option.kind);
    const value = values[key] ?? null;
    return [key, origin ? { value, origin: sources[key] } : value];
  });
  return Object.fromEntries(described);
}

/**
 * Lines of a config file that give the same settings again (unset ones, and what cannot stand in a file, as comments);
 * with `origin` a comment above each says where it comes from.
 */
export function configLines({ settings, origins }: Resolved, origin: boolean): string {
  const values: Readonly<Record<string, unknown>> = settings;
  const sources: Readonly<Record<string, string>> = origins;
  const lines = options.flatMap((option) => {
    const key = valueKey(option.name, option.kind);
    const unset = values[key] === undefined && option.whenEmpty === undefined;
    const text = unset ? '' : option.kind.format(values[key]);
    const line = `${unset || option.notInFile ? '# ' : ''}${envNameOf(option)}=${quoted(text)}`;
    return origin ? [`# ${sources[key]}`, line] : [line];
  });
  return `${lines.join('\n')}\n`;
}

/** No kind of value holds a back-tick, the one quote in which parseEnv takes everything as it stands. */
function quoted(text: string): string {
  if (/^[\w./:,=@%+[\]-]*$/.test(text)) return text;
  return text.includes("'") ? `\`${text}\`` : `'${text}'`;
}
