import type { FindingCode, FindingCodeOf } from './checks.ts';
import { type CheckName, endpointCheckNames } from './order.ts';

/** A check that failed, or one of its findings, which may be a warning: `imds`, `vpc-cidrs/vpc-cidrs-unknown`. */
export type Source = CheckName | { [Name in CheckName]: `${Name}/${FindingCodeOf<Name>}` }[CheckName];

export interface CauseRule {
  readonly effect: readonly CheckName[];
  /** Only for these codes of the effect; left out: for all. */
  readonly codes?: readonly (FindingCode | 'late')[];
  /** The first of these that is failing is the cause. */
  readonly causes: readonly Source[];
}

const noAnswers = ['dns-host-view', 'region-and-suffix', 'imds'] as const;
const namesAreWrong = [
  'hosts-file/hosts-override-public',
  'region-and-suffix/region-differs',
  'region-and-suffix/suffix-unusual',
] as const;
const notPrivate = ['endpoint-public', 'dns-no-address', 'dns-mixed-answers'] as const;
const closed = [
  'endpoint-tcp-timeout',
  'endpoint-tcp-refused',
  'endpoint-no-route',
  'endpoint-partly-reachable',
] as const;
const aboutTheAgent = [
  'agent-settings',
  'agent-resolv-conf',
  'introspection',
  'supervisor',
  'credential-nat-rules',
] as const;
const unseen = [
  'agent-settings-unknown',
  'agent-resolv-conf-unread',
  'introspection-no-agent',
  'supervisor-no-agent',
  'nat-rules-not-needed',
] as const;
/** Everything that keeps an agent from being moved, what is nearest to the root first. */
const blockers = [
  'imds',
  'region-and-suffix',
  'docker-engine',
  'hosts-file/hosts-override-public',
  'dns-host-view',
  'dns-vpc-view/custom-dns-not-forwarding',
  'ec2-vpc-dns',
  'ec2-endpoints/ec2-endpoint-missing',
  'ec2-endpoints/ec2-endpoint-not-available',
  'ec2-endpoints/ec2-private-dns-off',
  'endpoints-complete',
  ...endpointCheckNames,
  'instance-lifecycle/instance-terminating',
  'agent-container',
  'agent-settings',
  'state-dir',
  'supervisor/restart-off',
  'supervisor/no-safe-restart',
] as const satisfies readonly Source[];

/**
 * What follows from what. Rows are tried in order; the first that names a cause that is failing decides. A cause may
 * itself follow from another: `findCauses` goes on to the root.
 */
export const causeRules: readonly CauseRule[] = [
  { effect: ['region-and-suffix', 'vpc-cidrs', 'instance-lifecycle', 'clock'], causes: ['imds'] },
  {
    effect: ['hosts-file', 'dns-host-view', 'dns-vpc-view'],
    codes: ['hosts-names-unknown', 'dns-names-unknown', 'vpc-dns-not-asked'],
    causes: ['region-and-suffix'],
  },
  { effect: ['dns-host-view'], codes: ['dns-vpc-resolver-silent'], causes: ['dns-vpc-view/vpc-dns-silent'] },
  { effect: ['dns-vpc-view'], codes: ['vpc-dns-failing'], causes: ['dns-host-view'] },
  { effect: ['dns-vpc-view'], codes: ['vpc-dns-silent'], causes: ['ec2-vpc-dns'] },
  {
    effect: ['ec2-vpc-dns', 'ec2-endpoints', 'ec2-security-groups'],
    codes: ['ec2-failed'],
    causes: ['imds'],
  },
  {
    effect: ['ec2-endpoints'],
    codes: ['ec2-endpoint-missing'],
    causes: ['region-and-suffix/region-differs'],
  },
  { effect: ['ec2-security-groups'], codes: ['ec2-no-endpoints'], causes: ['ec2-endpoints'] },
  { effect: ['endpoints-complete'], codes: ['endpoints-not-known'], causes: noAnswers },
  {
    effect: ['endpoints-complete', ...endpointCheckNames],
    codes: ['endpoints-missing', 'endpoints-out-of-order', ...notPrivate],
    causes: [
      ...namesAreWrong,
      'dns-vpc-view/custom-dns-not-forwarding',
      'ec2-vpc-dns',
      'ec2-endpoints/ec2-endpoint-missing',
      'ec2-endpoints/ec2-endpoint-not-available',
      'ec2-endpoints/ec2-private-dns-off',
    ],
  },
  {
    effect: ['endpoints-complete', 'endpoint-ecs'],
    codes: ['endpoints-missing', 'endpoint-public'],
    causes: ['agent-settings/agent-backend-public', 'agent-settings/agent-fips'],
  },
  // Answers that are wrong in themselves say more than that a name is not private.
  {
    effect: ['endpoints-complete'],
    codes: ['endpoints-missing', 'endpoints-out-of-order'],
    causes: endpointCheckNames.flatMap(
      (name) => [`${name}/dns-no-address`, `${name}/dns-mixed-answers`] as const,
    ),
  },
  { effect: endpointCheckNames, codes: ['endpoint-public'], causes: ['endpoints-complete'] },
  {
    effect: endpointCheckNames,
    codes: ['endpoint-not-resolved', 'endpoint-not-looked-at', 'late'],
    causes: noAnswers,
  },
  { effect: endpointCheckNames, codes: closed, causes: ['ec2-security-groups/ec2-security-group-closed'] },
  {
    effect: endpointCheckNames,
    codes: [...closed, 'endpoint-tls-name'],
    causes: ['hosts-file/hosts-override-pinned'],
  },
  { effect: endpointCheckNames, codes: ['endpoint-tls-expired'], causes: ['clock'] },
  { effect: ['ecs-service'], codes: ['unit-failed'], causes: ['agent-container/agent-exit-5'] },
  { effect: ['agent-container'], codes: ['agent-missing', 'agent-not-running'], causes: ['ecs-service'] },
  {
    effect: ['agent-container', 'agent-path'],
    codes: ['agent-unseen', 'path-none', 'late'],
    causes: ['docker-engine'],
  },
  { effect: aboutTheAgent, codes: unseen, causes: ['docker-engine', 'agent-container'] },
  { effect: ['supervisor'], codes: ['no-safe-restart'], causes: ['agent-container'] },
  {
    effect: ['introspection'],
    codes: ['agent-not-registered'],
    causes: ['clock/clock-wrong', 'dns-host-view', 'endpoint-ecs', 'agent-settings'],
  },
  {
    effect: ['supervisor'],
    codes: ['agent-unsupervised', 'no-safe-restart'],
    causes: ['ecs-service', 'ecs-service/unit-queued'],
  },
  {
    effect: ['agent-settings'],
    codes: ['agent-region-differs'],
    causes: ['region-and-suffix/region-differs'],
  },
  { effect: ['credential-nat-rules'], codes: ['nat-rules-missing'], causes: ['ecs-service'] },
  { effect: ['agent-path'], codes: ['path-none'], causes: ['agent-container', 'introspection'] },
  {
    effect: ['daemon', 'agent-path'],
    codes: ['daemon-blocked', 'agent-on-public-path', 'path-unknown'],
    causes: blockers,
  },
  {
    effect: ['agent-path'],
    codes: ['agent-on-public-path'],
    causes: [
      'daemon/attempts-used-up',
      'daemon/restart-no-effect',
      'daemon/daemon-dry-run',
      'daemon/daemon-blocked',
      'agent-resolv-conf/agent-resolv-conf-stale',
    ],
  },
  { effect: ['task-endpoints'], codes: ['task-endpoints-unknown', 'late'], causes: noAnswers },
];
