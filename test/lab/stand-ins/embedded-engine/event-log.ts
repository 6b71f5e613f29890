/** One line of `GET /events`, as Docker writes it. */
export interface EngineEvent {
  readonly status: string;
  readonly id: string;
  readonly from: string;
  readonly Type: 'container';
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: 'local';
  readonly time: number;
  readonly timeNano: number;
}

/** The `filters` of `GET /events`: values by key. An event must match one value of every key. */
export type EventFilters = Readonly<Record<string, readonly string[]>>;

/**
 * Which of the two events of a `docker stop` comes first. Engine 20.10: `die`. Engine 26 wakes whoever waits for the
 * container before it writes `die`, so that `stop` is usually first there (moby: `handleContainerExit`).
 */
export type StopOrder = 'die-stop' | 'stop-die';

/** What happened, for those who ask later (`since`) and those who listen now. */
export class EventLog {
  readonly #past: EngineEvent[] = [];
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly stopOrder: StopOrder;

  constructor(stopOrder: StopOrder) {
    this.stopOrder = stopOrder;
  }

  emit(id: string, action: string, attributes: Readonly<Record<string, string>>): void {
    const milliseconds = Date.now();
    const event: EngineEvent = {
      status: action,
      id,
      from: attributes['image'] ?? '',
      Type: 'container',
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope: 'local',
      time: Math.floor(milliseconds / 1000),
      timeNano: milliseconds * 1e6,
    };
    this.#past.push(event);
    for (const listener of this.#listeners) {
      listener(event);
    }
  }

  /** Events from `seconds` (Unix time) on. */
  since(seconds: number): readonly EngineEvent[] {
    return this.#past.filter((event) => event.timeNano / 1e9 >= seconds);
  }

  /** Calls `listener` with every further event, until the function returned is called. */
  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export function matches(event: EngineEvent, filters: EventFilters): boolean {
  return Object.entries(filters).every(([key, values]) => values.some((value) => has(event, key, value)));
}

function has(event: EngineEvent, key: string, value: string): boolean {
  const { ID, Attributes } = event.Actor;
  switch (key) {
    case 'type':
      return event.Type === value;
    case 'event':
      return event.Action === value;
    case 'container':
      return ID === value || Attributes['name'] === value.replace(/^\//, '');
    case 'image':
      return Attributes['image'] === value;
    case 'label': {
      const [name = '', wanted] = value.split('=');
      return wanted === undefined ? name in Attributes : Attributes[name] === wanted;
    }
    default:
      return true;
  }
}
