import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { longFiles } from '../size.ts';

/** Begun last they would hold up all. */
const longest = ['test/instance/guards.test.ts', ...longFiles];

/** Vitest's own order, by what files took the last time or else by their size, but for files that are known to be long. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => longest.some((file) => moduleId.endsWith(`/${file}`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
