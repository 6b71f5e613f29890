/**
 * What must not leave the host in an archive, and what stands in its place. Kept, because a case cannot be worked
 * on without them: IP addresses, host names, ids of instances, VPCs, subnets, endpoints and containers.
 */
const rules: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Credentials in a URL: proxies, mostly.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^/@\s"'\\]+@/gi, '$1REDACTED@'],
  // Signed URLs and requests (Signature Version 4).
  [/\b(X-Amz-(?:Security-Token|Signature|Credential))=[^&\s"'\\]+/gi, '$1=REDACTED'],
  [
    /\b(Authorization|Cookie|Set-Cookie|X-aws-ec2-metadata-token|X-Amz-Security-Token)(["']?\s*[:=]\s*["']?)[^\r\n"'\\]+/gi,
    '$1$2REDACTED',
  ],
  // Access key ids (IAM User Guide, "Understanding unique ID prefixes").
  [/\b(?:AKIA|ASIA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,}\b/g, 'REDACTED-KEY-ID'],
  // KEY=VALUE and "key": "value" whose name says that the value is secret.
  [
    /\b([\w-]*(?:secret|password|passwd|token|credential|auth_data|private_?key|api_?key)[\w-]*)(\\?["']?\s*[:=]\s*\\?["']?)(?!\s*(?:null|true|false|\d+\b)[\s,}])[^\s"'\\,}&]+/gi,
    '$1$2REDACTED',
  ],
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    'REDACTED PRIVATE KEY',
  ],
  // Account ids: in ARNs and image registries.
  [/(\barn(?::|%3A)[\w-]*(?::|%3A)[\w-]*(?::|%3A)[\w-]*(?::|%3A))\d{12}\b/gi, '$1ACCOUNT'],
  [/\b\d{12}(\.dkr\.ecr\.)/g, 'ACCOUNT$1'],
  [/("?account_?id"?\s*[:=]\s*"?)\d{12}\b/gi, '$1ACCOUNT'],
];

/** The text without secrets. Applied to every file of an archive, whatever it holds. */
export function redact(text: string): string {
  return rules.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}
