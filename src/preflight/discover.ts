import { Agent } from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import { checkServerIdentity, rootCertificates } from 'node:tls';
import { DiscoverPollEndpointCommand, ECSClient } from '@aws-sdk/client-ecs';
import { fromInstanceMetadata } from '@smithy/credential-provider-imds';
import { trustSource } from '../endpoints/trust-source.ts';
import { certificatesIn, trusting, withoutCommonName } from '../endpoints/trust-store.ts';
import type { PreflightAnswer, PreflightRequest } from './preflight-answer.ts';
import { unanswered } from './preflight-answer.ts';
import { preflightFailure } from './preflight-failure.ts';

/** Once it is loaded the child has 10 s (ask-preflight.ts). */
const limits = { imdsMs: 2_000, connectMs: 2_500, requestMs: 5_000, allMs: 9_000, answerBytes: 64 * 1024 };

/**
 * One signed DiscoverPollEndpoint, through the address given, with the role's credentials. Never throws, and neither the
 * credentials nor anything that may hold them is in the answer.
 */
export async function discover(request: PreflightRequest): Promise<PreflightAnswer> {
  const { region, host, address, cluster, containerInstanceArn, trust } = request;
  const secrets: string[] = [];
  const whole = AbortSignal.timeout(limits.allMs);
  // The SDK's own: it takes the endpoint of IMDS from the variables that ask-preflight.ts sets.
  const ofRole = fromInstanceMetadata({
    timeout: limits.imdsMs,
    maxRetries: 0,
    ec2MetadataV1Disabled: !request.imdsV1Fallback,
  });
  try {
    const source = trustSource(trust.by);
    // The agent has ended meanwhile; this host's authorities in their place may be others.
    const ended = unanswered('whom the agent trusts can no longer be seen');
    if (source.words !== trust.words) return ended;
    const authorities = [...source.texts(rootCertificates)].flatMap(certificatesIn);
    if (source.hasEnded()) return ended;
    const client = new ECSClient({
      region,
      endpoint: `https://${isIPv6(host) ? `[${host}]` : host}`,
      credentials: async () => {
        const found = await ofRole();
        secrets.push(found.secretAccessKey, found.accessKeyId, found.sessionToken ?? '');
        return found;
      },
      maxAttempts: 2,
      streamCollector: collected,
      requestHandler: {
        connectionTimeout: limits.connectMs,
        requestTimeout: limits.requestMs,
        throwOnRequestTimeout: true,
        httpsAgent: new Agent({
          keepAlive: false,
          lookup: (_host, { all }, done) => {
            const family = isIP(address);
            if (all) done(null, [{ address, family }]);
            else done(null, address, family);
          },
          ...trusting(authorities),
          checkServerIdentity: (name, shown) => checkServerIdentity(name, withoutCommonName(shown)),
        }),
      },
    });
    const { endpoint } = await client.send(
      new DiscoverPollEndpointCommand({ cluster, containerInstance: containerInstanceArn }),
      { abortSignal: whole },
    );
    if (endpoint === undefined || !URL.canParse(endpoint)) return unanswered('the answer names no host');
    return { outcome: 'told', acsHost: new URL(endpoint).hostname };
  } catch (thrown) {
    // An answer that was begun ends with a code as if there were no way to the endpoint.
    return whole.aborted ? unanswered('no answer in time') : preflightFailure(thrown, secrets);
  }
}

/**
 * The whole of an answer, which has a few hundred bytes: the memory that megabytes of it would take is the daemon's too.
 * @throws AnswerTooLong
 */
async function collected(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > limits.answerBytes) throw Object.assign(new Error(), { name: 'AnswerTooLong' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
