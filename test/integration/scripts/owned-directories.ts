import { claimDirectory, leftDirectories } from '../../lab/owned-directory.ts';

// Run by directories.test.ts, in a pid namespace of its own: claims a directory, prints it and stays; or prints those
// that it takes for left.
if (process.argv[2] === 'claim') {
  process.stdout.write(`${claimDirectory('embedded')}\n`);
  process.stdin.resume();
} else {
  process.stdout.write(`${JSON.stringify(leftDirectories('embedded'))}\n`);
}
