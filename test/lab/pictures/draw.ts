// Draws docs/pictures/*.svg from the recorded docs/pictures/*.txt; scripts/pictures.sh records those.
import { readFileSync, writeFileSync } from 'node:fs';
import { inCheckout } from '../checkout.ts';
import { drawPictures } from './pictures.ts';

const pictures = drawPictures((name) => readFileSync(inCheckout(`docs/pictures/${name}.txt`), 'utf8'));
for (const [name, svg] of Object.entries(pictures)) {
  writeFileSync(inCheckout(`docs/pictures/${name}.svg`), svg);
}
