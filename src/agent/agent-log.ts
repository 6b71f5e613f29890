/** The agent opens a websocket a few times an hour and logs little else: the last one is nearly always here. */
export const LOG_TAIL_BYTES = 65_536;

/** The log's times are whole seconds. */
const TIME_SLACK_MS = 1_000;

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
  const marker = 'Establishing a Websocket connection';
  for (let at = text.lastIndexOf(marker); at >= 0; at = at > 0 ? text.lastIndexOf(marker, at - 1) : -1) {
    const start = text.lastIndexOf('\n', at) + 1;
    const end = text.indexOf('\n', at);
    const line = text.slice(start, end < 0 ? text.length : end);
    const host = /(?:https|wss):\/\/(ecs-a[a-z0-9.-]*)/.exec(line)?.[1];
    if (host === undefined) continue;
    const time = Date.parse(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/.exec(line)?.[0] ?? '');
    if (sinceWallMs !== undefined && time < sinceWallMs - TIME_SLACK_MS) return undefined;
    return host;
  }
  return undefined;
}
