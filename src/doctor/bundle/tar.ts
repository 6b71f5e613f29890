/** One file of an archive. */
export interface TarEntry {
  /** At most 100 bytes, ASCII. */
  readonly path: string;
  readonly content: string;
}

const blockSize = 512;

/** An archive of plain files in the ustar format (POSIX.1-1988), readable by every tar. */
export function tar(entries: readonly TarEntry[], modifiedMs: number): Buffer {
  const blocks = entries.flatMap(({ path, content }) => {
    const body = Buffer.from(content);
    return [header(path, body.length, modifiedMs), body, Buffer.alloc(padding(body.length))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function padding(length: number): number {
  return (blockSize - (length % blockSize)) % blockSize;
}

/** Fields and their places: pax(1), "ustar Interchange Format". */
function header(path: string, size: number, modifiedMs: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is too long for a tar header`);
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(path, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(Math.floor(modifiedMs / 1000), 12), 136);
  // The checksum is counted with blanks in its own place.
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write('root', 265);
  block.write('root', 297);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
