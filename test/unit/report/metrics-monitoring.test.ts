import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MetricRow, metricRows } from '../../../src/report/metrics/definitions.ts';

const files = ['alerts.yml', 'dashboard.json', 'cloudwatch-agent.json'];

function read(file: string): string {
  return readFileSync(new URL(`../../../docs/monitoring/${file}`, import.meta.url), 'utf8');
}

const rows = new Map(Object.entries<MetricRow>(metricRows));

/** The row of a metric's name as PromQL has it; a histogram's series have suffixes of their own. */
function rowOf(name: string): MetricRow | undefined {
  const histogram = rows.get(name.replace(/_(?:bucket|sum|count)$/, ''));
  return histogram?.type === 'histogram' && !rows.has(name) ? histogram : rows.get(name);
}

/** There is that metric, with the labels and values of a PromQL selector. */
function expectKnown(name: string, selectors: string): void {
  const row = rowOf(name);
  if (row === undefined) throw new Error(`there is no metric ${name}`);
  const matchers = selectors.replaceAll('\\"', '"').matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g);
  for (const [, label = '', operator = '', value = ''] of matchers) {
    if (label === 'instance') continue;
    if (!Object.hasOwn(row.labels ?? {}, label)) throw new Error(`${name} has no label ${label}`);
    const values = operator.endsWith('~') ? value.split('|') : [value];
    for (const one of values) expect(row.labels?.[label] ?? values).toContain(one);
  }
}

describe('names of metrics', () => {
  it('follow the conventions of Prometheus', () => {
    for (const [name, { type, help }] of rows) {
      expect(name).toMatch(/^ecs_privatelinkd_[a-z]+(?:_[a-z]+)*$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(help).toMatch(/^[A-Z0-9].*\.$/);
    }
  });
});

describe.each(files)('%s', (file) => {
  const used = [...read(file).matchAll(/\b(ecs_privatelinkd_[a-z_]+)(?:\{([^}]*)\})?/g)];

  it('uses only metrics that there are, with labels and values that they have', () => {
    expect(used.length).toBeGreaterThan(5);
    for (const [, name = '', selectors = ''] of used) expectKnown(name, selectors);
  });
});

describe('the CloudWatch agent configuration', () => {
  it('has the dimensions of the metrics that it collects', () => {
    const { prometheus } = JSON.parse(read('cloudwatch-agent.json')).logs.metrics_collected;
    for (const { dimensions, metric_selectors: selectors } of prometheus.emf_processor.metric_declaration) {
      for (const selector of selectors) {
        const row = rowOf(selector.replace(/^\^|\$$/g, ''));
        expect(row).toBeDefined();
        expect(dimensions).toHaveLength(1);
        expect(dimensions[0].toSorted()).toEqual(Object.keys(row?.labels ?? { job: undefined }).toSorted());
      }
    }
  });
});

describe('the CloudWatch alarms', () => {
  const text = read('cloudwatch-alarms.yaml');
  const dimension = /MetricName: (ecs_privatelinkd_\w+)\n +Dimensions:\n +- Name: (\w+)\n +Value: ([\w-]+)/g;
  const used = [...text.matchAll(dimension)];

  it('look at metrics that the CloudWatch agent collects, by the dimension that it gives them', () => {
    expect(used).toHaveLength(text.split('MetricName: ecs_privatelinkd_').length - 1);
    const { prometheus } = JSON.parse(read('cloudwatch-agent.json')).logs.metrics_collected;
    const { metric_namespace: namespace, metric_declaration: declared } = prometheus.emf_processor;
    expect(text).toContain(`Namespace: ${namespace}\n`);
    for (const [, name = '', label = '', value = ''] of used) {
      const collected = declared.find(({ metric_selectors: selectors }: { metric_selectors: string[] }) =>
        selectors.includes(`^${name}$`),
      );
      expect(collected?.dimensions, name).toEqual([[label]]);
      if (label === 'job') expect(value).toBe('ecs-privatelinkd');
      else expectKnown(name, `${label}="${value}"`);
    }
  });

  it('tell the webhook of each of them', () => {
    const alarms = [...text.matchAll(/^ {2}(\w+):\n {4}Type: AWS::CloudWatch::Alarm$/gm)].map(
      ([, name]) => name,
    );
    expect(alarms.length).toBeGreaterThan(5);
    for (const alarm of alarms) expect(text).toContain(`- !GetAtt ${alarm}.Arn\n`);
  });
});

describe('the dashboard', () => {
  const dashboard = JSON.parse(read('dashboard.json'));

  it('is one that Grafana loads', () => {
    expect(dashboard).toMatchObject({
      uid: expect.stringMatching(/^[\w-]{1,40}$/),
      title: expect.any(String),
      schemaVersion: expect.any(Number),
      time: { from: expect.any(String), to: expect.any(String) },
    });
    const names = dashboard.templating.list.map((variable: { name: string }) => variable.name);
    expect(names).toEqual(['datasource', 'instance']);
    const ids = dashboard.panels.map((panel: { id: number }) => panel.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const panel of dashboard.panels) {
      expect(['stat', 'timeseries', 'table']).toContain(panel.type);
      const { x, y, w, h } = panel.gridPos;
      expect([x, y, w, h].every(Number.isInteger)).toBe(true);
      expect(x + w).toBeLessThanOrEqual(24);
      expect(panel.targets.length).toBeGreaterThan(0);
      for (const target of panel.targets) {
        expect(target.datasource.uid).toMatch(/^\$\{datasource\}$/);
        expect(target.expr).toContain('instance=~"$instance"');
      }
    }
  });

  it('has no two panels in one place', () => {
    const cells = dashboard.panels.flatMap(
      ({ gridPos: { x, y, w, h } }: { gridPos: Record<'x' | 'y' | 'w' | 'h', number> }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});
