import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImdsClient, type ImdsClient, type ImdsSettings } from '../../../src/instance/imds-client.ts';
import { ImdsError } from '../../../src/instance/imds-error.ts';
import { hasIpv6Loopback } from '../kit/ipv6-loopback.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { type FakeImds, type Fault, startFakeImds } from './fake-imds.ts';

const region = 'meta-data/placement/region';
const get = `GET ${region}`;
const put = 'PUT api/token';
const never = new AbortController().signal;

let fake: FakeImds;
let clock: FakeClock;

beforeEach(async () => {
  fake = await startFakeImds();
  fake.items.set(region, 'us-east-1');
  clock = createFakeClock();
});
afterEach(() => fake.close());

function client(settings: Partial<ImdsSettings> = {}, random = () => 1): ImdsClient {
  return createImdsClient(
    {
      disabled: false,
      endpoint: fake.endpoint,
      mode: 'ipv4',
      v1Fallback: false,
      timeoutMs: 1_000,
      ...settings,
    },
    { clock, random },
  );
}

async function problemOf(reading: Promise<unknown>): Promise<ImdsError> {
  const outcome = await reading.then(
    (value) => new Error(`answered ${String(value)}`),
    (error: unknown) => error,
  );
  if (!(outcome instanceof ImdsError)) throw outcome;
  return outcome;
}

describe('the session', () => {
  it('reads with a token, and keeps it', async () => {
    const imds = client();
    expect(await imds.get(region, never)).toBe('us-east-1');
    expect(await imds.get(region, never)).toBe('us-east-1');
    expect(fake.requests).toEqual([put, get, get]);
  });

  it('tells a missing item from a failure', async () => {
    expect(await client().get('meta-data/spot/instance-action', never)).toBeUndefined();
  });

  it('fetches a new token shortly before the old one expires', async () => {
    const imds = client();
    await imds.get(region, never);
    clock.advance(21_600_000 - 61_000);
    await imds.get(region, never);
    expect(fake.requests).toEqual([put, get, get]);
    clock.advance(1_000);
    await imds.get(region, never);
    expect(fake.requests).toEqual([put, get, get, put, get]);
  });

  it('goes by the life that IMDS gave the token', async () => {
    fake.tokenTtlSeconds = 10;
    const imds = client();
    await imds.get(region, never);
    clock.advance(8_000);
    await imds.get(region, never);
    clock.advance(1_000);
    await imds.get(region, never);
    expect(fake.requests).toEqual([put, get, get, put, get]);
  });

  it('takes a new token at once after 401', async () => {
    const imds = client();
    await imds.get(region, never);
    fake.expireTokens();
    expect(await imds.get(region, never)).toBe('us-east-1');
    expect(fake.requests).toEqual([put, get, get, put, get]);
    expect(clock.sleeps).toEqual([]);
  });

  it('takes a new token only once for one item', async () => {
    fake.fault = (request) => (request === get ? { status: 401 } : undefined);
    const error = await problemOf(client({ tries: 10 }).get(region, never));
    expect(error.problem.code).toBe('imds-refused');
    expect(fake.requests).toEqual([put, get, put, get]);
  });

  it.each([403, 404, 405])('reports that tokens are refused with %i', async (status) => {
    fake.failNext(put, { status });
    const { problem } = await problemOf(client().get(region, never));
    expect(problem.code).toBe('imds-refused');
    expect(problem.message).toContain(`HTTP ${status}`);
    expect(problem.advice).toContain('aws ec2 modify-instance-metadata-options');
    expect(problem.advice).toContain('--http-put-response-hop-limit 2');
    expect(problem.advice).toContain('ECS Anywhere');
    expect(fake.requests).toEqual([put]);
  });

  it('does not take a page for a token', async () => {
    fake.failNext(put, { status: 200, body: '<html><body>Log in</body></html>' });
    expect((await problemOf(client().get(region, never))).problem.code).toBe('imds-bad-answer');
    expect(fake.requests).toEqual([put]);
  });
});

