import { describeAbsent, describeMixed, describeSearched } from '../../endpoints/dns-problem.ts';
import type { EndpointName } from '../../endpoints/endpoint-names.ts';
import type { EndpointObservation } from '../../endpoints/endpoint-observation.ts';
import { describeProbeFailure, type ProbeFailure } from '../../endpoints/probe-problem.ts';
import type { EndpointService } from '../../settings/endpoint-services.ts';
import { createEndpoint, enablePrivateDns, findEndpoint } from '../aws-commands.ts';
import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip, warn } from '../finding.ts';

const sampleHost = 'ecs-a.REGION.amazonaws.com';
const target = {
  name: { service: 'ecs-agent', host: sampleHost, serviceName: 'com.amazonaws.REGION.ecs-agent' },
  address: '10.0.1.10',
  port: 443,
} as const;
const sample = (failure: ProbeFailure) => describeProbeFailure(failure, target);
const certificate = (code: string) =>
  sample({
    stage: 'certificate',
    code,
    issuer: 'ISSUER',
    names: 'NAMES',
    trust: { words: 'TRUST', of: 'host' },
  });

const closed =
  'The name is private, but the endpoint cannot be used from here; a restarted agent would be cut off.';
const impostor =
  'Something other than the ECS endpoint answers, or this host cannot tell that it is the endpoint.';

/** One check per endpoint: its answers, their class, and 443 with TLS at every address. */
export function endpointCheck<const Service extends EndpointService>(service: Service) {
  return check({
    name: `endpoint-${service}`,
    title: `The ${service} endpoint: answers, their class, TCP 443, TLS name, issuer and latency at each address`,
    findings: {
      'endpoint-public': fail(
        'In this VPC there is no interface endpoint for the service, or its private DNS names are switched off: the name ' +
          'leads to the public service.',
        `See whether it exists: ${findEndpoint}. If not: ${createEndpoint}. If it does: ${enablePrivateDns}. If it is in a ` +
          'hub VPC: associate the hub’s hosted zone for {host} with {vpcId}.',
      ),
      'endpoint-not-resolved': fail('No nameserver gave a usable answer for the name.', 'See dns-host-view.'),
      'dns-no-address': fail(
        'The nameserver says that the name does not exist, which is not so anywhere: it exists publicly.',
        describeAbsent(sampleHost, 'NAMESERVER', 'NXDOMAIN'),
      ),
      'dns-mixed-answers': fail(
        'The agent picks any of the answers, so every other connection would take the public path.',
        describeMixed(sampleHost, [], 'NAMESERVER'),
      ),
      'dns-search-domain': fail(
        'The agent’s resolver tries search domains before the name itself, and one of them answers.',
        describeSearched('{host}', '{host}.DOMAIN', []),
      ),
      'endpoint-tcp-timeout': fail(closed, sample({ stage: 'tcp', code: 'TIMEOUT', timeoutMs: 2_000 })),
      'endpoint-tcp-refused': fail(closed, sample({ stage: 'tcp', code: 'ECONNREFUSED', detail: '' })),
      'endpoint-no-route': fail(closed, sample({ stage: 'tcp', code: 'EHOSTUNREACH', detail: '' })),
      'endpoint-tls-failed': fail(impostor, sample({ stage: 'tls', code: 'ECONNRESET', detail: '' })),
      'endpoint-tls-name': fail(impostor, certificate('ERR_TLS_CERT_ALTNAME_INVALID')),
      'endpoint-tls-untrusted': fail(impostor, certificate('SELF_SIGNED_CERT_IN_CHAIN')),
      'endpoint-tls-expired': fail(impostor, certificate('CERT_HAS_EXPIRED')),
      'trust-store-unreadable': fail(
        'No certificate can be verified on this host.',
        'Install ca-certificates, or set ECS_PRIVATELINKD_CA_FILE to a readable PEM file.',
      ),
      'endpoint-partly-reachable': warn(
        'The agent tries the addresses one after the other, so it gets through, after waiting; in the other zone the ' +
          'endpoint is of no use.',
        '{advice}',
      ),
      'endpoint-not-looked-at': skip(
        'The name of the endpoint is not known without the region.',
        'Fix the region first.',
      ),
    },
    needs: ['observation'],
    run: async (host) => {
      const observation = (await host.observation()).endpoints?.endpoints.find(
        (one) => one.service === service,
      );
      const name = (await host.names()).find((one) => one.service === service);
      if (observation === undefined || name === undefined) {
        return found('endpoint-not-looked-at', 'its name is not known');
      }
      return { ...judge(observation, name), service };
    },
  });
}

function judge(endpoint: EndpointObservation, name: EndpointName) {
  const addresses = endpoint.addresses.map(({ address }) => address).join(', ');
  if (endpoint.class === 'failed') {
    return found('endpoint-not-resolved', `${endpoint.host}: ${endpoint.rule}`);
  }
  if (endpoint.problem !== undefined) return foundProblem(endpoint.problem);
  if (endpoint.class === 'public') {
    return found('endpoint-public', `${endpoint.host} is public: ${addresses}`, {
      serviceName: name.serviceName,
      id: 'ENDPOINT_ID',
      host: endpoint.host,
    });
  }
  const bad = endpoint.probes.filter(({ ok }) => !ok);
  const [problem] = bad.map((probe) => probe.problem).filter((one) => one !== undefined);
  if (problem !== undefined) {
    // The check's own name says which endpoint it is; the address is what is news.
    const message = problem.message.replace(`${endpoint.host} (${name.serviceName}) at `, '');
    if (bad.length === endpoint.probes.length) return foundProblem({ ...problem, message });
    const seen = `${bad.length} of ${endpoint.probes.length} addresses fail: ${message}`;
    return found('endpoint-partly-reachable', seen, { advice: problem.advice });
  }
  const slowest = Math.max(...endpoint.probes.map(({ durationMs }) => durationMs));
  const issuer = endpoint.probes[0]?.issuer;
  const from = endpoint.source === 'hosts-file' ? 'hosts file' : `TTL ${endpoint.ttl ?? '?'}`;
  return passed(`${addresses} · 443 in ${slowest} ms · ${from}${issuer === undefined ? '' : ` · ${issuer}`}`);
}
