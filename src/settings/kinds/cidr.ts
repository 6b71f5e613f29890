import { isIP } from 'node:net';
import { reject, type ValueKind } from '../value-kind.ts';

/** An IPv4 or IPv6 block. The value always has its prefix length; a bare address gets /32 or /128. */
export const cidr: ValueKind<string, ''> = {
  placeholder: 'CIDR',
  accepted: 'a block such as 10.0.0.0/16 or fd00:1234::/32, or an address',
  unit: '',
  parse: (text) => {
    const [, address = '', prefixText] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
    const family = address.includes('%') ? 0 : isIP(address);
    if (family === 0) return reject(`${text} is not a block of addresses`);
    const longest = family === 4 ? 32 : 128;
    const prefix = prefixText === undefined ? longest : Number(prefixText);
    if (prefix > longest) return reject(`the prefix length of ${text} is more than ${longest}`);
    // A public endpoint must never pass for a private one.
    if (prefix === 0) return reject(`${text} would make every address private`);
    return { value: `${address.toLowerCase()}/${prefix}` };
  },
  format: String,
};
