/** First version that can use PrivateLink for its control connections. */
export const MINIMUM_PRIVATELINK_VERSION = '1.25.1';

/** First version whose state file survives a SIGKILL (amazon-ecs-agent #2609, #2618). */
export const MINIMUM_SIGKILL_SAFE_VERSION = '1.44.4';

/** Whether `version` (`1.105.1`, `v1.44.4`, …) is `minimum` or later; undefined when it cannot be told. */
export function isAgentAtLeast(version: string | undefined, minimum: string): boolean | undefined {
  const have = parse(version ?? '');
  const need = parse(minimum);
  if (have === undefined || need === undefined) return undefined;
  for (const [index, wanted] of need.entries()) {
    const part = have[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

function parse(text: string): readonly number[] | undefined {
  const match = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?![\d.])/.exec(text.trim());
  return match?.slice(1).map(Number);
}
