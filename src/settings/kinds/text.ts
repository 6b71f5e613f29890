import { reject, type ValueKind } from '../value-kind.ts';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostPattern = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

/** A DNS name in lower case without the final dot; undefined when the text is not one. */
export function parseHost(text: string): string | undefined {
  const host = text.toLowerCase().replace(/\.$/, '');
  return hostPattern.test(host) ? host : undefined;
}

/** A DNS name. */
export const domain: ValueKind<string, ''> = {
  placeholder: 'DOMAIN',
  accepted: 'a DNS name such as amazonaws.com',
  unit: '',
  parse: (text) => {
    const value = parseHost(text);
    return value === undefined ? reject() : { value };
  },
  format: String,
};

/** Text that a pattern describes. */
export function matching(placeholder: string, accepted: string, pattern: RegExp): ValueKind<string, ''> {
  return {
    placeholder,
    accepted,
    unit: '',
    parse: (text) => (pattern.test(text) ? { value: text } : reject()),
    format: String,
  };
}

/** Names of AWS regions, e.g. `us-east-1`, `us-gov-west-1`, `us-isob-east-1`, `eusc-de-east-1`. */
export const region = matching('REGION', 'a region such as us-east-1', /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/);

/** What the Docker Engine allows as a container's name. */
export const containerName = matching(
  'NAME',
  "a container's name such as ecs-agent",
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/,
);

/** A systemd service unit. */
export const serviceUnit: ValueKind<string, ''> = {
  placeholder: 'UNIT',
  accepted: 'a systemd service such as ecs.service',
  unit: '',
  parse: (text) => {
    if (!/^[\w:.@\\-]{1,255}$/.test(text)) return reject();
    return /.\.service$/.test(text) ? { value: text } : reject(undefined, `${text}.service`);
  },
  format: String,
};

/**
 * An absolute path. Control characters and back-ticks are refused, so that every path can be written as one
 * line of a config file.
 */
export const absolutePath: ValueKind<string, ''> = {
  placeholder: 'PATH',
  accepted: 'an absolute path',
  unit: '',
  parse: (text) => {
    if (!text.startsWith('/')) return reject('the path does not begin with /');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\u0000-\u001f\u007f`]/.test(text)) return reject('the path has a control character or a back-tick');
    return { value: text };
  },
  format: String,
};

/** A file to be written, by a path from anywhere. */
export const filePath = matching('FILE', 'the path of a file', /[^/]$/);

/** An `http://` address of a service on this host or link; the value has no slash at its end. */
export const httpUrl: ValueKind<string, ''> = {
  placeholder: 'URL',
  accepted: 'an address such as http://127.0.0.1:8080',
  unit: '',
  parse: (text) => {
    if (!URL.canParse(text)) return reject();
    const url = new URL(text);
    if (url.protocol !== 'http:') return reject('only http:// is supported');
    if (url.username || url.password || url.search || url.hash) {
      return reject('only host, port and path are allowed');
    }
    return { value: url.href.replace(/\/+$/, '') };
  },
  format: String,
};

const socketScheme = 'unix://';

/** The Docker Engine's socket. The value is the socket's absolute path; its text has `unix://` before it. */
export const dockerSocket: ValueKind<string, ''> = {
  placeholder: 'SOCKET',
  accepted: 'unix:// and the absolute path of a socket, such as unix:///var/run/docker.sock',
  unit: '',
  parse: (text) => {
    if (/^(?:tcp|ssh|https?|npipe|fd):/i.test(text)) {
      return reject("the Engine is asked over root's own socket on this host only, never over the network");
    }
    return absolutePath.parse(text.startsWith(socketScheme) ? text.slice(socketScheme.length) : text);
  },
  format: (path) => `${socketScheme}${path}`,
};
