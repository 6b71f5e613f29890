import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAgentConfigReader } from '../../../src/agent/agent-config-reader.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

describe('the agent’s own file of settings', () => {
  const newDirectory = temporaryDirectories();

  async function stage() {
    const procDir = await newDirectory();
    const etc = join(procDir, '7/root/etc/ecs');
    mkdirSync(etc, { recursive: true });
    const environment = new Map([['ECS_AGENT_CONFIG_FILE_PATH', '/etc/ecs/ecs.config.json']] as const);
    const read = createAgentConfigReader(procDir);
    return {
      etc,
      file: join(etc, 'ecs.config.json'),
      read: (pid: number | undefined) => read(environment, pid),
    };
  }

  it('is read as the process sees it, again when it has changed, and may be missing', async () => {
    const { file, read } = await stage();
    expect(read(7)).toBeUndefined();
    writeFileSync(file, '{"AWSRegion":"eu-west-1"}');
    const first = read(7);
    expect(first).toMatchObject({ path: '/etc/ecs/ecs.config.json', region: 'eu-west-1' });
    expect(read(7)).toBe(first);
    writeFileSync(file, '{"APIEndpoint":"a.example"}');
    expect(read(7)).toMatchObject({ apiEndpoint: 'a.example', region: undefined });
    rmSync(file);
    expect(read(7)).toBeUndefined();
  });

  it('stands while there is no process to look through', async () => {
    const { file, read } = await stage();
    writeFileSync(file, '{"AWSRegion":"eu-west-1"}');
    const seen = read(7);
    expect(read(undefined)).toBe(seen);
  });

  it('stands where the process has ended before it is read', async () => {
    const { etc, file, read } = await stage();
    writeFileSync(file, '{"AWSRegion":"eu-west-1"}');
    const seen = read(7);
    rmSync(join(etc, '../../..'), { recursive: true });
    expect(read(7)).toBe(seen);
    expect(read(undefined)).toBe(seen);
  });

  it('is never read outside the container, nor when it is too large', async () => {
    const { etc, file, read } = await stage();
    const ours = join(etc, '../../../../secret');
    writeFileSync(ours, '{"APIEndpoint":"ours.example"}');
    symlinkSync(ours, file);
    expect(read(7)).toBeUndefined();
    rmSync(file);
    writeFileSync(file, `{"AWSRegion":"${'x'.repeat(70_000)}"}`);
    expect(read(7)).toBeUndefined();
  });
});
