import { writeFileSync } from 'node:fs';
import { namespaceTopology } from './hosts/topology.ts';

// For namespace.sh: writes its files into the directory named by the first argument. `addresses` has one address
// with its prefix length a line.
const directory = process.argv[2];
if (directory === undefined) {
  throw new Error('usage: namespace-files.ts DIRECTORY');
}
writeFileSync(`${directory}/addresses`, `${namespaceTopology.all().join('\n')}\n`);
writeFileSync(`${directory}/resolv.conf`, `nameserver ${namespaceTopology.vpcResolver}\n`);
writeFileSync(`${directory}/hosts`, '127.0.0.1 localhost\n::1 localhost\n');
