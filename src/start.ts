import { nameProcess } from './kit/name-process.ts';
import { main } from './main.ts';

nameProcess();

// Not process.exit: what is under way (a socket being closed) ends by itself, and nothing keeps the loop alive.
void main(process.argv.slice(2), process.env).then((exitCode) => {
  process.exitCode = exitCode;
});
