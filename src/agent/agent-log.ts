/** The agent opens a websocket a few times an hour and logs little else: the last one is nearly always here. */
export const LOG_TAIL_BYTES = 65_536;

/** The log's times are whole seconds. */
const TIME_SLACK_MS = 1_000;

const websocket = /Establishing a Websocket connection/;

/**
 * Host of the last ACS websocket in the text, without path and query. Lines are those of the agent's three
 * formats (`ecs-agent/logger/log.go`; the URL stood within the message before 1.88.0):
 *
 *     level=info time=2025-09-13T05:58:03Z msg="Establishing a Websocket connection" url="https://ecs-a-1.…/ws?…"
 *     {"level":"info","time":"2025-09-13T05:58:03Z","msg":"Establishing a Websocket connection","url":"https://…"}
 *     2019-07-07T13:35:59Z [INFO] Establishing a Websocket connection to https://ecs-a-8.…/ws?…
 *
 * A line with a time counts only if it is not from before `sinceWallMs`.
 */
export function lastWebsocketHost(text: string, sinceWallMs: number | undefined): string | undefined {
  let last: string | undefined;
  for (const line of linesWith(text, [websocket])) {
    const host = /(?:https|wss):\/\/(ecs-a[a-z0-9.-]{0,250})/.exec(line)?.[1];
    if (host !== undefined && !isBefore(line, sinceWallMs)) last = host;
  }
  return last;
}

/** The lines in which one of the patterns is found, each once. */
export function* linesWith(text: string, patterns: readonly RegExp[]): Generator<string> {
  let end = -1;
  for (const { index } of text.matchAll(new RegExp(patterns.map(({ source }) => source).join('|'), 'g'))) {
    if (index < end) continue;
    const next = text.indexOf('\n', index);
    end = next < 0 ? text.length : next;
    yield text.slice(text.lastIndexOf('\n', index) + 1, end);
  }
}

/** Whether a line has a time, and it is before that. */
export function isBefore(line: string, sinceWallMs: number | undefined): boolean {
  const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/.exec(line)?.[0];
  return time !== undefined && sinceWallMs !== undefined && Date.parse(time) < sinceWallMs - TIME_SLACK_MS;
}

/** Whether a text of consecutive lines begins before that: what was logged still earlier counts for nothing. */
export function reachesBefore(text: string, sinceWallMs: number | undefined): boolean {
  // The first line is mostly cut off, and a line may have no time.
  return text
    .slice(0, 4_096)
    .split('\n')
    .slice(0, -1)
    .some((line) => isBefore(line, sinceWallMs));
}
