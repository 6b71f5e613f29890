import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type RestartOutcome, restartOutcomes } from '../../../src/reconcile/restart-outcome.ts';
import { inCheckout } from '../../lab/checkout.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';
import { promtool } from './promtool.ts';

it('the alert rules load', () => {
  expect(promtool(['check', 'rules', inCheckout('docs/monitoring/alerts.yml')])).toBe('');
});

it('the alert rules fire when they should, and not otherwise', () => {
  expect(promtool(['test', 'rules', inCheckout('test/integration/metrics/alerts.test.yml')])).toBe('');
});

it('of every outcome of a restart that nobody wanted there is an alert', () => {
  const rules = readFileSync(inCheckout('docs/monitoring/alerts.yml'), 'utf8');
  const told = [...rules.matchAll(/restarts_total\{outcome=~"([^"]+)"\}/g)].flatMap(([, outcomes = '']) =>
    outcomes.split('|'),
  );
  const fine: readonly RestartOutcome[] = ['pending', 'private', 'taken-over'];
  expect(told.toSorted()).toEqual(restartOutcomes.filter((one) => !fine.includes(one)).toSorted());
});

it("the CloudWatch agent's scrape configuration loads", () => {
  const path = inCheckout('docs/monitoring/cloudwatch-scrape.yml');
  expect(promtool(['check', 'config', '--syntax-only', path])).toBe('');
});

it("each of the dashboard's expressions is one of PromQL", async () => {
  const dashboard = JSON.parse(readFileSync(inCheckout('docs/monitoring/dashboard.json'), 'utf8'));
  const expressions: string[] = dashboard.panels.flatMap((panel: { targets: { expr: string }[] }) =>
    panel.targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*')),
  );
  const rules = expressions.map((expr, index) => ({ record: `dashboard:expression:${index}`, expr }));
  const directory = await makeTemporaryDirectory('dashboard');
  try {
    const file = join(directory, 'rules.yml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(promtool(['check', 'rules', file])).toBe('');
  } finally {
    await rm(directory, { recursive: true });
  }
});
