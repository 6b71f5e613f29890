import type { CodesOf, ProblemArea } from '../kit/problem.ts';

/** What looking the endpoints up and trying them may come to. */
export const endpointProblems = [
  {
    about: "the names, as this host's nameservers answer them",
    codes: [
      'dns-mixed-answers',
      'dns-search-domain',
      'dns-no-address',
      'dns-timeout',
      'dns-unreachable',
      'dns-servfail',
      'dns-refused',
      'dns-bad-answer',
      'dns-file-unreadable',
    ],
  },
  {
    about: "port 443: the endpoint's security group, a network ACL, a route",
    codes: ['endpoint-tcp-timeout', 'endpoint-tcp-refused', 'endpoint-no-route'],
  },
  {
    about:
      "TLS: something else answers at that address, or what the agent trusts, or this host's clock, is wrong",
    codes: [
      'endpoint-tls-name',
      'endpoint-tls-untrusted',
      'endpoint-tls-expired',
      'endpoint-tls-failed',
      'trust-store-unreadable',
    ],
  },
] as const satisfies readonly ProblemArea[];

declare module '../kit/problem.ts' {
  interface ProblemCodes {
    readonly endpoints: CodesOf<typeof endpointProblems>;
  }
}
