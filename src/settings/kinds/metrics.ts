import { isIPv4 } from 'node:net';
import { reject, type ValueKind } from '../value-kind.ts';
import { absolutePath } from './text.ts';

/** A loopback address and a port. The value is `127.0.0.1:9750` or `[::1]:9750`. */
export const loopbackListen: ValueKind<string, ''> = {
  placeholder: 'ADDRESS',
  accepted: 'a loopback address and a port such as 127.0.0.1:9750 or [::1]:9750',
  unit: '',
  parse: (text) => {
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
  format: String,
};

/** The file of node_exporter's textfile collector, which reads no other name than `*.prom`. */
export const promFile: ValueKind<string, ''> = {
  ...absolutePath,
  accepted: 'an absolute path that ends in .prom',
  parse: (text) => {
    const parsed = absolutePath.parse(text);
    if ('rejected' in parsed || /[^/]\.prom$/.test(text)) return parsed;
    return reject("node_exporter's textfile collector reads only names that end in .prom");
  },
};
