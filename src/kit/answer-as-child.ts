import { text } from 'node:stream/consumers';
import { ready } from './ask-child.ts';
import { nameProcess } from './name-process.ts';

/**
 * The whole of a child process of `askChild`: a request on standard input, its answer on standard output, both JSON.
 * `answer` parses the request, and says in its answer what went wrong; what it throws ends the process.
 */
export async function answerAsChild(answer: (request: unknown) => Promise<object>): Promise<void> {
  nameProcess();
  process.stdout.write(ready);
  const answered = await answer(JSON.parse(await text(process.stdin)));
  process.stdout.write(JSON.stringify(answered), () => process.exit(0));
}
