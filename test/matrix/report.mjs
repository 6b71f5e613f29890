// What a run of vitest came to, from the report of its JSON reporter: report.mjs TITLE FILE. One line a test file, then
// one a test that failed or was skipped. Ends with 1 unless every test passed.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [title, file] = process.argv.slice(2);
if (!existsSync(file)) {
  console.log(`${title}: vitest left no report`);
  process.exit(1);
}
const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
const problems = [];
let passed = 0;
console.log(title);
for (const { name, status, startTime, endTime, message, assertionResults } of testResults) {
  const path = relative(process.cwd(), name);
  const good = assertionResults.filter((test) => test.status === 'passed').length;
  const bad = assertionResults.filter((test) => test.status !== 'passed');
  passed += good;
  problems.push(...bad.map((test) => `${test.status}: ${path}: ${test.fullName}`));
  if (status !== 'passed' && bad.length === 0) problems.push(`failed: ${path}: ${message.split('\n')[0]}`);
  const seconds = Math.round((endTime - startTime) / 1000);
  console.log(`  ${path.padEnd(52)} ${String(good).padStart(3)} passed ${String(seconds).padStart(5)} s`);
}
for (const problem of problems) console.log(`  ${problem}`);
console.log(`  ${passed} passed, ${problems.length} not`);
process.exit(passed > 0 && problems.length === 0 ? 0 : 1);
