/** Parts of a line that the text form shows in another way, or not at all. */
const structural = new Set(['level', 'severity', 'time', 'v', 'version', 'event', 'msg']);

/** The JSON log line as a line for people: `08:14:03.120 WARN  message · key=value …`. */
export function formatLine(json: string): string {
  const record: unknown = JSON.parse(json);
  if (typeof record !== 'object' || record === null) return json;
  const all: Record<string, unknown> = { ...record };
  const time = String(all['time'] ?? '').slice(11, 23);
  const level = String(all['level'] ?? '')
    .toUpperCase()
    .padEnd(5);
  const fields = Object.entries(all)
    .filter(([key, value]) => !structural.has(key) && value !== undefined)
    .map(([key, value]) => `${word(key)}=${typeof value === 'string' ? word(value) : JSON.stringify(value)}`);
  return `${[time, level, String(all['msg'] ?? '')].join(' ')}${fields.length > 0 ? ` · ${fields.join(' ')}` : ''}\n`;
}

function word(text: string): string {
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
