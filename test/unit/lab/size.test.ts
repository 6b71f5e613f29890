import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { longFiles } from '../../size.ts';

it.each(longFiles)('%s, which a short run leaves out, is there', (file) => {
  expect(existsSync(inCheckout(file))).toBe(true);
});
