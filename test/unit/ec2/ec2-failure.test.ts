import { describe, expect, it } from 'vitest';
import { ec2Failure } from '../../../src/ec2/ec2-failure.ts';

function thrown(name: string, code?: string): Error {
  return Object.assign(new Error('what the SDK says'), { name, ...(code !== undefined && { code }) });
}

describe('why the EC2 API told nothing', () => {
  it.each([
    [thrown('CredentialsProviderError'), 'ec2-no-credentials'],
    [thrown('RequestExpired'), 'ec2-no-credentials'],
    [thrown('UnauthorizedOperation'), 'ec2-no-permission'],
    [thrown('TimeoutError'), 'ec2-no-route'],
    [thrown('Error', 'ENOTFOUND'), 'ec2-no-route'],
    [thrown('InvalidVpcID.NotFound'), 'ec2-failed'],
    ['not even an error', 'ec2-failed'],
  ])('%s', (error, code) => {
    expect(ec2Failure(error)).toMatchObject({ kind: 'skipped', code });
  });

  it('keeps what was said short, on one line', () => {
    const { why } = ec2Failure(Object.assign(new Error(`a\n${'b'.repeat(500)}`), { name: 'X' }));
    expect(why.length).toBeLessThan(250);
    expect(why).not.toContain('\n');
  });
});
