import type { FindingCodeOf } from './checks.ts';
import { type CheckName, endpointCheckNames } from './order.ts';

/** A check, or one of its findings: `imds`, `vpc-cidrs/vpc-cidrs-unknown`. */
export type Source =
  | CheckName
  | { [Name in CheckName]: `${Name}/${FindingCodeOf<Name> | 'late'}` }[CheckName];

/**
 * Effects are all findings of a check, or one. Of the causes the first that is failing counts: a check that failed, or
 * one of its findings, which may be a warning.
 */
export type CauseRule = readonly [effects: readonly Source[], causes: readonly Source[]];

type OfEndpoint = FindingCodeOf<(typeof endpointCheckNames)[number]> | 'late';

/** Findings of whichever endpoint. */
function ofEach(...codes: readonly OfEndpoint[]) {
  return endpointCheckNames.flatMap((name) => codes.map((code) => `${name}/${code}` as const));
}

const noAnswers = ['dns-host-view', 'region-and-suffix', 'imds'] as const;
const incomplete = [
  'endpoints-complete/endpoints-missing',
  'endpoints-complete/endpoints-out-of-order',
] as const;
const closed = [
  'endpoint-tcp-timeout',
  'endpoint-tcp-refused',
  'endpoint-no-route',
  'endpoint-partly-reachable',
] as const;
/** What the agent itself, or ecs-init, says last. */
const said = [
  'agent-path/agent-refused',
  'agent-path/agent-distrusts',
  'agent-path/agent-deregistered',
  'agent-path/agent-cannot-reach',
] as const;
/** Everything that keeps an agent from being moved, what is nearest to the root first. */
const blockers = [
  'imds',
  'region-and-suffix',
  'docker-engine',
  'hosts-file/hosts-override-public',
  'judged-by/agent-asks-elsewhere',
  'judged-by/agent-own-network',
  'dns-host-view',
  'dns-vpc-view/custom-dns-not-forwarding',
  'dns-vpc-view/custom-dns-drops-private',
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
  'preflight',
  ...said,
] as const satisfies readonly Source[];

/**
 * What follows from what. Rows are tried in order; the first that names a cause that is failing decides. A cause may
 * itself follow from another: `findCauses` goes on to the root.
 */
