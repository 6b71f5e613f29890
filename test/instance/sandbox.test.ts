import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../src/report/status-schema.ts';
import { endpointServices } from '../../src/settings/endpoint-services.ts';
import { inCheckout } from '../lab/checkout.ts';
import { type ContainerInstance, startContainerInstance } from '../lab/hosts/machine/container-instance.ts';
import { eventually } from '../lab/hosts/machine/eventually.ts';
import { instanceRole } from '../lab/stand-ins/imds/instance.ts';
import { packageFile, packagesDirectory } from '../package/built-packages.ts';

// The unit as it is in this checkout: that the daemon does its job under it, and what a process that was taken over
// can do there and cannot. Each attack runs as root in a copy of the unit, with another program.

const unit = 'ecs-privatelinkd.service';
const unitText = readFileSync(inCheckout('systemd/ecs-privatelinkd.service'), 'utf8');
const fast = ['WAITING_INTERVAL=500ms', 'SETTLED_INTERVAL=500ms', 'VERIFY_TIMEOUT=30s'];
let instance: ContainerInstance;
/** The copy of the unit that systemd has read. */
let known = '';

const sh = (script: string) => instance.machine.output(['sh', '-euc', script]);

beforeAll(async () => {
  instance = await startContainerInstance({ machine: { binds: { '/packages': packagesDirectory } } });
  const settings = fast.map((line) => `--set ECS_PRIVATELINKD_${line}`).join(' ');
  await sh(`sh /packages/install.sh --no-start ${settings} /packages/${basename(packageFile('deb'))}`);
  await instance.machine.writeFile(`/usr/lib/systemd/system/${unit}`, unitText);
  await sh(`mkdir -p /root/.aws; echo aws-key >/root/.aws/credentials
    mkdir -p /var/lib/node_exporter; systemctl daemon-reload; systemctl restart ${unit}`);
});

afterAll(async () => {
  await instance?.close();
});

/** Runs a shell script under the unit's sandbox, beside the daemon, and resolves with what it printed. */
async function attack(script: string, more = ''): Promise<string> {
  const copy = unitText
    .replace(/^Type=.*$/m, 'Type=oneshot')
    .replace(/^WatchdogSec=.*$/m, '')
    .replace(/^Restart(Sec|PreventExitStatus)?=.*$/gm, '')
    .replace(
      /^ExecStart=.*$/m,
      `ExecStart=/bin/sh /usr/share/attack.sh\nStandardOutput=truncate:/attack.out\n${more}`,
    )
    .replace(/\[Install\].*/s, '');
  await instance.machine.writeFile('/usr/share/attack.sh', `exec 2>&1\n${script}\n`);
  if (copy !== known) {
    await instance.machine.writeFile('/etc/systemd/system/attack.service', copy);
    await sh('systemctl daemon-reload');
    known = copy;
  }
  await sh('systemctl start attack.service');
  return (await instance.machine.readFile('/attack.out')).trim();
}

describe('the daemon, under it,', () => {
  const status = async (): Promise<Status> =>
    JSON.parse((await instance.machine.exec(['ecs-privatelinkd', 'status', '--json'])).stdout);
  const until = (what: string, matches: (status: Status) => boolean) =>
    eventually(what, status, matches, { timeout: 90_000 });

  it('asks ECS what a new agent would ask, and leaves alone one that would not be let in', async () => {
    const { lab } = instance;
    lab.imds.change({ role: instanceRole });
    lab.service.refuse('ecs:DiscoverPollEndpoint');
    for (const service of endpointServices) await lab.createEndpoint(service);
    expect(
      await until(
        'what follows from an answer',
        ({ preflight, phase }) => Boolean(preflight) && phase !== 'settling',
      ),
    ).toMatchObject({
      phase: 'blocked',
      reason: { code: 'preflight-refused', message: expect.stringContaining('no VPC endpoint policy') },
      agent: { path: 'public' },
      preflight: { outcome: 'refused' },
      restartsTotal: 0,
    });
  });

  it('moves the agent once it would be', async () => {
    instance.lab.service.allow();
    await sh('ecs-privatelinkd restart --if-needed');
    expect(await until('settled', ({ phase }) => phase === 'settled')).toMatchObject({
      agent: { path: 'private' },
      preflight: { outcome: 'told', found: expect.stringContaining(instance.lab.hosts['ecs-agent']) },
      lastRestart: { outcome: 'private' },
      restartsTotal: 1,
    });
  });

  it('has had nothing of the credentials, and nor has the log', async () => {
    const journal = await sh(
      'journalctl --no-pager --unit ecs-privatelinkd; cat /run/ecs-privatelinkd/* /var/lib/ecs-privatelinkd/*',
    );
    expect(journal).toContain('preflight-answered');
    const { accessKeyId, secretAccessKey, sessionToken } = instanceRole;
    for (const secret of [accessKeyId, secretAccessKey, sessionToken]) expect(journal).not.toContain(secret);
  });
});

