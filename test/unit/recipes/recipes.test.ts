import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { checks as realChecks } from '../../../src/doctor/checks.ts';
import type { summarizeEndpoints as realSummary } from '../../../src/reconcile/endpoints-summary.ts';
import type { guardsOf as realGuards } from '../../../src/reconcile/rules/guards.ts';
import type { verdict as realVerdict } from '../../../src/reconcile/verdict.ts';
import { inCheckout } from '../../lab/checkout.ts';
import { endpoint, judgedByHost, limits, observe } from '../reconcile/observations.ts';
import { type ExampleTree, exampleTree } from './example-tree.ts';
import { type Example, examples } from './examples.ts';

const architecture = readFileSync(inCheckout('docs/architecture.md'), 'utf8');

/** The paths that a recipe names: files, or directories in which one is added. */
function pathsIn(recipe: string): string[] {
  const section = architecture.split(/^### /m).find((text) => text.startsWith(`${recipe}\n`)) ?? '';
  const [text = ''] = section.split(/^## /m);
  return [...text.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, path = '']) => path);
}

describe.each(Object.entries<Example>(examples))('%s', (recipe, example) => {
  it('takes the files that its recipe names, and no others', () => {
    const named = pathsIn(recipe);
    const takes = Object.keys(example).map(
      (file) => named.find((path) => path.endsWith('/') && file.startsWith(path)) ?? file,
    );
    expect([...new Set(takes)].sort()).toEqual(named.sort());
  });
});

it.each([
  ['A guard', 3],
  ['A setting', 2],
  ['A doctor check', 2],
  ['An endpoint', 1],
] as const)('%s takes no more than %i files', (recipe, most) => {
  expect(Object.keys(examples[recipe]).length).toBeLessThanOrEqual(most);
});

describe('a checkout with all the examples', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-recipes-'));
  let tree: ExampleTree;
  beforeAll(async () => {
    tree = exampleTree(directory);
    for (const example of Object.values<Example>(examples)) tree.apply(example);
    await tree.node('scripts/generate-docs.mjs');
  }, 180_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('compiles, and its documents follow', async () => {
    await tree.node('node_modules/typescript/bin/tsc', '--noEmit');
    await tree.node('scripts/generate-docs.mjs', '--check');
    const read = (path: string) => readFileSync(join(directory, path), 'utf8');
    expect(read('docs/events.md')).toContain('`agent-unsupervised`');
    expect(read('docs/troubleshooting.md')).toContain('## `proc-dir`');
    expect(read('docs/metrics.md')).toContain('`ecs_privatelinkd_private_names`');
    expect(read('docs/settings.md')).toContain('ECS_PRIVATELINKD_CHECK_TIMEOUT');
  }, 180_000);

  it('does as the examples say, and waits for no endpoint that is not required', async () => {
    const { checks, guardsOf, summarizeEndpoints, verdict } = (await tree.load(`
      export { checks } from './src/doctor/checks.ts';
      export { summarizeEndpoints } from './src/reconcile/endpoints-summary.ts';
      export { guardsOf } from './src/reconcile/rules/guards.ts';
      export { verdict } from './src/reconcile/verdict.ts';
    `)) as {
      checks: typeof realChecks;
      guardsOf: typeof realGuards;
      summarizeEndpoints: typeof realSummary;
      verdict: typeof realVerdict;
    };
    const names: readonly string[] = checks.map(({ name }) => name);
    expect(names[names.indexOf('docker-engine') - 1]).toBe('proc-dir');

    const unsupervised = observe({ agent: { supervisor: 'none' } });
    const strict = { ...limits, onlySupervised: true };
    expect(guardsOf(unsupervised, strict).map(({ code }) => code)).toEqual(['agent-unsupervised']);

    const seen = observe({ agent: { path: 'private' } });
    // A service of the example only.
    const optional = { ...endpoint('ecs', 'public', undefined), service: 'logs' as 'ecs' };
    const endpoints = [...(seen.endpoints?.endpoints ?? []), optional];
    const observation = { ...seen, endpoints: { endpoints, ages: {}, judgedBy: judgedByHost } };
    expect(summarizeEndpoints(observation)).toMatchObject({ ready: true, notPrivate: false });
    expect(verdict(observation).onPrivateLink).toBe(true);

    const host = {
      settings: {},
      observation: () => Promise.resolve(observation),
      names: () =>
        Promise.resolve(
          endpoints.map((one) => ({ ...one, serviceName: `com.amazonaws.us-east-1.${one.service}` })),
        ),
    };
    const outcomes = await Promise.all(
      ['endpoints-complete', 'endpoint-ecs', 'endpoint-logs'].map((name) =>
        checks.find((one) => one.name === name)?.run(host as never, AbortSignal.any([])),
      ),
    );
    expect(outcomes.map((outcome) => outcome?.status)).toEqual(['pass', 'pass', 'warn']);
  });
});
