import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the stand-in for the EC2 API tells, and how it behaves. */
export interface Ec2State {
  mode: 'answer' | 'unauthorized' | 'expired' | 'hang';
  dnsSupport: boolean;
  dnsHostnames: boolean;
  endpoints: {
    id: string;
    service: string;
    state: string;
    privateDns: boolean;
    subnetIds: string[];
    groupId: string;
    policy?: string;
  }[];
  /** Sources of TCP 443 by group. */
  groups: Record<string, { cidrs?: string[]; groupIds?: string[] }>;
  /** Zone and block by subnet. */
  subnets: Record<string, { zone: string; cidr: string }>;
}

export interface Ec2Api {
  readonly url: string;
  readonly state: Ec2State;
  /** Actions asked for so far. */
  readonly actions: readonly string[];
  close(): Promise<void>;
}

export const instanceSubnet = 'subnet-0a9b8c7d6e5f40312';

export function healthyState(): Ec2State {
  const services = ['ecs-agent', 'ecs-telemetry', 'ecs'];
  return {
    mode: 'answer',
    dnsSupport: true,
    dnsHostnames: true,
    endpoints: services.map((service, index) => ({
      id: `vpce-0${index}0123456789abcde`,
      service: `com.amazonaws.us-east-1.${service}`,
      state: 'available',
      privateDns: true,
      subnetIds: [instanceSubnet, 'subnet-0bbbbbbbbbbbbbbbb'],
      groupId: 'sg-0a1b2c3d4e5f60718',
    })),
    groups: { 'sg-0a1b2c3d4e5f60718': { cidrs: ['10.0.0.0/16'] } },
    subnets: {
      [instanceSubnet]: { zone: 'us-east-1a', cidr: '10.0.1.0/24' },
      'subnet-0bbbbbbbbbbbbbbbb': { zone: 'us-east-1b', cidr: '10.0.2.0/24' },
    },
  };
}

/** The EC2 query protocol on loopback: form in, XML out (API version 2016-11-15). */
export async function startEc2Api(): Promise<Ec2Api> {
  const state = healthyState();
  const actions: string[] = [];
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const action = form.get('Action') ?? '';
    actions.push(action);
    if (state.mode === 'hang') return;
    if (state.mode === 'unauthorized') return refuse(response, 403, 'UnauthorizedOperation');
    if (state.mode === 'expired') return refuse(response, 400, 'RequestExpired');
    const body = answers[action]?.(state, form);
    if (body === undefined) return refuse(response, 400, 'InvalidAction');
    send(
      response,
      200,
      `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${body}</${action}Response>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    actions,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const answers: Readonly<Record<string, (state: Ec2State, form: URLSearchParams) => string>> = {
  DescribeVpcAttribute: (state, form) => {
    const name = form.get('Attribute') ?? '';
    const value = name === 'enableDnsSupport' ? state.dnsSupport : state.dnsHostnames;
    return `<vpcId>${form.get('VpcId')}</vpcId><${name}><value>${value}</value></${name}>`;
  },
  DescribeVpcEndpoints: ({ endpoints }, form) => {
    const asked = [...form].filter(([key]) => key.startsWith('Filter.2.Value.')).map(([, value]) => value);
    return `<vpcEndpointSet>${items(
      endpoints.filter(({ service }) => asked.includes(service)),
      (endpoint) =>
        `<vpcEndpointId>${endpoint.id}</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType>` +
        `<serviceName>${endpoint.service}</serviceName><state>${endpoint.state}</state>` +
        `<privateDnsEnabled>${endpoint.privateDns}</privateDnsEnabled>` +
        `<subnetIdSet>${items(endpoint.subnetIds, (id) => id)}</subnetIdSet>` +
        `<groupSet>${items([endpoint.groupId], (id) => `<groupId>${id}</groupId><groupName>e</groupName>`)}</groupSet>` +
        (endpoint.policy === undefined
          ? ''
          : `<policyDocument>${endpoint.policy.replaceAll('"', '&quot;')}</policyDocument>`),
    )}</vpcEndpointSet>`;
  },
  DescribeSecurityGroups: ({ groups }) =>
    `<securityGroupInfo>${items(Object.entries(groups), ([id, { cidrs = [], groupIds = [] }]) => {
      const permission =
        '<ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort>' +
        `<groups>${items(groupIds, (group) => `<groupId>${group}</groupId>`)}</groups>` +
        `<ipRanges>${items(cidrs, (cidr) => `<cidrIp>${cidr}</cidrIp>`)}</ipRanges>`;
      const ssh =
        '<ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>';
      return `<groupId>${id}</groupId><ipPermissions>${items([permission, ssh], (one) => one)}</ipPermissions>`;
    })}</securityGroupInfo>`,
  DescribeSubnets: ({ subnets }) =>
    `<subnetSet>${items(
      Object.entries(subnets),
      ([id, { zone, cidr }]) =>
        `<subnetId>${id}</subnetId><availabilityZone>${zone}</availabilityZone><cidrBlock>${cidr}</cidrBlock>`,
    )}</subnetSet>`,
};

function items<T>(list: readonly T[], body: (item: T) => string): string {
  return list.map((item) => `<item>${body(item)}</item>`).join('');
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const error = `<Error><Code>${code}</Code><Message>You are not authorized to perform this operation.</Message></Error>`;
  send(response, status, `<Response><Errors>${error}</Errors><RequestID>1</RequestID></Response>`);
}

function send(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': 'text/xml;charset=UTF-8' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
}
