import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { inCheckout } from '../lab/checkout.ts';
import { hostArchitecture, packagesDirectory, shell } from './built-packages.ts';

// Beside the checkout, so that its files need not be copied.
const copy = `${inCheckout('build')}/elsewhere-${process.pid}`;
const out = join(tmpdir(), 'built-again');

afterAll(async () => {
  await shell('rm -rf "$1" "$2"', [copy, out]);
});

const buildElsewhere = `
cd "$1"
SOURCE_DATE_EPOCH=\${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
SOURCE_COMMIT=$(node scripts/bundle/commit.mjs)
rm -rf build/elsewhere-*
mkdir -p "$2/build/package"
cp -al CHANGELOG.md LICENSE package.json package-lock.json tsconfig.json src systemd scripts docs node_modules "$2"
cp -al build/package/runtimes "$2/build/package"
cd "$2"
umask 077
export SOURCE_COMMIT SOURCE_DATE_EPOCH TZ=Asia/Kathmandu LC_ALL=C.UTF-8
scripts/package.sh --fast --arch "$3" --out "$4"
`;

it('a second build, in another place, time zone, locale and umask, gives the same bytes', async () => {
  await shell(buildElsewhere, [inCheckout('.'), copy, hostArchitecture, out], { timeout: 570_000 });
  const sums = (directory: string) => readFileSync(join(directory, 'SHA256SUMS'), 'utf8').trim().split('\n');
  const again = sums(out);
  expect(again).toHaveLength(7);
  expect(sums(packagesDirectory)).toEqual(expect.arrayContaining(again));
}, 600_000);
