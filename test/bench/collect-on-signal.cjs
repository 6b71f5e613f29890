// Required into the daemon under test: on SIGUSR2 it collects garbage and writes what is left on the heap, in bytes, to
// the file named in the bench's environment. RssAnon alone would move with the moment of V8's own collections.
const { writeFileSync } = require('node:fs');

process.on('SIGUSR2', () => {
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  writeFileSync(`/tmp/ecs-privatelinkd-heap.${process.pid}`, String(process.memoryUsage().heapUsed));
});
