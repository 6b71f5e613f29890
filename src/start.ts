import { writeFileSync } from 'node:fs';
import { main } from './main.ts';

// What top, `ps -e` and the kernel's messages call it, cut at 15 characters; Node.js calls itself MainThread. Not
// process.title: that takes the command line away, which says with what it runs.
try {
  writeFileSync('/proc/self/comm', 'ecs-privatelinkd');
} catch {
  // It is only a name.
}

// Not process.exit: what is under way (a socket being closed) ends by itself, and nothing keeps the loop alive.
void main(process.argv.slice(2), process.env).then((exitCode) => {
  process.exitCode = exitCode;
});
