/** The keys of a table, by their type. */
export function keysOf<Table extends object>(table: Table): (keyof Table & string)[] {
  return Object.keys(table).filter((key): key is keyof Table & string => Object.hasOwn(table, key));
}

/** The same keys, each with what its value is turned into. */
export function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  turn: (value: From) => To,
): Record<Key, To> {
  return Object.fromEntries(keysOf(record).map((key) => [key, turn(record[key])])) as Record<Key, To>;
}