/** Calls that no program makes: their numbers on x86_64 and aarch64, their arguments, and what `$s` in these is. */
const calls = {
  // CLONE_NEWUSER | SIGCHLD
  clone: [56, 220, '0x10000011, 0, 0, 0, 0'],
  clone3: [435, 435, '$s, 88', 'pack("Q11", 0x10000000, 0, 0, 0, 17)'],
  io_uring_setup: [425, 425, '1, $s', 'chr(0) x 120'],
  // PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS
  mmap: [9, 222, '0, 4096, 7, 0x22, -1, 0'],
  // KEYCTL_GET_KEYRING_ID of the session
  keyctl: [250, 219, '0, -3, 1'],
  // BPF_MAP_CREATE of an array
  bpf: [321, 280, '0, $s, 72', 'pack("L18", 2, 4, 4, 1)'],
  userfaultfd: [323, 282, '0'],
} as const;

/** A script that ends with `no` when each of the calls is refused, else with their names. */
function byCall(...names: readonly (keyof typeof calls)[]): string {
  const attempts = names.map((name) => {
    const [x86, arm, args, struct = '""'] = calls[name];
    return `$s = ${struct}; print "${name}\n" if syscall($arm ? ${arm} : ${x86}, ${args}) != -1;`;
  });
  return `perl -e 'print "no\n"; my $arm = \`uname -m\` =~ /aarch64/; my $s; ${attempts.join(' ')}'`;
}

describe('is refused', () => {
  it.each([
    { what: 'to write anywhere on the disk', script: 'echo x >/etc/attack || echo no' },
    { what: 'to write in /run, but for its own directory', script: 'echo x >/run/attack || echo no' },
    { what: 'to write where units lie', script: 'mkdir -p /run/systemd/system/x || echo no' },
    { what: 'to read home directories', script: 'cat /root/.aws/credentials || echo no' },
    { what: 'to read password hashes', script: 'cat /etc/shadow || echo no' },
    { what: 'other name spaces', script: 'nsenter --target 1 --mount true || echo no' },
    { what: 'to mount', script: 'mount -t tmpfs x /tmp || echo no' },
    { what: 'another user id', script: 'setpriv --reuid 1 true || echo no' },
    { what: 'name spaces by clone and clone3', script: byCall('clone', 'clone3') },
    { what: 'io_uring, whose calls no filter sees', script: byCall('io_uring_setup') },
    { what: 'memory that is written and run', script: byCall('mmap') },
    { what: 'keyrings, bpf and userfaultfd', script: byCall('keyctl', 'bpf', 'userfaultfd') },
    {
      what: 'netlink, raw packets, the kernel’s ciphers and the hypervisor’s sockets',
      script: `perl -e 'for my $f (16, 17, 38, 40) { for my $t (1, 3, 5) { exit 1 if socket(my $s, $f, $t, 0) } }' && echo no`,
    },
    { what: 'to change kernel settings', script: 'true <>/proc/sys/kernel/core_pattern || echo no' },
    { what: 'to stop the machine', script: 'true >/proc/sysrq-trigger || echo no' },
    {
      what: 'to leave its control group',
      script: 'cd /sys/fs/cgroup; [ ! -d systemd ] || cd systemd; mkdir attack || echo no',
    },
    {
      what: 'the memory of the machine, and a device for it',
      script: '[ ! -e /dev/mem ] && ! mknod "$STATE_DIRECTORY/mem" c 1 1 && echo no',
    },
    {
      what: 'to leave behind a program that makes others root',
      script:
        'cd "$STATE_DIRECTORY"; cp /bin/true attack; chmod u+s attack && s=yes || s=no; rm attack; echo $s',
    },
    { what: 'real-time priority', script: 'chrt -f 1 true || echo no' },
    { what: 'another personality', script: 'setarch -R true || echo no' },
    { what: 'a core dump', script: '[ "$(ulimit -H -c)" = 0 ] && echo no' },
  ])('$what', async ({ script }) => {
    const lines = (await attack(script)).split('\n');
    expect(lines.at(-1)).toBe('no');
    expect(lines.filter((line) => /aws-key|root:/.test(line))).toEqual([]);
  });

  it('what reads another process, its memory or its descriptors', async () => {
    const allowed = (await sh(`systemctl show --value --property=SystemCallFilter ${unit}`)).split(/\s+/);
    expect(allowed).toContain('openat');
    const refused = [
      'ptrace',
      'process_vm_readv',
      'process_vm_writev',
      'pidfd_getfd',
      'kcmp',
      'perf_event_open',
      'process_madvise',
      'open_by_handle_at',
      'io_uring_setup',
      'io_uring_enter',
      'userfaultfd',
      'memfd_create',
      'execveat',
      'keyctl',
      'bpf',
      'mount',
      'fsopen',
      'move_mount',
      'unshare',
      'setns',
      'finit_module',
      'kexec_load',
    ];
    expect(allowed.filter((call) => refused.includes(call))).toEqual([]);
  });

  it('that a child which is killed for its memory ends the daemon', async () => {
    expect((await sh(`systemctl show --value --property=OOMPolicy ${unit}`)).trim()).toBe('continue');
  });

  it('its own directories stay writable', async () => {
    const text = await attack(`for d in "$STATE_DIRECTORY" "$RUNTIME_DIRECTORY" /var/lib/node_exporter; do
      echo x >"$d/attack" && rm "$d/attack" && echo yes; done`);
    expect(text).toBe('yes\nyes\nyes');
  });
});

