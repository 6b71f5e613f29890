import { existsSync } from 'node:fs';
import { budgets } from '../kit/budgets.ts';
import { versionOf } from '../kit/files.ts';
import { readBytesBelow, statBelow } from '../kit/files-below.ts';
import { blankUnusedTexts, type UsedEnvironment } from './agent-environment.ts';
import { type AgentConfigFile, defaultConfigPath, parseAgentConfig } from './api-settings.ts';

/**
 * Reads the agent's own file of settings as its process `pid` sees it; parsed again when it has changed. Where there is no
 * process to look through, or its root may not be entered, what was read last stands: the next process finds it too.
 */
export type AgentConfigReader = (
  environment: UsedEnvironment,
  pid: number | undefined,
) => AgentConfigFile | undefined;

export function createAgentConfigReader(procDir: string): AgentConfigReader {
  let version = '';
  let config: AgentConfigFile | undefined;

  return (environment, pid) => {
    const path = environment.get('ECS_AGENT_CONFIG_FILE_PATH') || defaultConfigPath;
    if (pid === undefined) return config;
    try {
      const root = `${procDir}/${pid}/root`;
      const stats = statBelow(root, path);
      const now = `${path} ${stats && versionOf(stats)}`;
      if (now === version) return config;
      const bytes = readBytesBelow(root, path, budgets.agentConfigBytes);
      // It has ended meanwhile.
      if (bytes === undefined && !existsSync(root)) return config;
      if (bytes) blankUnusedTexts(bytes);
      config = bytes && parseAgentConfig(path, bytes.toString('utf8'));
      version = now;
    } catch {
      // Not as root, or not a file: the agent cannot read that one either.
    }
    return config;
  };
}
