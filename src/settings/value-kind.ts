/** Why a text is not a value of its kind. */
export interface Rejection {
  /** A sentence without its full stop, where there is more to say than what is accepted. */
  readonly reason?: string | undefined;
  /** The valid text that was probably meant. */
  readonly nearest?: string | undefined;
}

export type Parsed<Value> = { readonly value: Value } | { readonly rejected: Rejection };

/** How a setting's text becomes a typed value, and back. `parse` is given trimmed text. */
export interface ValueKind<Value, Unit extends string = string> {
  /** Stands for the value in help, e.g. `DURATION`. Empty for switches. */
  readonly placeholder: string;
  /** What is accepted, in words that follow "Accepted:". */
  readonly accepted: string;
  /** Unit of the value, put at the end of its key in `Settings`: `Ms` or nothing. */
  readonly unit: Unit;
  /** All values, where they can be counted. */
  readonly choices?: readonly string[];
  /** Given as a flag without a value: `--name` and `--no-name`. */
  readonly isSwitch?: true;
  /** Comma-separated: the flag may be repeated. */
  readonly isList?: true;
  parse(text: string): Parsed<Value>;
  /** Text that `parse` reads back as the same value. */
  format(value: Value): string;
}

/** The type of the values of a kind. */
export type ValueOf<Kind> = Kind extends { parse(text: string): Parsed<infer Value> } ? Value : never;

export function reject(reason?: string, nearest?: string): { readonly rejected: Rejection } {
  return { rejected: { reason, nearest } };
}

type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** `waiting-interval` of a kind in milliseconds → `waitingIntervalMs`. */
export type ValueKey<Name extends string, Kind> = Kind extends { readonly unit: infer Unit extends string }
  ? `${Camel<Name>}${Unit}`
  : never;

/** The key that `ValueKey` computes, at run time. */
export function valueKey(name: string, kind: ValueKind<unknown>): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) + kind.unit;
}
