import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { verdict } from '../../../src/reconcile/verdict.ts';
import { allPublic, closedSecurityGroup, type ObservationSketch, observe } from './observations.ts';

const refused: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
const refusal: Problem = { code: 'agent-refused', message: 'refused ecs:Poll', advice: 'Allow ecs:Poll.' };

describe('the verdict of one look', () => {
  it('is yes only with all names private and the agent connected over them', () => {
    const yes = verdict(observe({ agent: { path: 'private' } }));
    expect(yes).toMatchObject({
      onPrivateLink: true,
      reason: { code: 'on-private-path', advice: undefined },
    });
    expect(yes.reason.message).toContain('seen private');
  });

  it.each<[string, string, ObservationSketch]>([
    [
      'one name is public',
      'names-not-private',
      { classes: ['private', 'public', 'private'], agent: { path: 'private' } },
    ],
    ['all names are public', 'names-not-private', { classes: allPublic }],
    ['443 is closed', closedSecurityGroup.code, { reachable: false }],
    ['the agent is on the public path', 'agent-on-public-path', {}],
    [
      'something public is left',
      'tcs-on-public-path',
      { agent: { path: 'private', tcs: 'public', publicSeen: true } },
    ],
    ['the agent has no connection', 'agent-disconnected', { agent: { path: 'disconnected' } }],
    [
      'its log says why',
      'agent-refused',
      {
        agent: {
          path: 'disconnected',
          saying: { code: 'agent-refused', message: 'ecs:Poll', advice: 'Allow it.' },
        },
      },
    ],
    ['the agent has not registered', 'agent-not-registered', { agent: { path: 'none' } }],
    [
      'some connection is still public',
      'tcs-on-public-path',
      { agent: { path: 'private', tcs: 'public', publicSeen: true } },
    ],
    ['it is connected to nothing', 'agent-disconnected', { agent: { path: 'disconnected' } }],
    ['it is refused', 'agent-refused', { agent: { path: 'disconnected', saying: refusal } }],
    ['the path cannot be determined', 'path-unknown', { agent: { path: 'unknown' } }],
    ['the Engine is down', 'engine-refused', { classes: allPublic, agent: { engineProblem: refused } }],
  ])('is no, with what to do, when %s', (_, code, sketch) => {
    const { onPrivateLink, reason } = verdict(observe(sketch));
    expect(onPrivateLink).toBe(false);
    expect(reason.code).toBe(code);
    expect(reason.advice).toMatch(/\w{3}/);
  });
});
