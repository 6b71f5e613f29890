/** Variables of the agent's environment that are used; the values of all others are dropped before they are text. */
export const usedVariables = [
  'ECS_BACKEND_HOST',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_ECS',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_DEFAULT_REGION',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'ECS_INSTANCE_IP_COMPATIBILITY',
  'ECS_AGENT_CONFIG_FILE_PATH',
  'ECS_DISABLE_METRICS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
] as const;

export type UsedVariable = (typeof usedVariables)[number];

/**
 * Each has the AWS SDK take credentials before those of the instance's role (`resolveCredentialChain` of its config package).
 * Only whether it is set is used: its value is dropped like any other.
 */
export const credentialVariables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_ACCESS_KEY',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
] as const;

type UsedName = UsedVariable | (typeof credentialVariables)[number];

/** Of the agent's environment, what is used. */
export type UsedEnvironment = ReadonlyMap<UsedName, string>;

/** Of the entries of an environment, what is used; of credentials only whether there are any. */
export function usedEnvironment(entries: readonly string[]): UsedEnvironment {
  const environment = new Map<UsedName, string>();
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    const value = entry.slice(equals + 1);
    const isNamed = (one: string) => one === entry.slice(0, equals);
    const name = usedVariables.find(isNamed);
    if (name !== undefined) environment.set(name, value);
    const credential = credentialVariables.find(isNamed);
    if (credential !== undefined) environment.set(credential, value && 'set');
  }
  return environment;
}

const quote = 0x22;
const backslash = 0x5c;
const at = 0x40;

/**
 * Overwrites in an inspect answer, while it still is bytes, what of the environment is not used (the registry's password is
 * there: `ECS_ENGINE_AUTH_DATA`), and the credentials of proxies. The same JSON otherwise. What is text once cannot be
 * overwritten, and stays in memory for as long as the garbage collector likes.
 */
export function blankEnvironment(answer: Buffer): void {
  for (let list = nextList(answer, 0); list >= 0; list = nextList(answer, list)) {
    for (let open = list; answer[open] === quote; ) {
      const close = endOfText(answer, open + 1);
      blankEntry(answer.subarray(open + 1, close));
      // A comma, and the next entry.
      open = close + 1;
      while (answer[open] === 0x2c || answer[open] === 0x20 || answer[open] === 0x0a) open += 1;
    }
  }
}

/** Where the first entry of the next environment begins; below 0 when there is none. */
function nextList(answer: Buffer, from: number): number {
  const key = answer.indexOf('"Env"', from);
  if (key < 0) return key;
  let place = key + 5;
  while ([0x3a, 0x20, 0x0a, 0x5b].includes(answer[place] ?? 0)) place += 1;
  return place;
}

function endOfText(answer: Buffer, from: number): number {
  let place = from;
  while (place < answer.length && answer[place] !== quote) place += answer[place] === backslash ? 2 : 1;
  return place;
}

/** The same for one entry, `NAME=value`. */
export function blankEntry(entry: Buffer): void {
  const equals = entry.indexOf('=');
  if (equals < 0) return;
  const name = entry.toString('latin1', 0, Math.min(equals, 64));
  const value = entry.subarray(equals + 1);
  const used = usedVariables.some((one) => one === name);
  if (!used) value.fill('x');
  // What the agent makes of it ends at the last one too.
  else blankCredentials(value);
}

function blankCredentials(url: Buffer): void {
  if (url.lastIndexOf(at) > 0) url.fill('x', Math.max(0, url.indexOf('://') + 3), url.lastIndexOf(at));
}

/** Names of the agent's own file of settings that are used, in small letters. */
const usedSettings: readonly string[] = ['apiendpoint', 'awsregion', 'cluster'];

/**
 * The same for the agent's own file of settings: the texts below all names that are not used (the registry's password is in
 * `EngineAuthData`), and the credentials of URLs. What is no JSON stays none.
 */
export function blankUnusedTexts(file: Buffer): void {
  let depth = 0;
  let isName = false;
  let name = '';
  for (let place = 0; place < file.length; place += 1) {
    const character = String.fromCharCode(file[place] ?? 0);
    if (character !== '"') {
      depth += steps.get(character) ?? 0;
      if (depth === 1 && '{,:'.includes(character)) isName = character !== ':';
      continue;
    }
    const end = endOfText(file, place + 1);
    const text = file.subarray(place + 1, end);
    if (isName && depth === 1) name = text.toString('latin1').toLowerCase();
    else blankSetting(name, text);
    place = end;
  }
}

function blankSetting(name: string, text: Buffer): void {
  if (!mayBeUsed(name)) blankText(text);
  else if (name === 'apiendpoint') blankCredentials(text);
}

const steps: ReadonlyMap<string, number> = new Map([
  ['{', 1],
  ['[', 1],
  [']', -1],
  ['}', -1],
]);

/** A name that is written in another way than in plain letters may be any. */
function mayBeUsed(name: string): boolean {
  return !/^\w+$/.test(name) || usedSettings.includes(name);
}

/** What an escape begins with stays, and what may stand in no text: another parser is to say the same of it. */
function blankText(text: Buffer): void {
  for (let place = 0; place < text.length; place += 1) {
    const byte = text[place] ?? 0;
    if (byte === backslash) place += text[place + 1] === 0x75 ? 5 : 1;
    else if (byte >= 0x20) text[place] = 0x78;
  }
}
