import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainDecision } from '../../../src/cli/explain.ts';
import { writeStatus } from '../../../src/report/status-file.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';
import { newAgent, restarted, Story } from '../reconcile/story.ts';
import { statusOf } from '../report/stage.ts';
import { Printed } from './stage.ts';

describe('explain', () => {
  const temporaryDirectory = temporaryDirectories();

  async function explained(runDir: string, runs = true) {
    const output = new Printed();
    const code = await explainDecision({ runDir, daemonRuns: () => runs, output }, { json: false });
    return { code, output };
  }

  it('tells why the running daemon decided as it did', async () => {
    const runDir = await temporaryDirectory();
    await writeStatus(runDir, statusOf(new Story()));
    const { code, output } = await explained(runDir);
    expect(code).toBe(0);
    expect(output.stdout).toMatch(/^changes it The first look\.$/m);
  });

  it('of a settled agent counts no rounds, which nobody waits for', async () => {
    const runDir = await temporaryDirectory();
    const story = restarted();
    story.look({ agent: newAgent }, 700);
    story.look({ agent: { ...newAgent, path: 'private' } }, 300);
    await writeStatus(runDir, statusOf(story));
    const { output } = await explained(runDir);
    expect(output.stdout).toMatch(/^decision +settled/m);
    expect(output.stdout).not.toMatch(/0 of 3|0 rounds/);
  });

  it('says why there is nothing to explain; 69', async () => {
    const runDir = await temporaryDirectory();
    await expect(explained(runDir, false)).rejects.toMatchObject({
      exitCode: 69,
      problem: { code: 'daemon-not-running', message: expect.stringContaining('No daemon is running') },
    });
    await writeFile(
      join(runDir, 'status.json'),
      JSON.stringify({ version: 2, daemon: { version: '9.8.7' } }),
    );
    const error = await explained(runDir).catch((thrown) => thrown);
    expect(error).toMatchObject({ exitCode: 69, problem: { code: 'status-unreadable' } });
    expect(error.message).toMatch(
      /^There is no decision to explain: .* written by ecs-privatelinkd 9\.8\.7 in form 2/,
    );
    expect(`${error.message} ${error.problem.advice}`).not.toContain('..');
  });
});
