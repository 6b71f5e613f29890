// Fails when the Node.js that is shipped lacks the last security release that is known. After one: look at it, set
// securityRelease, fixed and release in node-security.json, and the versions in package.json and package-lock.json here.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { securityProblems } from './runtime-security.mjs';

const problems = securityProblems(join(dirname(fileURLToPath(import.meta.url)), '../..'));
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
