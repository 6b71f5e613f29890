/** Tasks, containers and what belongs to them are six deep. */
const maxDepth = 24;

/** Characters of a key or a status; no more is kept of a text. */
const maxText = 32;

/** Counts in the answer to `GET /v1/tasks` as it comes, piece by piece. */
export interface TaskCounter {
  /** @throws Error when it is something else */
  add(piece: string): void;
  /** Tasks that are to run and do not yet. @throws Error when it told of none, or broke off */
  end(): number;
}

/**
 * Counts tasks whose known status is NONE, MANIFEST_PULLED, CREATED or what else the agent may put before RUNNING. What
 * answers may send megabytes, nested as deep as they are long: nothing is built of them.
 */
export function createTaskCounter(): TaskCounter {
  /** The brackets that are open; `{[{` within a task. */
  let open = '';
  let inText = false;
  /** The piece ended with the backslash of an escape. */
  let escaping = false;
  /** The text under way, else the last one. */
  let text = '';
  /** The key before the last colon, of the outermost object and of a task. */
  let listKey = '';
  let key = '';
  let desired = '';
  let known = '';
  let listed = false;
  let ended = false;
  let count = 0;

  function take(): void {
    if (open !== '{[{') return;
    if (key === 'DesiredStatus') desired = text;
    if (key === 'KnownStatus') known = text;
  }

  function colon(): void {
    if (open === '{') {
      listKey = text;
      listed ||= text === 'Tasks';
    }
    if (open === '{[{') key = text;
  }

  function enter(bracket: string): void {
    const list = open === '{' && listKey === 'Tasks';
    if (ended || open.length === maxDepth || bracket !== (open === '' ? '{' : list ? '[' : bracket)) {
      throw new Error('it is no list of tasks');
    }
    open += bracket;
    if (open === '{[{') key = desired = known = '';
  }

  function leave(bracket: string): void {
    if (open === '{[{' && listKey === 'Tasks') {
      take();
      if (desired === 'RUNNING' && known !== 'RUNNING' && known !== 'STOPPED') count += 1;
    }
    if (open.at(-1) !== (bracket === '}' ? '{' : '[')) throw new Error('it is no JSON');
    open = open.slice(0, -1);
    ended = open === '';
  }

  function structure(character: string | undefined): void {
    if (character === '"') {
      inText = true;
      text = '';
    } else if (character === ':') colon();
    else if (character === ',') take();
    else if (character === '{' || character === '[') enter(character);
    else leave(character ?? '');
  }

  /** Where the text goes on after its next quote or escape, in which it ends there. */
  function within(piece: string, from: number): number {
    if (escaping) {
      escaping = false;
      return from + 1;
    }
    quoteOrEscape.lastIndex = from;
    const at = quoteOrEscape.exec(piece)?.index ?? piece.length;
    text += piece.slice(from, Math.min(at, from + Math.max(0, maxText - text.length)));
    escaping = piece[at] === '\\';
    inText = piece[at] !== '"';
    return at + 1;
  }

  return {
    add(piece) {
      for (let at = 0; at < piece.length; ) {
        if (inText) at = within(piece, at);
        else {
          structural.lastIndex = at;
          const found = structural.exec(piece);
          if (found === null) return;
          structure(found[0]);
          at = found.index + 1;
        }
      }
    },

    end() {
      if (!ended || !listed) throw new Error('it is no list of tasks, or broke off');
      return count;
    },
  };
}

const structural = /[{}[\]:,"]/g;
const quoteOrEscape = /["\\]/g;