it('a restart by systemctl gets through', async () => {
  const started = async () =>
    (await sh('systemctl show --value --property=ExecMainStartTimestampMonotonic ecs.service')).trim();
  const before = await started();
  expect(await attack('systemctl restart --no-block ecs.service && echo yes')).toBe('yes');
  await eventually('another ecs-init', started, (now) => now !== before && now !== '0');
});

// The truth that docs/security.md tells. Whoever finds one of these closed should say so there.
describe('is not refused, because root and CAP_SYS_PTRACE are needed', () => {
  it.each([
    {
      what: 'to read home directories through /proc/1/root',
      script: 'cat /proc/1/root/root/.aws/credentials',
      told: 'aws-key',
    },
    {
      what: 'to write the disk through /proc/1/root',
      script: 'echo told >/proc/1/root/etc/attack; cat /etc/attack',
      told: 'told',
    },
    {
      // Its memory can be written by the same right.
      what: 'to read the memory of dockerd',
      script: `pid=$(pidof dockerd); from=$(grep -m 1 /dockerd /proc/$pid/maps | cut -d - -f 1)
        dd if=/proc/$pid/mem bs=1 skip=$((0x$from + 1)) count=3 status=none`,
      told: 'ELF',
    },
    {
      what: 'the Docker socket, though InaccessiblePaths= hides it',
      more: 'InaccessiblePaths=-/run/docker.sock',
      script: `export HOME=/tmp; docker -H unix:///run/docker.sock version >/dev/null 2>&1 && echo shown
        docker -H unix:///proc/1/root/run/docker.sock version --format '{{.Server.Os}}'`,
      told: 'linux',
    },
    {
      // Opened, not written: this may be the kernel of more than this machine.
      what: 'to change kernel settings through /proc/1/root',
      script: 'true <>/proc/1/root/proc/sys/kernel/core_pattern && echo told',
      told: 'told',
    },
    {
      what: 'to leave its control group through /proc/1/root',
      script: `cd /proc/1/root/sys/fs/cgroup; [ ! -d systemd ] || cd systemd
        mkdir attack && echo $$ >attack/cgroup.procs && grep -o 'attack$' /proc/self/cgroup`,
      told: 'attack',
    },
    { what: 'to end any process of root’s', script: 'kill -0 $(pidof dockerd) && echo told', told: 'told' },
    {
      what: 'to run what it wrote',
      script:
        'cp /bin/echo "$STATE_DIRECTORY/attack"; "$STATE_DIRECTORY/attack" told; rm "$STATE_DIRECTORY/attack"',
      told: 'told',
    },
  ])('$what', async ({ script, told, more }) => {
    expect(await attack(script, more)).toBe(told);
  });
});
