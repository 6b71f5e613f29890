import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configLines, settingsAsJson } from '../../../src/settings/describe-config.ts';
import { formatDuration, parseDuration } from '../../../src/settings/kinds/duration.ts';
import { options } from '../../../src/settings/options.ts';
import { resolveSettings } from '../../../src/settings/resolve-settings.ts';
import { runs } from '../../size.ts';

const path = '/etc/ecs-privatelinkd/ecs-privatelinkd.config';

const segment = fc.stringMatching(/^[^/`\p{C}\s](?:[^/`\p{C}]*[^/`\p{C}\s])?$/u);
const paths = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
const hosts = fc.domain();
const urls = fc.webUrl({ validSchemes: ['http'] });
const cidrs = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([ip, prefix]) => `${ip}/${prefix}`),
  fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 })).map(([ip, prefix]) => `${ip}/${prefix}`),
  fc.ipV4(),
);
const durations = fc
  .oneof(fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 0, max: 86_400_000 }))
  .map(formatDuration);

/** Texts worth trying for any setting: whatever a row does not accept is left out. */
const texts = fc.oneof(
  fc.constantFrom(...options.flatMap((option) => option.kind.choices ?? [])),
  fc.constantFrom('us-east-1', 'ecs.service', 'a\\x2d.service', 'on', '0', '127.0.0.1:9750', '/a/b.prom'),
  fc.integer({ min: 0, max: 120 }).map(String),
  durations,
  fc.array(durations, { minLength: 1, maxLength: 4 }).map((items) => items.join(', ')),
  paths,
  urls,
  hosts,
  fc.array(cidrs, { maxLength: 4 }).map((items) => items.join(',')),
  hosts.map((host) => `ecs-agent=${host},ecs=${host}`),
  fc.constant(''),
);

const examples = [
  ...[
    'us-east-1',
    'amazonaws.com',
    'ecs.service',
    'true',
    '1',
    '1s',
    '/a/b',
    '/a/b.prom',
    'unix:///a',
    'http://a.b',
  ],
  ...['10.0.0.0/8', 'ecs=a.b', '127.0.0.1:9750', 'ecs-agent', '5m,15m'],
];

/** What a row is tried with: one in four is an example that it accepts, so that a hundred runs reach every row. */
function candidatesOf(option: (typeof options)[number]): fc.Arbitrary<string> {
  const accepted = [...(option.kind.choices ?? []), ...examples].filter(
    (text) => 'value' in option.kind.parse(text),
  );
  return fc.oneof({ arbitrary: texts, weight: 3 }, { arbitrary: fc.constantFrom(...accepted), weight: 1 });
}

/** For each row a value that it accepts, or none. */
const flags = fc
  .tuple(...options.map((option) => fc.array(candidatesOf(option), { minLength: 1, maxLength: 6 })))
  .map((candidates) =>
    Object.fromEntries(
      options.flatMap((option, index) => {
        const text = candidates[index]?.find((candidate) => 'value' in option.kind.parse(candidate.trim()));
        return text === undefined || option.notInFile ? [] : [[option.name, text] as const];
      }),
    ),
  );

describe('what config prints', () => {
  it('prints a config file that gives the same settings again, with and without origins', {
    timeout: 120_000,
  }, () => {
    const covered = new Set<string>();
    fc.assert(
      fc.property(flags, fc.boolean(), (given, origin) => {
        for (const name of Object.keys(given)) covered.add(name);
        const resolved = resolveSettings({ flags: given, env: {} });
        const text = configLines(resolved, origin);
        const again = resolveSettings({ flags: {}, env: {}, file: { path, text } });
        expect(again.settings).toEqual(resolved.settings);
        expect(configLines({ ...again, origins: resolved.origins }, origin)).toBe(text);
      }),
      { numRuns: runs(100, 1_000) },
    );
    expect(covered).toEqual(new Set(options.filter((option) => !option.notInFile).map(({ name }) => name)));
  });

  it('says where settings come from', () => {
    const resolved = resolveSettings({
      flags: { splay: '90s' },
      env: { ECS_PRIVATELINKD_STATE_DIR: "/it's #1" },
    });
    const lines = configLines(resolved, true).split('\n');
    expect(lines[lines.indexOf('ECS_PRIVATELINKD_SPLAY=1m30s') - 1]).toBe('# flag --splay');
    expect(lines[lines.indexOf("ECS_PRIVATELINKD_STATE_DIR=`/it's #1`") - 1]).toBe(
      '# environment ECS_PRIVATELINKD_STATE_DIR',
    );
    expect(lines[lines.indexOf('# ECS_PRIVATELINKD_REGION=') - 1]).toBe('# default');
    expect(lines).toContain(`# ECS_PRIVATELINKD_CONFIG=${path}`);
  });

  it('prints JSON with the keys of Settings', () => {
    const resolved = resolveSettings({ flags: { region: 'eu-west-1' }, env: {} });
    const plain = settingsAsJson(resolved, false);
    expect(plain).toMatchObject({
      region: 'eu-west-1',
      suffix: null,
      splayMs: 0,
      coolDownsMs: expect.any(Array),
    });
    expect(Object.keys(plain)).toEqual(Object.keys(resolved.settings));
    expect(settingsAsJson(resolved, true)).toMatchObject({
      region: { value: 'eu-west-1', origin: 'flag --region' },
      suffix: { value: null, origin: 'default' },
    });
  });
});

describe('durations', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
