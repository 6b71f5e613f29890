import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('asks for no other permissions than docs/plan.md lists, and for each of these', () => {
  const sources = readdirSync('src/plan')
    .filter((name) => /^(?:look|read-)/.test(name))
    .map((name) => `src/plan/${name}`)
    .concat('src/fleet/container-instances.ts');
  const asked = sources.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/'((?:ec2|ecs|route53):[A-Z]\w+)'(?=[,;])/g)].map(
      ([, action]) => action,
    ),
  );
  const [, policy = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync('docs/plan.md', 'utf8')) ?? [];
  const allowed: string[] = JSON.parse(policy).Statement[0].Action;
  expect([...new Set(asked)].sort()).toEqual([...allowed].sort());
  for (const action of allowed) expect(action).toMatch(/:(?:Describe|List)/);
});
