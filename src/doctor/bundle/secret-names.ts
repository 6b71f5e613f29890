/** What the name of a secret has in it, in lower case and without what joins its words. */
const inSecretNames = new RegExp(
  [
    'secret|passw|passphrase|passcode|pwd|token|credential|cookie|signature|authorization|authdata|bearer|jwt|webhook',
    '(?:access|account|api|app|application|auth|cipher|client|consumer|customer|decryption|deploy|encryption)key',
    '(?:hmac|host|insert|licen[cs]e|master|private|session|shared|signing|ssh|storage)key|privkey|sessid|sessionid',
    'connectionstring|dockercfg|dockerconfigjson|kubeconfig',
    '(?:auth|pass|psk|otp|creds?|pw)$',
    '^(?:sig|pin|sas)$',
  ].join('|'),
);

/** Their values may be all digits; those of others (`tokenTtlSeconds`) are then no secret. */
const maybeDigits = /pass|pwd|pw$|^pin$|otp$|secret/;

function joined(name: string): string {
  return name.toLowerCase().replaceAll(/[_.\-\s]/g, '');
}

/** Whether the value of what is called so is a secret. */
export function isSecretName(name: string): boolean {
  return inSecretNames.test(joined(name));
}

/** Whether a value that has a secret's name is none all the same. */
export function isHarmless(name: string, value: string): boolean {
  return /^(?:null|true|false)$/.test(value) || (/^\d+$/.test(value) && !maybeDigits.test(joined(name)));
}
