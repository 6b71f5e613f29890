import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';

// What is printed is copied, and run as root.

const files = [
  'README.md',
  'examples',
  'docs',
  'src',
  'systemd',
  'scripts/install.sh',
  'scripts/user-data.sh',
  'scripts/texts',
].flatMap((name) => (/\.\w+$/.test(name) ? [name] : filesBelow(name)));

function filesBelow(directory: string): string[] {
  return readdirSync(inCheckout(directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.\w+$/.test(name))
    .map((name) => join(directory, name));
}

function lines(pattern: RegExp): string[] {
  return files.flatMap((file) =>
    readFileSync(inCheckout(file), 'utf8')
      // A command may go on in the next line.
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
}

it('no command fetches to, or runs from, a name in /tmp that everybody can know', () => {
  expect(lines(/(?:^|[\s"'=>`])\/(?:var\/)?tmp\/\w/)).toEqual([]);
});

it('a download names the protocols that it takes, and takes no redirect to another', () => {
  const downloads = lines(/\bcurl\b.*(?:https:\/\/|\$place|\{\{ Place \}\}|--location|"\$1"$)/);
  expect(downloads.length).toBeGreaterThanOrEqual(5);
  expect(downloads.filter((line) => !/--proto ['"]?=https/.test(line))).toEqual([]);
  // As its first argument: else curl has read HOME's .curlrc, which may name another file to write, before it sees that.
  expect(downloads.filter((line) => !/\bcurl -q /.test(line))).toEqual([]);
  expect(lines(/\bwget\b.*--output/).filter((line) => !/--max-redirect=0/.test(line))).toEqual([]);
});

it('no secret is an argument, and nothing fetched goes straight to a shell', () => {
  expect(lines(/(?:-H|--header|--user|-u) ["'][^"']*\$(?:\{?token|\{?secret|\(credential)/i)).toEqual([]);
  expect(lines(/\b(?:curl|wget)\b[^`]*\|\s*(?:sudo )?(?:ba)?sh\b/)).toEqual([]);
});

it('what runs as root reads no settings of curl or wget in HOME', () => {
  const calls = ['scripts/install.sh', 'scripts/user-data.sh', 'scripts/package/fetch-node.sh'].flatMap(
    (file) =>
      readFileSync(inCheckout(file), 'utf8')
        .split('\n')
        .filter((line) => /^\s*(?:curl|wget) /.test(line)),
  );
  expect(calls.length).toBeGreaterThanOrEqual(8);
  expect(calls.filter((line) => !/\b(?:curl -q|wget --no-config) /.test(line))).toEqual([]);
});
