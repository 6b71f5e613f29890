import { describe, expect, it } from 'vitest';
import { judgePolicy, type PolicyCall } from '../../../src/plan/endpoint-policy.ts';

const poll: PolicyCall = { action: 'ecs:Poll', resource: '*' };
const layer: PolicyCall = {
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::prod-us-east-1-starport-layer-bucket/layer',
};

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

const allow = (more: object) => ({ Effect: 'Allow', Principal: '*', Resource: '*', ...more });
const deny = (more: object) => ({ Effect: 'Deny', Principal: '*', Resource: '*', ...more });

function verdict(document: string, call: PolicyCall): string {
  const judged = judgePolicy(document, [call]);
  if (judged === undefined) return 'unreadable';
  const { notAllowed, denied, unclear } = judged;
  if (notAllowed.length > 0) return 'not allowed';
  if (denied.length > 0) return 'denied';
  return unclear.length > 0 ? 'unclear' : 'allowed';
}

describe('what an endpoint’s policy says to a call', () => {
  it.each([
    ['everything', policy(allow({ Action: '*' })), poll, 'allowed'],
    ['one statement that is no list', JSON.stringify({ Statement: allow({ Action: '*' }) }), poll, 'allowed'],
    ['all of ECS', policy(allow({ Action: 'ecs:*' })), poll, 'allowed'],
    ['the action in other letters', policy(allow({ Action: ['ECS:POLL'] })), poll, 'allowed'],
    ['a pattern with ?', policy(allow({ Action: 'ecs:P?ll' })), poll, 'allowed'],
    ['AWS as principal', policy(allow({ Action: '*', Principal: { AWS: '*' } })), poll, 'allowed'],
    ['AWS in a list', policy(allow({ Action: '*', Principal: { AWS: ['*'] } })), poll, 'allowed'],
    ['other actions only', policy(allow({ Action: ['ecs:List*', 'ecs:Describe*'] })), poll, 'not allowed'],
    ['nothing', policy(), poll, 'not allowed'],
    ['all but it', policy(allow({ NotAction: 'ecs:Poll' })), poll, 'not allowed'],
    ['all but another', policy(allow({ NotAction: 's3:*' })), poll, 'allowed'],
    ['a Deny of it', policy(allow({ Action: '*' }), deny({ Action: 'ecs:P*' })), poll, 'denied'],
    ['a Deny of all but it', policy(allow({ Action: '*' }), deny({ NotAction: 'ecs:*' })), poll, 'allowed'],
    [
      'a condition',
      policy(allow({ Action: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } })),
      poll,
      'unclear',
    ],
    [
      'a Deny with a condition',
      policy(allow({ Action: '*' }), deny({ Action: '*', Condition: { Bool: {} } })),
      poll,
      'unclear',
    ],
    [
      'one role only',
      policy(allow({ Action: '*', Principal: { AWS: 'arn:aws:iam::1:role/x' } })),
      poll,
      'unclear',
    ],
    [
      'some cluster',
      policy(allow({ Action: '*', Resource: 'arn:aws:ecs:*:*:cluster/prod' })),
      poll,
      'unclear',
    ],
    [
      'all but some resource',
      policy(allow({ Action: '*', Resource: undefined, NotResource: 'x' })),
      poll,
      'unclear',
    ],
    [
      'own buckets only',
      policy(allow({ Action: 's3:*', Resource: 'arn:aws:s3:::mine/*' })),
      layer,
      'not allowed',
    ],
    [
      'the layers’ bucket',
      policy(
        allow({ Action: 's3:GetObject', Resource: ['arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*'] }),
      ),
      layer,
      'allowed',
    ],
    ['no JSON', '{"Statement": [', poll, 'unreadable'],
    ['another form', '{"Statement": [{"Effect": "allow"}]}', poll, 'unreadable'],
    ['a number for an action', policy(allow({ Action: 7 })), poll, 'unreadable'],
  ])('%s', (_, document, call, expected) => {
    expect(verdict(document, call)).toBe(expected);
  });

  it('answers a pattern that is made to keep it busy', () => {
    const pattern = `ecs:${'*a'.repeat(3_000)}*b`;
    expect(
      verdict(policy(allow({ Action: pattern })), { action: `ecs:${'a'.repeat(10_000)}`, resource: '*' }),
    ).toBe('not allowed');
  });
});
