import * as v from 'valibot';
import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';

/** A name as the Engine or introspection tells it: printable and short from here on. */
export const foreignName = v.pipe(
  v.string(),
  v.transform((text) => printable(text, budgets.nameLength)),
);
