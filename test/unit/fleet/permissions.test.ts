import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';

interface Policy {
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

it('docs/fleet.md allows what is asked for, and nothing else', () => {
  const asked = readdirSync(inCheckout('src/fleet')).flatMap((file) => {
    const source = readFileSync(inCheckout(`src/fleet/${file}`), 'utf8');
    return [...source.matchAll(/'((?:ecs|ssm|cloudtrail|cloudwatch):[A-Z]\w+)'/g)].map(
      ([, action]) => action,
    );
  });
  const text = readFileSync(inCheckout('docs/fleet.md'), 'utf8');
  const policies = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, json]): Policy => JSON.parse(json ?? ''),
  );
  const allowed = policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
  expect(policies).toHaveLength(2);
  expect(allowed.toSorted()).toEqual([...new Set(asked)].toSorted());
});
