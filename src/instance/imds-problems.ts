import type { Problem } from '../kit/problem.ts';

const byHand =
  'On a host without IMDS (ECS Anywhere has none) set ECS_PRIVATELINKD_REGION and ECS_PRIVATELINKD_SUFFIX ' +
  'by hand, and AWS_EC2_METADATA_DISABLED=true so that it is not asked for again.';

const modifyOptions =
  'aws ec2 modify-instance-metadata-options --instance-id INSTANCE_ID --http-endpoint enabled ' +
  '--http-tokens required --http-put-response-hop-limit 2';

/** IMDS answered, but gives no token or no item to us. `what` says what was asked, `status` is HTTP's. */
export function imdsRefused(endpoint: string, what: string, status: number): Problem {
  return {
    code: 'imds-refused',
    message: `IMDS at ${endpoint} refused ${what} (HTTP ${status}): it is switched off or does not accept us`,
    advice:
      `Look at the instance metadata options and switch IMDS on with session tokens: ${modifyOptions}. ` +
      `A proxy or firewall in between has the same effect. ${byHand}`,
  };
}

/** No connection to IMDS. `reason` is the system's error code or text. */
export function imdsUnreachable(endpoint: string, reason: string): Problem {
  return {
    code: 'imds-unreachable',
    message: `IMDS at ${endpoint} cannot be reached (${reason})`,
    advice:
      'Check that no firewall rule or route of this host keeps this process from the address, and that ' +
      'AWS_EC2_METADATA_SERVICE_ENDPOINT and AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE are right or unset. ' +
      byHand,
  };
}

/** An answer that IMDS gives when it is asked too often, and now and then when it is out of order. */
export function imdsThrottled(endpoint: string, status: number): Problem {
  return {
    code: 'imds-throttled',
    message: `IMDS at ${endpoint} answers HTTP ${status}, as it does when it throttles requests`,
    advice:
      'It is asked again later, less and less often. If it goes on, find the process on this instance that asks IMDS, the ' +
      'VPC resolver or NTP too often: each network interface may send 1,024 packets a second to them together.',
  };
}

/** No complete answer in time. */
export function imdsTimeout(endpoint: string, what: string, timeoutMs: number): Problem {
  return {
    code: 'imds-timeout',
    message: `IMDS at ${endpoint} did not answer ${what} within ${timeoutMs} ms`,
    advice:
      'Inside a container without host networking the hop limit must be 2 or more, otherwise token answers ' +
      `never arrive: ${modifyOptions}. Else look for a firewall rule that drops packets to it. ${byHand}`,
  };
}

/** Each request is answered, and all of them together take too long. */
export function imdsSlow(endpoint: string, limitMs: number): Problem {
  return {
    code: 'imds-slow',
    message: `reading IMDS at ${endpoint} did not finish within ${limitMs / 1000} s`,
    advice:
      'Find the process on this instance that asks IMDS, the VPC resolver or NTP too often: each network interface ' +
      'may send 1,024 packets a second to them together (`ethtool -S eth0 | grep linklocal` counts what was dropped).',
  };
}

/** An answer that cannot be used: `why` completes "answered … ". */
export function imdsBadAnswer(endpoint: string, what: string, why: string): Problem {
  return {
    code: 'imds-bad-answer',
    message: `IMDS at ${endpoint} gave an answer to ${what} that cannot be used: ${why}`,
    advice:
      'Something other than EC2 may be answering at that address: look for a proxy, a captive portal or an ' +
      'IMDS stand-in on this host, and check AWS_EC2_METADATA_SERVICE_ENDPOINT. ' +
      'ECS_PRIVATELINKD_REGION and ECS_PRIVATELINKD_SUFFIX can be set by hand meanwhile.',
  };
}

/** Configuration says not to ask, and the region was not set by hand. */
export function imdsDisabled(): Problem {
  return {
    code: 'imds-disabled',
    message: 'IMDS is not to be asked (AWS_EC2_METADATA_DISABLED=true) and the region is not set',
    advice: 'Set ECS_PRIVATELINKD_REGION and ECS_PRIVATELINKD_SUFFIX, or remove AWS_EC2_METADATA_DISABLED.',
  };
}

/** IMDS answers, but names no region. */
export function imdsNoRegion(): Problem {
  return {
    code: 'imds-no-region',
    message: 'IMDS names no region for this instance',
    advice: 'Set ECS_PRIVATELINKD_REGION, for example to us-east-1.',
  };
}
