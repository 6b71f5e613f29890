// Required into the daemon under test: on SIGUSR2 it collects garbage and says what is left on the heap, in bytes. RssAnon
// alone would move with the moment of V8's own collections.
const { answerOnSignal } = require('./answer-on-signal.cjs');

answerOnSignal(() => {
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return process.memoryUsage().heapUsed;
});