export const causeRules: readonly CauseRule[] = [
  [['judged-by/judged-by-unknown', 'judged-by/late'], noAnswers],
  [['region-and-suffix', 'vpc-cidrs', 'instance-lifecycle', 'clock'], ['imds']],
  [
    ['hosts-file/hosts-names-unknown', 'dns-host-view/dns-names-unknown', 'dns-vpc-view/vpc-dns-not-asked'],
    ['region-and-suffix'],
  ],
  [['dns-host-view/dns-vpc-resolver-silent'], ['dns-vpc-view/vpc-dns-silent']],
  [
    ['dns-vpc-view/custom-dns-not-forwarding'],
    ['judged-by/agent-asks-elsewhere', 'judged-by/agent-own-network'],
  ],
  [['dns-vpc-view/vpc-dns-failing'], ['dns-host-view']],
  [['dns-vpc-view/vpc-dns-silent'], ['ec2-vpc-dns']],
  [['ec2-vpc-dns/ec2-failed', 'ec2-endpoints/ec2-failed', 'ec2-security-groups/ec2-failed'], ['imds']],
  [['ec2-endpoints/ec2-endpoint-missing'], ['region-and-suffix/region-differs']],
  [['ec2-security-groups/ec2-no-endpoints'], ['ec2-endpoints']],
  [['endpoints-complete/endpoints-not-known'], noAnswers],
  [
    [...incomplete, ...ofEach('endpoint-public', 'dns-no-address', 'dns-mixed-answers')],
    [
      'hosts-file/hosts-override-public',
      'judged-by/agent-asks-elsewhere',
      'judged-by/agent-own-network',
      'region-and-suffix/region-differs',
      'region-and-suffix/suffix-unusual',
      'dns-vpc-view/custom-dns-not-forwarding',
      'dns-vpc-view/custom-dns-drops-private',
      'ec2-vpc-dns',
      'ec2-endpoints/ec2-endpoint-missing',
      'ec2-endpoints/ec2-endpoint-not-available',
      'ec2-endpoints/ec2-private-dns-off',
    ],
  ],
  [
    ['endpoints-complete/endpoints-missing', 'endpoint-ecs/endpoint-public'],
    [
      'agent-settings/agent-setting-quoted',
      'agent-settings/agent-api-elsewhere',
      'agent-settings/agent-backend-public',
      'agent-settings/agent-fips',
      'agent-settings/agent-dual-stack',
    ],
  ],
  // Answers that are wrong in themselves say more than that a name is not private.
  [incomplete, ofEach('dns-no-address', 'dns-mixed-answers', 'dns-search-domain')],
  [ofEach('endpoint-public'), ['endpoints-complete']],
  [ofEach('endpoint-not-resolved', 'endpoint-not-looked-at', 'late'), noAnswers],
  [ofEach(...closed), ['ec2-security-groups/ec2-security-group-closed']],
  [ofEach(...closed, 'endpoint-tls-name'), ['hosts-file/hosts-override-pinned']],
  [ofEach('endpoint-tls-expired'), ['clock']],
  [
    ['agent-container/agent-missing', 'agent-container/agent-not-running', 'ecs-service'],
    ['agent-path/agent-start-failed'],
  ],
  [['ecs-service/unit-failed'], ['agent-container/agent-exit-5']],
  [
    ['agent-container/agent-missing', 'agent-container/agent-not-running'],
    ['ecs-service', ...said],
  ],
  [
    ['agent-container/agent-unseen', 'agent-container/late', 'agent-path/path-none', 'agent-path/late'],
    ['docker-engine'],
  ],
  [
    [
      'agent-settings/agent-settings-unknown',
      'agent-resolv-conf/agent-resolv-conf-unread',
      'judged-by/agent-trust-unseen',
      'introspection/introspection-no-agent',
      'supervisor/supervisor-no-agent',
      'credential-nat-rules/nat-rules-not-needed',
    ],
    ['docker-engine', 'agent-container'],
  ],
  [['supervisor/no-safe-restart'], ['agent-container']],
  [
    ['introspection/agent-not-registered'],
    ['clock/clock-wrong', 'dns-host-view', 'endpoint-ecs', 'agent-settings'],
  ],
  [['agent-path/agent-cannot-reach'], ['dns-host-view', ...ofEach(...closed), 'agent-settings']],
  [
    ['agent-path/agent-distrusts'],
    ['clock/clock-wrong', ...ofEach('endpoint-tls-untrusted', 'endpoint-tls-name', 'endpoint-tls-expired')],
  ],
  [['introspection/agent-not-registered', 'daemon/restart-did-not-help', 'daemon/agent-disconnected'], said],
  [
    ['supervisor/agent-unsupervised', 'supervisor/no-safe-restart'],
    ['ecs-service', 'ecs-service/unit-queued'],
  ],
  [['agent-settings/agent-region-differs'], ['region-and-suffix/region-differs']],
  [['credential-nat-rules/nat-rules-missing'], ['ecs-service']],
  [['agent-path/path-none'], ['agent-container', 'introspection']],
  [['daemon/daemon-blocked', 'agent-path/agent-on-public-path', 'agent-path/path-unknown'], blockers],
  [
    ['agent-path/agent-on-public-path'],
    [
      'daemon/attempts-used-up',
      'daemon/restart-did-not-help',
      'daemon/restart-no-effect',
      'daemon/daemon-dry-run',
      'daemon/daemon-blocked',
      'agent-resolv-conf/agent-resolv-conf-stale',
    ],
  ],
  [['task-endpoints/task-endpoints-unknown', 'task-endpoints/late'], noAnswers],
];
