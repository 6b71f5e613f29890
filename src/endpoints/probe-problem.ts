import type { Problem } from '../kit/problem.ts';
import type { EndpointName } from './endpoint-names.ts';
import type { TrustSource } from './trust-source.ts';

/** How a probe ended. `code` is Node.js's (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, …), or `TIMEOUT` for our own. */
export type ProbeFailure =
  | { readonly stage: 'tcp' | 'tls'; readonly code: 'TIMEOUT'; readonly timeoutMs: number }
  | { readonly stage: 'tcp' | 'tls'; readonly code: string; readonly detail: string }
  | {
      readonly stage: 'certificate';
      readonly code: string;
      readonly issuer: string | undefined;
      /** The certificate's names, as OpenSSL writes them. */
      readonly names: string | undefined;
      /** Where the certificate authorities come from. */
      readonly trust: Pick<TrustSource, 'words' | 'of'>;
    };

export interface ProbeTarget {
  readonly name: EndpointName;
  readonly address: string;
  readonly port: number;
}

/** The operator's words for a failed probe. */
export function describeProbeFailure(failure: ProbeFailure, target: ProbeTarget): Problem {
  if (failure.stage === 'certificate') return describeCertificate(failure, target);
  const where = placeOf(target);
  const timedOut = 'timeoutMs' in failure;
  if (failure.stage === 'tls') {
    const why = timedOut ? `not finished ${inSeconds(failure.timeoutMs)} after connecting` : failure.detail;
    return {
      code: 'endpoint-tls-failed',
      message: `${where} accepts TCP, but the TLS handshake failed: ${why}`,
      advice:
        `Something between here and the endpoint ends or filters TLS, or ${target.address} is not the endpoint: ` +
        `see \`${describeEndpoints(target)}\` for its addresses. Large packets that get lost (MTU) look like this too.`,
    };
  }
  if (timedOut || failure.code === 'ETIMEDOUT') {
    return {
      code: 'endpoint-tcp-timeout',
      message: `${where} does not answer on TCP ${target.port}${timedOut ? ` within ${inSeconds(failure.timeoutMs)}` : ''}`,
      advice: securityGroupAdvice(target),
    };
  }
  if (failure.code === 'ECONNREFUSED') {
    return {
      code: 'endpoint-tcp-refused',
      message: `${where} refuses TCP ${target.port}`,
      advice:
        `An endpoint's network interface does not refuse by itself: check that the endpoint is \`available\` and that ` +
        `${target.address} belongs to it, and firewalls that reject. ${securityGroupAdvice(target)}`,
    };
  }
  return {
    code: 'endpoint-no-route',
    message: `${where} cannot be reached on TCP ${target.port}: ${failure.detail}`,
    advice:
      `Check the route from this subnet to ${target.address} (the VPC's own route, peering, or the transit gateway for ` +
      `a hub VPC), network ACLs and this host's firewall. ${securityGroupAdvice(target)}`,
  };
}

/** Node.js's code for a certificate that is trusted and not valid for the name. */
export const wrongName = 'ERR_TLS_CERT_ALTNAME_INVALID';
const outOfTime: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
};

function describeCertificate(
  { code, issuer, names, trust }: Extract<ProbeFailure, { stage: 'certificate' }>,
  target: ProbeTarget,
): Problem {
  const where = placeOf(target);
  const from = `from ${issuer ?? 'an unnamed issuer'}`;
  if (code === wrongName) {
    return {
      code: 'endpoint-tls-name',
      message: `${where} shows a certificate for other names (${names ?? 'none'})`,
      advice:
        `${target.address} is not the ${target.name.serviceName} endpoint: a record in a private hosted zone, the hosts file ` +
        `or a DNS server points at the wrong one. Compare with \`${describeEndpoints(target)}\`.`,
    };
  }
  const validity = outOfTime[code];
  if (validity !== undefined) {
    return {
      code: 'endpoint-tls-expired',
      message: `${where} shows a certificate ${from} that ${validity}`,
      advice:
        "Compare this host's clock with true time first (`timedatectl`, `chronyc tracking`): AWS renews its certificates. " +
        'If the clock is right, something else than AWS answers there.',
    };
  }
  return {
    code: 'endpoint-tls-untrusted',
    message: `${where} shows a certificate ${from} that ${trust.words} does not trust (${code})`,
    advice:
      'A proxy or firewall that opens TLS shows its own certificates: exempt the endpoint from it, or ' +
      `${trust.of === 'agent' ? agentTrustAdvice : hostTrustAdvice}`,
  };
}

const hostTrustAdvice =
  'set ca-file to a PEM file with its authority (the agent must trust it too). If the issuer is Amazon, update ca-certificates.';

const agentTrustAdvice =
  'let the agent trust its authority: a PEM file with all that it needs in a directory that its container sees, such as ' +
  '/etc/ecs/ca-bundle.pem, named by SSL_CERT_FILE=/etc/ecs/ca-bundle.pem in /etc/ecs/ecs.config, then ' +
  '`systemctl restart ecs`. If the issuer is Amazon, update the agent.';

function placeOf({ name, address }: ProbeTarget): string {
  return `${name.host} (${name.serviceName}) at ${address}`;
}

function inSeconds(ms: number): string {
  return `${ms / 1000} s`;
}

function describeEndpoints({ name }: ProbeTarget): string {
  return `aws ec2 describe-vpc-endpoints --region ${regionOf(name)} --filters Name=service-name,Values=${name.serviceName}`;
}

/** `com.amazonaws.us-east-1.ecs-agent`: the AWS CLI asks its own region otherwise, where there may be no such endpoint. */
function regionOf({ serviceName }: EndpointName): string {
  return serviceName.split('.').at(-2) ?? '';
}

function securityGroupAdvice(target: ProbeTarget): string {
  const { address, port } = target;
  const permission = address.includes(':')
    ? `--ip-permissions 'IpProtocol=tcp,FromPort=${port},ToPort=${port},Ipv6Ranges=[{CidrIpv6=SUBNET_CIDR}]'`
    : `--protocol tcp --port ${port} --cidr SUBNET_CIDR`;
  return (
    `The security group of the endpoint's network interfaces must allow inbound TCP ${port} from this instance's subnet CIDR ` +
    `or security group. Find it with \`${describeEndpoints(target)} --query 'VpcEndpoints[].Groups[].GroupId'\`, then ` +
    `\`aws ec2 authorize-security-group-ingress --region ${regionOf(target.name)} --group-id GROUP_ID ${permission}\`.`
  );
}
