/** The first time once start-up's garbage, and the code that only it needed, are old enough to go. */
const firstMs = 60_000;
const everyMs = 3_600_000;

/**
 * Has V8 give back what it no longer needs, now and then: left to itself it lets so small a heap grow by some MB
 * before it looks. Nothing happens unless Node.js runs with --expose-gc.
 */
export function tidyNowAndThen(): void {
  const collect = globalThis.gc;
  if (collect === undefined) return;
  // Compacts as well, and drops code that was not run lately.
  const tidy = () => void collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  setTimeout(tidy, firstMs).unref();
  setInterval(tidy, everyMs).unref();
}
