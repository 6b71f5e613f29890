/** The first time once the daemon is under way: start-up leaves garbage, and code that is not run again. */
const firstLooks = 12;
/** About 20 minutes while waiting, 4 hours once settled: 25 ms of CPU each, and less than 1 MB comes up in between. */
const everyLooks = 250;
/** Moving the agent leaves garbage too, and the looks that would have it collected are far apart from then on. */
const settledLooks = 3;

/**
 * Returns what is to be called after each look, and has V8 give back now and then what it no longer needs: left to
 * itself it lets so small a heap grow by 10 MB before it looks. Does nothing unless Node.js runs with --expose-gc.
 */
export function collectGarbageSometimes(): (settled: boolean) => void {
  const collect = globalThis.gc;
  let looks = 0;
  let settledFor = 0;
  return (settled) => {
    looks += 1;
    settledFor = settled ? settledFor + 1 : 0;
    if (looks !== firstLooks && settledFor !== settledLooks && looks % everyLooks !== 0) return;
    // Compacts as well, and drops code that was not run lately.
    collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  };
}
