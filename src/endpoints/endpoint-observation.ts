import type { Ages } from '../kit/age.ts';
import type { Problem } from '../kit/problem.ts';
import type { EndpointService } from '../settings/endpoint-services.ts';
import type { TrustSource } from './trust-source.ts';

/** What is asked about the endpoints: the names' addresses, and port 443 of each that is private. */
export type EndpointsSource = 'answers' | 'probes';

/**
 * - `private`: every A and AAAA answer that this host has a route to is a private address
 * - `public`: none is
 * - `mixed`: some are
 * - `absent`: the name has no address (NXDOMAIN or no data)
 * - `failed`: no nameserver gave a usable answer
 */
export const endpointClasses = ['private', 'public', 'mixed', 'absent', 'failed'] as const;

export type EndpointClass = (typeof endpointClasses)[number];

/** Where the answers for a name come from. */
export const answerSources = ['dns', 'hosts-file', 'none'] as const;

/** One address that a private DNS name answered. */
export interface EndpointAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly private: boolean;
  /** The rule that decided, in words: `in the VPC's CIDR 10.0.0.0/16`, `in 10.0.0.0/8 (RFC 1918)`, `in no private range`. */
  readonly rule: string;
  /** This host has no route to it, so that it does not count for the class of a name. `private` is then false. */
  readonly unrouted?: true;
}

/** Outcome of TCP 443 and a TLS handshake with one address. `problem` is set when it failed. */
export interface EndpointProbe {
  readonly address: string;
  readonly ok: boolean;
  /** Milliseconds from the connect call to the finished handshake, or to the failure. */
  readonly durationMs: number;
  /** Issuer common name of the certificate presented, where one was seen. */
  readonly issuer: string | undefined;
  readonly problem: Problem | undefined;
}

/** What one look at one interface endpoint gave. */
export interface EndpointObservation {
  readonly service: EndpointService;
  /** The private DNS name, e.g. `ecs-a.us-east-1.amazonaws.com`. */
  readonly host: string;
  readonly class: EndpointClass;
  readonly addresses: readonly EndpointAddress[];
  /** Smallest TTL of the answers in seconds; undefined when there are none or they come from the hosts file. */
  readonly ttl: number | undefined;
  readonly source: (typeof answerSources)[number];
  /** The nameserver whose answer counted; undefined when none did. */
  readonly nameserver: string | undefined;
  /** Why the class is what it is, in words. */
  readonly rule: string;
  /** Set when the class is `mixed`, `absent` or `failed`. */
  readonly problem: Problem | undefined;
  /** One per private address, in the order of `addresses`. Empty while not probed. */
  readonly probes: readonly EndpointProbe[];
  /** True when at least one probe succeeded, false when all failed, undefined while not probed. */
  readonly reachable: boolean | undefined;
}

/** What stood for the next agent process in a look: where it will take it from, and why that. */
export interface JudgedBy {
  readonly resolver: {
    /** Where its resolv.conf comes from, in words. */
    readonly source: string;
    /** At most three, in their order. */
    readonly nameservers: readonly string[];
    /** Those of the agent that runs now, where it reads another resolv.conf; undefined otherwise. */
    readonly running: readonly string[] | undefined;
    /** Why that is not certain, in words; undefined where it is. */
    readonly doubt: string | undefined;
    /** That is not known, and the running agent has something else than this host. */
    readonly unknown: { readonly message: string; readonly advice: string } | undefined;
  };
  readonly hosts: { readonly source: string };
  readonly trust: Pick<TrustSource, 'words' | 'of' | 'by'>;
  readonly apiHost: { readonly host: string; readonly source: string };
  /** The same while nothing of it that decides where the agent connects has changed. */
  readonly evidence: string;
}

/** What one look at all of them gave, in the order of `endpointServices`. */
export interface EndpointsObservation {
  readonly endpoints: readonly EndpointObservation[];
  /** `answers` is 0 too where one question showed that what was answered before stands. */
  readonly ages: Ages<EndpointsSource>;
  readonly judgedBy: JudgedBy;
}
