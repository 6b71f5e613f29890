import { describe, expect, it } from 'vitest';
import { imdsEndpoint } from '../../../src/instance/imds-endpoint.ts';
import { ProblemError } from '../../../src/kit/problem.ts';

describe('imdsEndpoint', () => {
  it.each([
    [undefined, 'ipv4', 'http://169.254.169.254'],
    ['', 'ipv4', 'http://169.254.169.254'],
    [undefined, 'ipv6', 'http://[fd00:ec2::254]'],
    ['http://127.0.0.1:1338', 'ipv6', 'http://127.0.0.1:1338'],
    ['http://[::1]:1338/', 'ipv4', 'http://[::1]:1338'],
    ['http://127.0.0.1/imds//', 'ipv4', 'http://127.0.0.1/imds'],
  ] as const)('%s in mode %s is %s', (endpoint, mode, expected) => {
    expect(imdsEndpoint(endpoint, mode)).toBe(expected);
  });

  it.each(['169.254.169.254', 'https://169.254.169.254', 'http://', 'file:///etc/passwd'])(
    'refuses %s',
    (endpoint) => {
      expect(() => imdsEndpoint(endpoint, 'ipv4')).toThrow(ProblemError);
    },
  );
});
