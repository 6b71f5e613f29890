import type { Problem } from '../kit/problem.ts';
import { watchFile } from './watched-file.ts';

/** The two files that decide how a name is looked up, as text. */
export interface ResolverTexts {
  readonly resolvConf: string;
  readonly hosts: string;
  /** Set where one of them is there but cannot be read; no name can then be looked up. */
  readonly problem: Problem | undefined;
}

/** The files as they are now: the same object as long as both are unchanged. A missing file is an empty one. */
export function watchResolverTexts(resolvConfPath: string, hostsPath: string): () => ResolverTexts {
  const resolvConfFile = watchFile(resolvConfPath, (text) => text);
  const hostsFile = watchFile(hostsPath, (text) => text);
  let last: { readonly from: readonly unknown[]; readonly texts: ResolverTexts } | undefined;

  return () => {
    const resolvConf = resolvConfFile.read();
    const hosts = hostsFile.read();
    if (last?.from[0] !== resolvConf || last.from[1] !== hosts) {
      const texts = {
        resolvConf: resolvConf.value,
        hosts: hosts.value,
        problem: resolvConf.problem ?? hosts.problem,
      };
      last = { from: [resolvConf, hosts], texts };
    }
    return last.texts;
  };
}
