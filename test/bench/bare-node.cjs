// The floor: Node.js that asks for A and AAAA of three names every so many milliseconds, and does nothing else.
// bare-node.cjs MS NAMESERVER NAME…
const { Resolver } = require('node:dns');
const [everyMs, nameserver, ...names] = process.argv.slice(2);
const resolver = new Resolver({ timeout: 2_000, tries: 1 });
resolver.setServers([nameserver]);
const ignore = () => {};
setInterval(() => {
  for (const name of names) {
    resolver.resolve4(name, { ttl: true }, ignore);
    resolver.resolve6(name, { ttl: true }, ignore);
  }
}, Number(everyMs));