describe('the budget', () => {
  it('is shared by token and read', async () => {
    fake.fault = (request) => {
      if (request === get) return { status: 503 };
      return fake.requests.length === 1 ? { status: 503 } : undefined;
    };
    const { problem } = await problemOf(client().get(region, never));
    expect(problem.code).toBe('imds-throttled');
    expect(fake.requests).toEqual([put, put, get, get]);
    expect(clock.sleeps).toEqual([100, 200]);
  });

  it('counts a renewed token', async () => {
    fake.failNext(get, { status: 401 }, { status: 500 }, { status: 500 });
    await problemOf(client().get(region, never));
    expect(fake.requests).toEqual([put, get, put, get, get]);
  });

  it('outlasts a burst of 503', async () => {
    fake.failNext('', { status: 503 }, { status: 503 });
    expect(await client().get(region, never)).toBe('us-east-1');
    expect(fake.requests).toEqual([put, put, put, get]);
  });

  it('takes half of the pause off at random', async () => {
    fake.failNext(get, { status: 503 });
    await client({}, () => 0).get(region, never);
    expect(clock.sleeps).toEqual([50]);
  });

  it('waits as long as Retry-After says', async () => {
    fake.failNext(get, { status: 429, headers: { 'retry-after': '2' } });
    expect(await client().get(region, never)).toBe('us-east-1');
    expect(clock.sleeps).toEqual([2_000]);
  });

  it('leaves a long Retry-After to the caller', async () => {
    fake.failNext(get, { status: 429, headers: { 'retry-after': '30' } });
    const error = await problemOf(client().get(region, never));
    expect(error.problem.code).toBe('imds-throttled');
    expect(error.retryAfterMs).toBe(30_000);
    expect(clock.sleeps).toEqual([]);
  });

  it('passes over a Retry-After that is a date', async () => {
    fake.failNext(get, { status: 429, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } });
    expect(await client().get(region, never)).toBe('us-east-1');
    expect(clock.sleeps).toEqual([100]);
  });
});

describe('faults', () => {
  const lasting: [Fault, string, number][] = [
    ['hang', 'imds-timeout', 3],
    ['stall', 'imds-timeout', 3],
    ['cut', 'imds-bad-answer', 3],
    ['cut-chunked', 'imds-bad-answer', 3],
    ['reset', 'imds-unreachable', 3],
    [{ status: 500 }, 'imds-bad-answer', 3],
    [{ status: 429 }, 'imds-throttled', 3],
    ['oversized', 'imds-bad-answer', 1],
    ['not-http', 'imds-bad-answer', 1],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/login' } }, 'imds-bad-answer', 1],
    [{ status: 400 }, 'imds-bad-answer', 1],
    [{ status: 403 }, 'imds-refused', 1],
  ];
  it.each(lasting)('%j gives %s after %i tries', async (fault, code, tries) => {
    fake.fault = (request) => (request === get ? fault : undefined);
    const { problem } = await problemOf(client({ timeoutMs: 500 }).get(region, never));
    expect(problem.code).toBe(code);
    expect(fake.requests).toEqual([put, ...Array.from({ length: tries }, () => get)]);
  });

  it.each<Fault>(['hang', 'stall', 'cut', 'cut-chunked', 'reset'])('%s once is outlasted', async (fault) => {
    fake.failNext(get, fault);
    expect(await client({ timeoutMs: 1_000 }).get(region, never)).toBe('us-east-1');
  });

  it('reports an address where nothing listens', async () => {
    await fake.close();
    const { problem } = await problemOf(client().get(region, never));
    expect(problem.code).toBe('imds-unreachable');
    expect(problem.message).toContain('ECONNREFUSED');
  });

  it('names the hop limit when the token answer does not arrive', async () => {
    fake.fault = () => 'hang';
    const { problem } = await problemOf(client({ timeoutMs: 50, tries: 1 }).get(region, never));
    expect(problem.code).toBe('imds-timeout');
    expect(problem.advice).toContain('hop limit');
  });

  it('leaves no connection behind', async () => {
    fake.failNext(get, 'hang', 'stall', 'oversized');
    await problemOf(client({ timeoutMs: 500 }).get(region, never));
    await expect.poll(() => fake.connections(), { timeout: 5_000 }).toBe(0);
  });
});

