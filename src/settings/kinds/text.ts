import { isIP, isIPv4 } from 'node:net';
import { nearest } from '../nearest.ts';
import { type Parsed, reject, type ValueKind } from '../value-kind.ts';

/** Text that is a value as it stands, or in another spelling. */
function textKind(
  placeholder: string,
  accepted: string,
  parse: (text: string) => Parsed<string>,
): ValueKind<string, ''> {
  return { placeholder, accepted, unit: '', parse, format: String };
}

/** Text that a pattern describes. */
function matching(placeholder: string, accepted: string, pattern: RegExp): ValueKind<string, ''> {
  return textKind(placeholder, accepted, (text) => (pattern.test(text) ? { value: text } : reject()));
}

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostPattern = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

/** A DNS name in lower case without the final dot; undefined when the text is not one. */
export function parseHost(text: string): string | undefined {
  const host = text.toLowerCase().replace(/\.$/, '');
  return hostPattern.test(host) ? host : undefined;
}

/** A DNS name. */
export const domain = textKind('DOMAIN', 'a DNS name such as amazonaws.com', (text) => {
  const value = parseHost(text);
  return value === undefined ? reject() : { value };
});

/** Names of AWS regions, e.g. `us-east-1`, `us-gov-west-1`, `us-isob-east-1`, `eusc-de-east-1`. */
export const region = matching('REGION', 'a region such as us-east-1', /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/);

const clusterNamePattern = '[a-zA-Z0-9_-]{1,255}';
const clusterPattern = new RegExp(
  `^(?:${clusterNamePattern}|arn:[a-z0-9-]+:ecs:[a-z0-9-]+:\\d{12}:cluster/${clusterNamePattern})$`,
);

/** An ECS cluster, by its name or its ARN. */
export const cluster = matching(
  'CLUSTER',
  "a cluster's name, or its ARN (arn:aws:ecs:REGION:ACCOUNT:cluster/NAME)",
  clusterPattern,
);

/** A VPC, by its id in either of EC2's two lengths. */
export const vpcId = textKind('VPC', 'the id of a VPC such as vpc-0a1b2c3d4e5f60718', (text) => {
  const id = text.toLowerCase();
  if (!/^vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) return reject();
  return id === text ? { value: id } : reject('ids are in lower case', id);
});

/** A profile of ~/.aws/config. */
export const profile = matching('PROFILE', 'the name of a profile of ~/.aws/config', /^[\w.@+/:=-]{1,128}$/);

/** What the Docker Engine allows as a container's name. */
export const containerName = matching(
  'NAME',
  "a container's name such as ecs-agent",
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/,
);

/** A systemd service unit. */
export const serviceUnit = textKind('UNIT', 'a systemd service such as ecs.service', (text) => {
  // One that begins with `-` is an option to systemctl.
  if (!/^[\w:.@\\][\w:.@\\-]{0,254}$/.test(text)) return reject();
  return /.\.service$/.test(text) ? { value: text } : reject(undefined, `${text}.service`);
});

/**
 * An absolute path. Control characters and back-ticks are refused, so that every path can be written as one
 * line of a config file.
 */
export const absolutePath = textKind('PATH', 'an absolute path', (text) => {
  if (!text.startsWith('/')) return reject('the path does not begin with /');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f`]/.test(text)) return reject('the path has a control character or a back-tick');
  return { value: text };
});

/** A file to be written, by a path from anywhere. */
export const filePath = matching('FILE', 'the path of a file', /[^/]$/);

/** The file of node_exporter's textfile collector, which reads no other name than `*.prom`. */
export const promFile = textKind('PATH', 'an absolute path that ends in .prom', (text) => {
  const parsed = absolutePath.parse(text);
  if ('rejected' in parsed || /[^/]\.prom$/.test(text)) return parsed;
  return reject("node_exporter's textfile collector reads only names that end in .prom");
});

const noDirectory = ['off', 'auto'];

/** Where the SSM agent's custom inventory is: `off`, `auto`, or a directory. */
export const inventoryPlace = textKind(
  'off|auto|PATH',
  'off, auto, or the absolute path of a directory',
  (text) => {
    const word = text.toLowerCase();
    if (noDirectory.includes(word)) return { value: word };
    return text.startsWith('/') ? absolutePath.parse(text) : reject(undefined, nearest(word, noDirectory));
  },
);

/** An `http://` address of a service on this host or link; the value has no slash at its end. */
export const httpUrl = textKind('URL', 'an address such as http://127.0.0.1:8080', (text) => {
  if (!URL.canParse(text)) return reject();
  const url = new URL(text);
  if (url.protocol !== 'http:') return reject('only http:// is supported');
  if (url.username || url.password || url.search || url.hash) {
    return reject('only host, port and path are allowed');
  }
  return { value: url.href.replace(/\/+$/, '') };
});

const socketScheme = 'unix://';

/** The Docker Engine's socket. The value is the socket's absolute path; its text has `unix://` before it. */
export const dockerSocket: ValueKind<string, ''> = {
  ...textKind(
    'SOCKET',
    'unix:// and the absolute path of a socket, such as unix:///var/run/docker.sock',
    (text) =>
      /^(?:tcp|ssh|https?|npipe|fd):/i.test(text)
        ? reject("the Engine is asked over root's own socket on this host only, never over the network")
        : absolutePath.parse(text.startsWith(socketScheme) ? text.slice(socketScheme.length) : text),
  ),
  format: (path) => `${socketScheme}${path}`,
};

/** An IPv4 or IPv6 block. The value always has its prefix length; a bare address gets /32 or /128. */
export const cidr = textKind(
  'CIDR',
  'a block such as 10.0.0.0/16 or fd00:1234::/32, or an address',
  (text) => {
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
);

/** A loopback address and a port. The value is `127.0.0.1:9750` or `[::1]:9750`. */
export const loopbackListen = textKind(
  'ADDRESS',
  'a loopback address and a port such as 127.0.0.1:9750 or [::1]:9750',
  (text) => {
    const [, host = '', port = ''] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? [];
    if (port === '' || Number(port) < 1 || Number(port) > 65_535) return reject();
    if ((isIPv4(host) && host.startsWith('127.')) || host === '[::1]')
      return { value: `${host}:${Number(port)}` };
    const meant = `127.0.0.1:${Number(port)}`;
    if (host === '' || host === 'localhost') return reject('the address is to be written out', meant);
    return reject(
      'it is not a loopback address, and nothing here listens on a network; let a collector on this host ' +
        'take the metrics, or node_exporter by metrics-textfile',
      meant,
    );
  },
);
