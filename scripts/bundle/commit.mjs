// The commit that is built: node scripts/bundle/commit.mjs. SOURCE_COMMIT, if set, is it (a build from an archive);
// else what git says of this checkout; nothing where that cannot be determined. With `-modified` where files differ from it.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { argv, env } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export function sourceCommit() {
  const given = env.SOURCE_COMMIT;
  if (given !== undefined && given !== '') {
    if (/^[0-9a-f]{7,64}(-modified)?$/.test(given)) return given;
    throw new Error(`SOURCE_COMMIT is ${JSON.stringify(given)}: it takes a commit's hexadecimal digits`);
  }
  try {
    // An archive unpacked below another checkout is none of its commits.
    if (git('rev-parse', '--show-prefix') !== '') return '';
    const commit = git('rev-parse', 'HEAD');
    return git('--no-optional-locks', 'status', '--porcelain', '--untracked-files=no') === ''
      ? commit
      : `${commit}-modified`;
  } catch {
    return '';
  }
}

function git(...args) {
  return execFileSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

if (argv[1] === fileURLToPath(import.meta.url)) console.log(sourceCommit());
