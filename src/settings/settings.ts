import type { optionTable } from './options.ts';
import type { ValueKey, ValueOf } from './value-kind.ts';

type Row = (typeof optionTable)[number];

/** All settings, parsed. Keys of durations end in `Ms`; `undefined` is unset. */
export type Settings = {
  readonly [R in Row as ValueKey<R['name'], R['kind']>]: R extends { readonly default: string }
    ? ValueOf<R['kind']>
    : ValueOf<R['kind']> | undefined;
};

/** Where each setting comes from: `flag --region`, `environment X`, `file PATH:LINE` or `default`. */
export type Origins = Readonly<Record<keyof Settings, string>>;

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly origins: Origins;
  /** Sentences for the operator; nothing that keeps a command from running. */
  readonly warnings: readonly string[];
}
