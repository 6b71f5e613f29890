/** Parts of a line that the text form shows in another way, or not at all. */
const structural = new Set(['level', 'severity', 'time', 'v', 'version', 'event', 'msg']);

/** Those that are sentences, and follow the message as such. */
const sentences = new Set(['detail', 'advice']);

/** The JSON log line as a line for people: `08:14:03.120 WARN  Message: detail. Advice. · key=value …`. */
export function formatLine(json: string): string {
  const record: unknown = JSON.parse(json);
  if (typeof record !== 'object' || record === null) return json;
  const all: Record<string, unknown> = { ...record };
  const time = String(all['time'] ?? '').slice(11, 23);
  const level = String(all['level'] ?? '')
    .toUpperCase()
    .padEnd(5);
  const fields = Object.entries(all)
    .filter(([key, value]) => !structural.has(key) && !sentences.has(key) && value !== undefined)
    .map(([key, value]) => `${word(key)}=${typeof value === 'string' ? word(value) : JSON.stringify(value)}`);
  const line = [time, level, inWords(all['msg'], all['detail'], all['advice'])].join(' ');
  return `${line}${fields.length > 0 ? ` · ${fields.join(' ')}` : ''}\n`;
}

function inWords(message: unknown, detail: unknown, advice: unknown): string {
  const [said = '', seen, todo] = [message, detail, advice].map((text) =>
    typeof text === 'string' ? text : undefined,
  );
  const whole = seen === undefined ? said : `${said}: ${seen}`;
  return todo === undefined ? whole : `${whole.replace(/[.:]$/, '')}. ${todo}`;
}

function word(text: string): string {
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
