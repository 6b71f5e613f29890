import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The licences of the npm packages in the bundle, in full. That of Node.js and what it holds is a file of its own. */
export function notices(root, packages) {
  const rule = '-'.repeat(80);
  const parts = packages.map(({ name, version, license, directory }) => {
    const text =
      licenceText(join(root, directory)) ?? `Licence: ${license}. The package carries no text of it.\n`;
    return `${rule}\n${name} ${version} (${license})\n${rule}\n\n${text.trimEnd()}\n`;
  });
  return `ecs-privatelinkd is licensed under the Apache License 2.0 (see LICENSE). The program holds parts of the packages
below; Node.js, which runs it, and what is in that are licensed as said in LICENSE.nodejs.

${parts.join('\n')}`;
}

function licenceText(directory) {
  const name = readdirSync(directory).find((file) => /^(licen[cs]e|copying)(\.|$)/i.test(file));
  return name === undefined
    ? undefined
    : readFileSync(join(directory, name), 'utf8').replaceAll('\r\n', '\n');
}
