/**
 * Whether `version` (`1.105.1`, `v1.44.4`, `1.24`, …) is `minimum` or later; undefined when it cannot be determined: it is
 * no version, or has fewer or more numbers.
 */
export function isVersionAtLeast(version: string | undefined, minimum: string): boolean | undefined {
  const have = numbersOf(version ?? '');
  const need = numbersOf(minimum);
  if (have === undefined || have.length !== need?.length) return undefined;
  for (const [index, wanted] of need.entries()) {
    const part = have[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

function numbersOf(text: string): readonly number[] | undefined {
  const match = /^v?(\d{1,6}(?:\.\d{1,6})*)(?![\d.])/.exec(text.trim());
  return match?.[1]?.split('.').map(Number);
}
