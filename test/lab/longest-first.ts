import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What mostly waits, for minutes: begun last it would hold up all. */
const longest =
  /\/test\/(instance\/(dying-agents|dying-late|endpoint-closed|guards)|integration\/(doctor\/(agents|faults)|faults\/campaign|path\/doubt))\.test\.ts$/;

/** Vitest's own order, by what files took the last time or else by their size, but for files that are known to be long. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => longest.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
