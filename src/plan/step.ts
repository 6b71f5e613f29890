/** One thing to create or to change. All of a plan, in their order, leave nothing missing. */
export type Step =
  | { readonly kind: 'vpc-attribute'; readonly attribute: 'enableDnsSupport' | 'enableDnsHostnames' }
  | {
      /** A rule that lets TCP 443 in, of a group that is there. */
      readonly kind: 'group-rule';
      readonly groupId: string;
      readonly cidr: string;
    }
  | {
      /** The group of all interface endpoints that are created; lets TCP 443 in from these blocks. */
      readonly kind: 'new-group';
      readonly cidrs: readonly string[];
    }
  | {
      /** With private DNS names, and `new-group` for its group. One subnet for each zone. */
      readonly kind: 'interface-endpoint';
      readonly service: string;
      readonly serviceName: string;
      readonly subnetIds: readonly string[];
    }
  | {
      readonly kind: 'gateway-endpoint';
      readonly service: string;
      readonly serviceName: string;
      readonly routeTableIds: readonly string[];
    }
  | {
      readonly kind: 'add-subnet';
      readonly service: string;
      readonly endpointId: string;
      readonly subnetId: string;
    }
  | {
      readonly kind: 'add-route-table';
      readonly service: string;
      readonly endpointId: string;
      readonly routeTableId: string;
    }
  | { readonly kind: 'private-dns'; readonly service: string; readonly endpointId: string }
  | {
      /** What no tool may decide: said in words, with what to look at. */
      readonly kind: 'by-hand';
      readonly service: string | undefined;
      readonly what: string;
    };

/** Whether a step makes something that costs or exists by itself, rather than changing what is there. */
export function isCreation({ kind }: Step): boolean {
  return kind === 'new-group' || kind === 'interface-endpoint' || kind === 'gateway-endpoint';
}
