// Changes src/reconcile and src/supervision in small ways, one at a time, and counts how many changes their unit tests
// notice: killed ÷ (all − those that change nothing, which test/mutation/equivalents.json lists with why).
//
//   node scripts/mutation.mjs [--only PART]... [--workers N] [--direct] [--list]
//
// --only: mutants whose place, `src/FILE:LINE`, contains PART. --direct: without the random tests, which are slow to find nothing; the score
// can only be higher with them. --list: shows the mutants and tries none. Exits 1 below 97 %. The checkout is not
// touched: each worker has a copy of its own.
import { fork } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutantsOf } from './mutation/mutants.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folders = ['reconcile', 'supervision'];
const atLeast = 0.97;
/** Of the longest run without a mutant: more is a loop that does not end. */
const patience = 5;
/** So many sequences of the adversary are enough for what only they notice. */
const sequences = '400';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    workers: { type: 'string', default: String(availableParallelism()) },
    direct: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

const mutants = mutantsOf(root, sources()).filter(isAskedFor);
const equivalents = JSON.parse(readFileSync(join(root, 'test/mutation/equivalents.json'), 'utf8'));
const isSame = (one, { file, text, mutation }) =>
  one.file === file && one.line === text && one.mutation === mutation;
const tried = mutants.filter((mutant) => !equivalents.some((one) => isSame(one, mutant)));
for (const one of equivalents) {
  const known = mutants.some((mutant) => isSame(one, mutant));
  if (!known && given.only.length === 0)
    console.log(`No longer there: ${one.file}: ${one.line} (${one.mutation})`);
}
if (given.list) for (const mutant of tried) console.log(inWords(mutant));
else process.exitCode = (await run()) ? 0 : 1;

function sources() {
  return folders.flatMap((folder) => filesIn(`src/${folder}`, '.ts'));
}

function isAskedFor({ file, line }) {
  return given.only.length === 0 || given.only.some((part) => `${file}:${line}`.includes(part));
}

function filesIn(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

/** The test files of a folder, the quickest first: each stage is tried only where those before noticed nothing. */
function stagesOf(file) {
  const tests = filesIn(`test/unit/${file.split('/')[1]}`, '.test.ts');
  const stageOf = (test) =>
    test.includes('/adversary/') ? 2 : basename(test).includes('.property.') ? 1 : 0;
  return (given.direct ? [0] : [0, 1, 2])
    .map((stage) => tests.filter((test) => stageOf(test) === stage))
    .filter((one) => one.length > 0);
}

/** Whether enough were noticed. */
async function run() {
  const scratch = mkdtempSync(join(tmpdir(), 'mutation-'));
  const clear = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      clear();
      process.exit(1);
    });
  }
  const results = [];
  try {
    const queue = tried.map((mutant) => ({ mutant, stages: stagesOf(mutant.file) }));
    const workers = Math.min(Number(given.workers), queue.length);
    await Promise.all(
      Array.from({ length: workers }, (_, index) => work(join(scratch, String(index)), queue, results)),
    );
  } finally {
    clear();
  }
  return report(results);
}

async function work(copy, queue, results) {
  let worker = await start(copy);
  const usable = new Map();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { mutant, stages } = next;
    const folder = dirname(mutant.file);
    if (!usable.has(folder)) usable.set(folder, await withoutMutant(worker, stages));
    const { passing, tookMs } = usable.get(folder);
    const answer = await ask(worker, { mutant, stages: passing }, tookMs * patience + 10_000);
    if (answer === 'too long') {
      end(worker);
      worker = await start(copy);
    }
    const killed = answer === 'too long' || answer.stage !== undefined;
    results.push({ ...mutant, killed });
    console.log(`${results.length}/${tried.length} ${killed ? 'killed  ' : 'SURVIVED'} ${inWords(mutant)}`);
  }
  end(worker);
}

function end({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The stages that pass as the code is, and how long they take. */
async function withoutMutant(worker, stages) {
  const passing = [];
  const began = performance.now();
  for (const stage of stages) {
    const { stage: failing } = await ask(worker, { stages: [stage] }, 3_600_000);
    if (failing === undefined) passing.push(stage);
    else console.log(`Left out, for it fails without a mutant: ${stage.join(' ')}`);
  }
  if (passing.length === 0) throw new Error('no test passes without a mutant');
  return { passing, tookMs: performance.now() - began };
}

async function start(copy) {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  for (const part of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const worker = fork(join(root, 'scripts/mutation/worker.mjs'), [copy], {
    cwd: copy,
    // A group of its own: what it has started ends with it.
    detached: true,
    env: { ...process.env, ECS_PRIVATELINKD_SEQUENCES: sequences },
  });
  await answerOf(worker);
  return worker;
}

async function ask(worker, question, limitMs) {
  const answer = answerOf(worker);
  worker.send(question);
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('too long'), limitMs);
  });
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** One that dies of a mutant has noticed it. */
function answerOf(worker) {
  return new Promise((resolve) => {
    const died = () => resolve('too long');
    worker.once('exit', died);
    worker.once('message', (answer) => {
      worker.off('exit', died);
      resolve(answer);
    });
  });
}

function report(results) {
  const survivors = results.filter(({ killed }) => !killed);
  const score = results.length === 0 ? 1 : 1 - survivors.length / results.length;
  console.log('\nNot noticed:');
  for (const survivor of survivors) console.log(`  ${inWords(survivor)}`);
  const counts = `${results.length - survivors.length} of ${results.length}`;
  console.log(
    `${(score * 100).toFixed(1)} % killed (${counts}), ${mutants.length - tried.length} equivalent.`,
  );
  return score >= atLeast;
}

function inWords({ file, line, text, mutation }) {
  return `${file}:${line} ${mutation}: ${text}`;
}
