import { describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';

// Scripts have no types: their paths are made here, so that none are looked for.
const { nodePart } = await import(inCheckout('scripts/package/node-parts.mjs'));
const { readSecurity, securityProblems, whyNotShipped } = await import(
  inCheckout('scripts/package/runtime-security.mjs')
);

const security = {
  securityRelease: '2026-10-21',
  fixed: ['22.23.4', '24.22.1', '26.12.1'],
  release: '24.22.1',
  accepted: [{ version: '24.21.0', securityRelease: '2026-10-21', why: 'the registry has no other' }],
};

it('the Node.js of this checkout has the last security release, or was accepted without', () => {
  expect(securityProblems(inCheckout('.'))).toEqual([]);
});

it('release builds take nothing that was accepted', () => {
  const own = readSecurity(inCheckout('.'));
  expect(whyNotShipped(own.release, own, { accept: false })).toBeUndefined();
});

describe('whyNotShipped', () => {
  it.each([
    ['24.22.1', true],
    ['24.22.10', true],
    ['24.100.0', true],
    ['26.13.0', true],
    ['24.22.0', false],
    ['24.9.9', false],
    ['26.12.0', false],
    ['25.9.0', false],
    ['28.0.0', false],
  ])('%s: %s', (version, fine) => {
    const why = whyNotShipped(version, security, { accept: true });
    expect(why === undefined, why).toBe(fine);
  });

  it('what was accepted passes, but not in a release, and not after the next security release', () => {
    expect(whyNotShipped('24.21.0', security, { accept: true })).toBeUndefined();
    expect(whyNotShipped('24.21.0', security, { accept: false })).toContain('2026-10-21, which 24.22.1 has');
    const next = { ...security, securityRelease: '2027-01-12', fixed: ['24.23.1'] };
    expect(whyNotShipped('24.21.0', next, { accept: true })).toContain(
      'lacks the security release of 2027-01-12',
    );
  });
});

describe('nodePart', () => {
  it('what Node.js holds is called as scanners call it', () => {
    expect(nodePart('ares', '1.34.8')).toMatchObject({
      name: 'c-ares',
      version: '1.34.8',
      cpe: 'cpe:2.3:a:c-ares:c-ares:1.34.8:*:*:*:*:*:*:*',
    });
    expect(nodePart('v8', '13.6.233.17-node.53')).toMatchObject({
      version: '13.6.233.17',
      cpe: 'cpe:2.3:a:google:v8:13.6.233.17:*:*:*:*:*:*:*',
      properties: [{ value: '13.6.233.17-node.53' }],
    });
    expect(nodePart('undici', '7.29.1')).toMatchObject({ purl: 'pkg:npm/undici@7.29.1' });
  });

  it('every part of the Node.js that runs this is software with a version, or left out', () => {
    for (const [key, told] of Object.entries(process.versions)) {
      const part = nodePart(key, told ?? '');
      if (part !== undefined) expect(part.version, key).toMatch(/^\d+(\.\d+)*[a-z]?$/);
    }
    expect(nodePart('openssl', process.versions.openssl ?? '')?.purl).toMatch(/^pkg:generic\/openssl@\d/);
    expect(nodePart('modules', '137')).toBeUndefined();
    expect(nodePart('ngtcp2', '')).toBeUndefined();
  });
});
