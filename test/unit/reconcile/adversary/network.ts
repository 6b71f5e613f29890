import type { EndpointClass } from '../../../../src/endpoints/endpoint-observation.ts';
import { type PreflightAnswer, unanswered } from '../../../../src/preflight/preflight-answer.ts';
import { type EndpointService, endpointServices } from '../../../../src/settings/endpoint-services.ts';
import { pick, type Random } from './random.ts';

/** One interface endpoint and its private DNS name. */
export interface Endpoint {
  /** Its network interfaces are there. */
  exists: boolean;
  /** The VPC's resolver answers its name privately. */
  privateDns: boolean;
  /** Its security group lets 443 in. */
  open: boolean;
  /** Counts up when it is created: its addresses are others then. */
  generation: number;
}

/**
 * - `vpc`: all nameservers answer what the VPC's resolver does
 * - `flapping`: every second question reaches a nameserver that knows the public zone only
 * - `public-view`: all of them know the public zone only
 */
export type DnsMode = 'vpc' | 'flapping' | 'public-view';

/** What a connection attempt comes to; `closed` ones hang, `refused` is HTTP 403 to the websocket's handshake. */
export type Dialled =
  | {
      readonly to: 'private' | 'public';
      readonly outcome: 'connected' | 'closed';
      readonly generation: number;
    }
  | { readonly to: 'private'; readonly outcome: 'refused' | 'distrusted'; readonly generation: number }
  | { readonly outcome: 'unresolved' };

/** The hosts that DiscoverPollEndpoint names: numbered ones to those who ask over the public path (domain.md §1). */
export type Hosts = 'numbered' | 'un-numbered';

/** VPC, endpoints, DNS and the way to the internet. */
export class Network {
  readonly endpoints = Object.fromEntries(
    endpointServices.map((service) => [
      service,
      { exists: false, privateDns: false, open: true, generation: 0 },
    ]),
  ) as Readonly<Record<EndpointService, Endpoint>>;
  dns: DnsMode = 'vpc';
  /** Names that no nameserver answers, or answers with both kinds of addresses, or with none. */
  odd = new Map<EndpointService, 'failed' | 'mixed' | 'absent'>();
  nat = true;
  /** What the endpoint policies do not allow. */
  refuses: 'poll' | 'discover' | undefined;
  /** Since when they are as they are. */
  policySinceMs = 0;
  /** Its registration was taken away: connecting ends with InactiveInstanceException, and an hour's wait. */
  deregistered = false;
  /** The agent has another resolver than the host, and it knows the public zone only. */
  agentHasOwnResolver = false;
  /** The agent does not trust the endpoints' certificates. */
  agentDistrusts = false;
  private questions = 0;

  /** What the nameserver that is asked next says. One look is one question: all names at the same server. */
  nextQuestion(): void {
    this.questions += 1;
  }

  classOf(service: EndpointService): EndpointClass {
    const odd = this.odd.get(service);
    if (odd !== undefined) return odd;
    if (this.dns === 'public-view' || (this.dns === 'flapping' && this.questions % 2 === 0)) return 'public';
    return this.endpoints[service].privateDns ? 'private' : 'public';
  }

  /** The truth behind the names: every nameserver would answer privately. */
  get allPrivate(): boolean {
    return endpointServices.every((service) => this.endpoints[service].privateDns);
  }

  reachable(service: EndpointService): boolean {
    const { exists, open } = this.endpoints[service];
    return exists && open;
  }

  /** What ECS answers who asks through its endpoint what the agent will ask. */
  answer(): PreflightAnswer {
    if (!this.reachable('ecs')) return unanswered('no answer in time');
    if (this.refuses === 'discover')
      return { outcome: 'refused', said: 'no VPC endpoint policy allows the action' };
    return { outcome: 'told', acsHost: 'ecs-a.us-east-1.amazonaws.com' };
  }

  /** A connection of the agent's to one of the services. */
  dial(service: EndpointService, hosts: Hosts, random: Random): Dialled {
    if (hosts === 'numbered' || this.agentHasOwnResolver) return this.dialPublic();
    if (this.dns === 'flapping') this.questions = Math.floor(random() * 2);
    const seen = this.classOf(service);
    if (seen === 'failed' || seen === 'absent') return { outcome: 'unresolved' };
    const goesPublic = seen === 'public' || (seen === 'mixed' && pick(random, [true, false]));
    return goesPublic ? this.dialPublic() : this.dialPrivate(service);
  }

  private dialPublic(): Dialled {
    return { to: 'public', outcome: this.nat ? 'connected' : 'closed', generation: 0 };
  }

  private dialPrivate(service: EndpointService): Dialled {
    const { generation } = this.endpoints[service];
    if (!this.reachable(service)) return { to: 'private', outcome: 'closed', generation };
    if (this.agentDistrusts) return { to: 'private', outcome: 'distrusted', generation };
    if (service === 'ecs-agent' && this.refuses === 'poll')
      return { to: 'private', outcome: 'refused', generation };
    return { to: 'private', outcome: 'connected', generation };
  }
}
