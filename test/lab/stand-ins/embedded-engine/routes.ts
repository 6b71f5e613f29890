import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WaitCondition } from './container.ts';
import type { ContainerStore } from './container-store.ts';
import {
  type ApiVersions,
  describeContainer,
  describeInfo,
  describeVersion,
  summariseContainer,
} from './descriptions.ts';
import { type EngineEvent, type EventFilters, type EventLog, matches } from './event-log.ts';
import { parseSignal } from './signals.ts';

/** One request, its version prefix removed. */
export interface EngineRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

/** What a request works on. */
export interface EngineState {
  readonly store: ContainerStore;
  readonly events: EventLog;
  /** Responses of the `GET /events` under way. */
  readonly eventStreams: Set<ServerResponse>;
  versions: ApiVersions;
}

/** An answer to be sent, or undefined when the route has taken the response over. */
export type Answer = { readonly status: number; readonly body: string } | undefined;

const noContent: Answer = { status: 204, body: '' };
/** Docker's default before SIGKILL follows the stop signal. */
const stopSeconds = 10;

/** @throws ApiError, NotModified */
export async function answer(request: EngineRequest, state: EngineState): Promise<Answer> {
  const { method, path, query } = request;
  switch (`${method} ${path}`) {
    case 'GET /_ping':
    case 'HEAD /_ping':
      return { status: 200, body: 'OK' };
    case 'GET /version':
      return json(200, describeVersion(state.versions, state.events.stopOrder));
    case 'GET /info':
      return json(200, describeInfo(state.store.all()));
    case 'GET /events':
      streamEvents(request, state);
      return undefined;
    case 'GET /containers/json':
      return json(200, listContainers(query, state.store).map(summariseContainer));
    case 'POST /containers/create': {
      const container = state.store.create(
        query.get('name') ?? `nameless-${randomBytes(4).toString('hex')}`,
        await readJson(request.message),
      );
      return json(201, { Id: container.id, Warnings: [] });
    }
    case 'POST /images/create':
      state.store.addImage(`${query.get('repo') ?? ''}:${query.get('tag') ?? 'latest'}`);
      request.message.resume();
      return json(200, { status: 'noted' });
  }
  const image = /^\/images\/(.+?)(\/json)?$/.exec(path);
  if (image) {
    return answerForImage(method, decodeURIComponent(image[1] ?? ''), state);
  }
  const [, name, verb] = /^\/containers\/([^/]+)(?:\/([a-z]+))?$/.exec(path) ?? [];
  if (name === undefined) {
    return json(404, { message: 'page not found' });
  }
  return await answerForContainer(request, decodeURIComponent(name), verb ?? '', state);
}

async function answerForContainer(
  request: EngineRequest,
  name: string,
  verb: string,
  { store, versions }: EngineState,
): Promise<Answer> {
  const { method, query } = request;
  const container = store.get(name);
  const seconds = Number(query.get('t') ?? stopSeconds);
  switch (`${method} ${verb}`) {
    case 'GET json':
      return json(200, describeContainer(container, versions));
    case 'POST start':
      container.start();
      return noContent;
    case 'POST stop':
      await container.stop(seconds);
      return noContent;
    case 'POST restart':
      await container.restart(seconds);
      return noContent;
    case 'POST kill':
      await container.kill(parseSignal(query.get('signal') ?? 'SIGKILL'));
      return noContent;
    case 'POST wait': {
      // Docker sends the head at once, so that the caller knows that the waiting has begun.
      request.response.writeHead(200, { 'content-type': 'application/json' });
      request.response.flushHeaders();
      const exitCode = await container.wait(waitCondition(query.get('condition')));
      request.response.end(JSON.stringify({ StatusCode: exitCode }));
      return undefined;
    }
    case 'DELETE ':
      await store.remove(name, isTrue(query.get('force')));
      return noContent;
    default:
      return json(404, { message: 'page not found' });
  }
}

function answerForImage(method: string, name: string, { store }: EngineState): Answer {
  if (method === 'DELETE') {
    store.removeImage(name);
    return json(200, [{ Untagged: name }]);
  }
  return json(200, { Id: store.imageId(name), RepoTags: [name] });
}

function listContainers(query: URLSearchParams, store: ContainerStore) {
  const filters = parseFilters(query.get('filters'));
  return store
    .all()
    .filter((container) => isTrue(query.get('all')) || container.running)
    .filter((container) => filters['name']?.some((name) => container.name.includes(name)) ?? true)
    .filter((container) => filters['id']?.some((id) => container.id.startsWith(id)) ?? true)
    .filter((container) => filters['status']?.includes(container.status) ?? true);
}

function streamEvents({ query, response }: EngineRequest, state: EngineState): void {
  const filters = parseFilters(query.get('filters'));
  const until = query.get('until');
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const write = (event: EngineEvent) => {
    if (matches(event, filters)) {
      response.write(`${JSON.stringify(event)}\n`);
    }
  };
  const since = query.get('since');
  if (since !== null && since !== '') {
    state.events.since(Number(since)).forEach(write);
  }
  if (until !== null && until !== '' && Number(until) * 1000 <= Date.now()) {
    response.end();
    return;
  }
  const stopListening = state.events.listen(write);
  state.eventStreams.add(response);
  response.once('close', () => {
    stopListening();
    state.eventStreams.delete(response);
  });
}

/** Both forms that clients send: `{"event":["die"]}` and the older `{"event":{"die":true}}`. */
function parseFilters(text: string | null): EventFilters {
  const filters: unknown = text === null || text === '' ? {} : JSON.parse(text);
  return Object.fromEntries(
    Object.entries(filters ?? {}).map(([key, values]) => [
      key,
      Array.isArray(values) ? values.map(String) : Object.keys(values),
    ]),
  );
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) {
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}

function waitCondition(text: string | null): WaitCondition {
  return text === 'next-exit' || text === 'removed' ? text : 'not-running';
}

function isTrue(text: string | null): boolean {
  return text === '1' || text === 'true';
}

function json(status: number, body: unknown): Answer {
  return { status, body: JSON.stringify(body) };
}
