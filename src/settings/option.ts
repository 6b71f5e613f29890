import type { CommandName } from './command-names.ts';
import type { ValueKind } from './value-kind.ts';

/** One setting: all that flags, variables, the config file, help and documents need to know of it, but for its words. */
export interface Option {
  /** In kebab case; flag, variable and key in `Settings` follow from it. */
  readonly name: string;
  readonly kind: ValueKind<unknown>;
  /** Text of the default, as it would be written in the config file. Without it the setting may be unset. */
  readonly default?: string;
  /** What holds while it is unset, for rows without a default. */
  readonly whenUnset?: string;
  /** What an empty value means. Without it, an empty value is the same as none. */
  readonly whenEmpty?: string;
  /** Commands that take it as a flag. In the environment and the file it is always allowed. */
  readonly commands: readonly CommandName[];
  /**
   * Variables of other tools with the same meaning. They rank below our own settings, those in the file
   * included, so that the daemon (which systemd gives STATE_DIRECTORY) and a command typed in a shell agree.
   */
  readonly aliases?: readonly string[];
  /** A variable of another tool that, when true, turns this switch off whatever else says. */
  readonly forcedOffBy?: string;
  /** It cannot stand in the config file. */
  readonly notInFile?: true;
}

export const envPrefix = 'ECS_PRIVATELINKD_';

/** The option's variable, which is also its key in the config file. */
export function envNameOf(option: Option): string {
  return envPrefix + option.name.toUpperCase().replaceAll('-', '_');
}

/** The default in words, for help and documents. */
export function defaultInWords(option: Option): string {
  return option.default ?? option.whenUnset ?? 'unset';
}
