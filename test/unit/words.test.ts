import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';

/**
 * Phrases that nobody would search for, with what is said instead. Public codes do not match: their parts are joined by
 * hyphens (`agent-stopped-for-good`).
 */
const words: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(un)?mend(s|ed|ing)?\b/i, 'fix, fixed'],
  [/\bin vain\b/i, 'timed out waiting for; failed'],
  [/\bst(and|ands|anding|ood) in the way\b/i, 'blocked'],
  [/\b(left|leaves?|leaving) ([\w'’]+ ){0,3}alone\b/i, 'not restarting the agent; not touched'],
  [/\bsees to (that|it)\b/i, 'its supervisor (named) restarts it'],
  [/\bsupervisor['’]s business\b/i, 'its supervisor (named) restarts it'],
  [/\b(cannot|can not|could not) be told\b/i, 'cannot be determined'],
  [/\bmay not be (read|opened)\b/i, 'permission denied; needs root or CAP_SYS_PTRACE'],
  [/\b(connections?|looks?|lines?) that tells?\b/i, 'no ACS connection found; may be reconnecting'],
  [/\blongest wait\b/i, 'timeout for'],
  [/\bone look to the next\b/i, 'polling interval'],
  [/\b(looks|rounds) in a row\b/i, 'consecutive'],
  [/\bmost restarts\b/i, 'maximum restarts'],
  [/\bleast important messages\b/i, 'minimum log level'],
  [/\banswered as expected\b/i, 'failed or timed out'],
  [/\bnot foreseen\b/i, 'unexpected'],
  [/\b(end(s|ed)?|stop(s|ped)?) for good\b/i, 'exited with a terminal error (exit code 5)'],
  [
    /\b(setting|permission|command line) is (wrong|missing)\b/i,
    'invalid configuration, permission denied, usage error',
  ],
  [/\bnot start it again before\b/i, 'do not restart until'],
  [/\bhand it on\b/i, 'review before sharing'],
  [/\b(settings|option|values?|what is|not) in force\b/i, 'effective'],
  [/\bset so\b/i, 'set by configuration'],
  [/\bAWS['’]s order\b/i, 'the order AWS recommends'],
  [/\bhas no use for\b/i, 'unexpected argument'],
  [/\bfor ever\b/i, 'forever'],
  [/\bmid-restart\b/i, 'during a restart'],
  [/\bsomething is wrong\b/i, 'a problem; failing'],
  [/\b(is|are|be|being) vouched for\b|\bvouch(es)?( for)?\b/i, 'trust'],
  [/amiss\b/i, 'failing'],
  [/hindrance/i, 'blocker'],
  [/\berrands?\b/i, 'one-shot'],
  [/\bwhoever\b/i, 'the caller, by its name'],
  [/happening/i, 'event'],
  [/\b(whenToRestart|neverMade|tellFailure|tidyNowAndThen|closeLook)\b/, 'postponement, undoAttempt, …'],
];

const root = join(import.meta.dirname, '../..');

it.each(['src', 'docs', 'README.md', 'systemd', 'scripts'])(
  '%s uses words that operators search for',
  (place) => {
    const files = filesIn(place);
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap(found)).toEqual([]);
  },
);

function filesIn(place: string): string[] {
  const path = join(root, place);
  if (place.includes('.')) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A phrase may be broken over two lines, of a comment too. */
function found(path: string): string[] {
  const text = readFileSync(path, 'utf8').replace(/\n[ \t]*(\/\/|\*|#)?[ \t]+/g, ' ');
  return words.flatMap(([pattern, instead]) => {
    const matches = text.matchAll(new RegExp(pattern, `g${pattern.flags}`));
    return [...matches].map(([phrase]) => `${relative(root, path)}: "${phrase}", say: ${instead}`);
  });
}
