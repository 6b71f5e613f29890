import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOut, layOutAdvice } from '../../../src/kit/layout.ts';

describe('text in 80 columns', () => {
  it('breaks prose between words', () => {
    expect(layOut('one two three', 2, 9)).toEqual(['  one two', '  three']);
  });

  it('keeps short commands in the sentence', () => {
    expect(layOutAdvice('Run `docker ps -a` as root.', 0, 80)).toEqual(['Run `docker ps -a` as root.']);
  });

  it('gives long commands lines of their own that a shell takes as they are', () => {
    const command =
      'aws ec2 modify-vpc-attribute --vpc-id vpc-0f1e2d3c4b5a69788 --enable-dns-support \'{"Value": true}\'';
    const lines = layOutAdvice(`Do \`${command}\`, then wait.`, 4, 60);
    expect(lines).toEqual([
      '    Do',
      '      aws ec2 modify-vpc-attribute --vpc-id \\',
      '        vpc-0f1e2d3c4b5a69788 --enable-dns-support \\',
      '        \'{"Value": true}\'',
      '    then wait.',
    ]);
    const joined = lines
      .slice(1, 4)
      .join('\n')
      .replaceAll(/\\\n\s*/g, '')
      .trim();
    expect(joined).toBe(command);
  });

  it('never exceeds its width while words are shorter than that', () => {
    const words = fc.array(fc.stringMatching(/^[a-z`,.]{1,20}$/), { maxLength: 40 });
    fc.assert(
      fc.property(words, (list) => {
        for (const line of layOutAdvice(list.join(' '), 9, 80)) expect(line.length).toBeLessThanOrEqual(80);
      }),
    );
  });
});
