// Required into the daemon under test: it counts the JavaScript functions that are called, those of Node.js too; on SIGUSR2
// it says how many there were since the last time. Other work on the machine changes the time that they take, not their
// number.
const { Session } = require('node:inspector');
const { answerOnSignal } = require('./answer-on-signal.cjs');

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

answerOnSignal(() => {
  let calls = 0;
  session.post('Profiler.takePreciseCoverage', (_, { result }) => {
    for (const { functions } of result) for (const { ranges } of functions) calls += ranges[0].count;
  });
  return calls;
});
