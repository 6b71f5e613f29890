import { constants } from 'node:os';
import { ApiError } from './api-error.ts';

/** A signal as the Engine takes it: `SIGKILL`, `KILL`, `9`. @throws ApiError 400 for anything else */
export function parseSignal(text: string): NodeJS.Signals {
  const wanted = text.toUpperCase();
  for (const [name, number] of signals()) {
    if (wanted === name || `SIG${wanted}` === name || wanted === String(number)) {
      return name;
    }
  }
  throw new ApiError(400, `Invalid signal: ${text}`);
}

export function numberOf(signal: NodeJS.Signals): number {
  return constants.signals[signal];
}

function signals(): [NodeJS.Signals, number][] {
  return Object.entries(constants.signals) as [NodeJS.Signals, number][];
}