describe('IMDSv1', () => {
  beforeEach(async () => {
    await fake.close();
    fake = await startFakeImds({ v1: true });
    fake.items.set(region, 'us-east-1');
  });

  it.each<Fault>([{ status: 403 }, { status: 404 }, { status: 405 }, 'hang'])(
    'is used when asked for and the token request gets %j',
    async (fault) => {
      fake.fault = (request) => (request === put ? fault : undefined);
      const imds = client({ v1Fallback: true, timeoutMs: 500 });
      expect(await imds.get(region, never)).toBe('us-east-1');
      expect(await imds.get(region, never)).toBe('us-east-1');
      expect(fake.requests).toEqual([put, `${get}!`, `${get}!`]);
    },
  );

  it('is not used unless asked for', async () => {
    fake.failNext(put, { status: 403 });
    await problemOf(client().get(region, never));
    expect(fake.requests).toEqual([put]);
  });

  it('is not used because of a token request that is throttled', async () => {
    fake.failNext(put, { status: 503 });
    expect(await client({ v1Fallback: true }).get(region, never)).toBe('us-east-1');
    expect(fake.requests).toEqual([put, put, get]);
  });

  it('is left again when IMDS asks for a token', async () => {
    await fake.close();
    fake = await startFakeImds();
    fake.items.set(region, 'us-east-1');
    fake.failNext(put, { status: 404 });
    expect(await client({ v1Fallback: true }).get(region, never)).toBe('us-east-1');
    expect(fake.requests).toEqual([put, `${get}!`, put, get]);
  });
});

describe('the endpoint', () => {
  it.runIf(hasIpv6Loopback)('may be IPv6', async () => {
    await fake.close();
    fake = await startFakeImds({ host: '::1' });
    fake.items.set(region, 'us-east-1');
    expect(fake.endpoint).toContain('[::1]');
    expect(await client({ mode: 'ipv6' }).get(region, never)).toBe('us-east-1');
  });

  it('may end with a slash', async () => {
    expect(await client({ endpoint: `${fake.endpoint}/` }).get(region, never)).toBe('us-east-1');
  });

  it('is not asked when IMDS is disabled', async () => {
    const imds = client({ disabled: true });
    expect(imds.enabled).toBe(false);
    expect((await problemOf(imds.get(region, never))).problem.code).toBe('imds-disabled');
    expect(fake.requests).toEqual([]);
  });
});

describe('abort', () => {
  it('asks nothing with an aborted signal', async () => {
    const reason = new Error('stopping');
    await expect(client().get(region, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(fake.requests).toEqual([]);
  });

  it.each<[string, Fault]>([
    [put, 'hang'],
    [get, 'hang'],
    [get, 'stall'],
  ])('ends %s within %s at once', async (request, fault) => {
    const reason = new Error('stopping');
    const controller = new AbortController();
    fake.fault = (seen) => {
      if (seen !== request) return undefined;
      setTimeout(() => controller.abort(reason), 20);
      return fault;
    };
    await expect(client({ timeoutMs: 60_000 }).get(region, controller.signal)).rejects.toBe(reason);
    await expect.poll(() => fake.connections(), { timeout: 5_000 }).toBe(0);
  });

  it('ends a pause', async () => {
    const reason = new Error('stopping');
    const controller = new AbortController();
    fake.fault = () => ({ status: 503 });
    const sleep: FakeClock['sleep'] = (_ms, signal) => {
      controller.abort(reason);
      return signal.aborted ? Promise.reject(signal.reason) : Promise.resolve();
    };
    const imds = createImdsClient(
      { disabled: false, endpoint: fake.endpoint, mode: 'ipv4', v1Fallback: false, timeoutMs: 1_000 },
      { clock: { ...clock, sleep }, random: () => 1 },
    );
    await expect(imds.get(region, controller.signal)).rejects.toBe(reason);
    expect(fake.requests).toEqual([put]);
  });
});
