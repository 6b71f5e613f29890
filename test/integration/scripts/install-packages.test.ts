import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { runCommand } from '../../lab/hosts/machine/command.ts';
import { writePrograms } from '../../lab/scripts/fake-programs.ts';

// scripts/prepare/debian-packages.sh with an apt-get that goes on until it is interrupted, and an /usr/sbin whose
// changes are seen in the test's own mount namespace only.

const aptGet = `trap 'echo "apt-get interrupted" >>"$WORLD/told"; exit 1' INT
grep -q ecs-privatelinkd /usr/sbin/policy-rc.d && echo "apt-get with the policy" >>"$WORLD/told"
: >"$WORLD/installing"
while :; do sleep 0.05; done`;

/** Runs \`$3\` with what it needs: an overlay, a script that installs, and words for what to do with it. */
const stage = `
cd "$1"
WORLD=$2
mount -t tmpfs world "$WORLD/disk"
mkdir "$WORLD/disk/upper" "$WORLD/disk/work"
mount -t overlay -o "lowerdir=/usr/sbin,upperdir=$WORLD/disk/upper,workdir=$WORLD/disk/work" overlay /usr/sbin
rm -f /usr/sbin/policy-rc.d
export WORLD
touch "$WORLD/told"
policy=/usr/sbin/policy-rc.d
within() { for _ in $(seq 600); do if eval "$1"; then return; fi; sleep 0.05; done; echo "timed out: $1"; exit 9; }
start() {
  setsid env --default-signal=INT sh -euc '. scripts/prepare.sh; need_debian_packages "$@"; echo "it went on"' \\
    test.sh "$@" &
  pid=$!
}
end() { code=0; wait "$pid" 2>/dev/null || code=$?; echo "code $code"; }
`;

let world: string;

beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), 'install-'));
});

afterEach(() => {
  rmSync(world, { recursive: true });
});

async function play(story: string, programs: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const fakes = writePrograms(join(world, 'fakes'), { 'apt-get': aptGet, dpkg: '', ...programs });
  writePrograms(join(world, 'disk'), {});
  const argv = ['unshare', '--mount', 'sh', '-euc', stage + story, 'sh', inCheckout('.'), world] as const;
  const env = { PATH: `${fakes}:${process.env['PATH']}`, HOME: world };
  const { code, stdout, stderr } = await runCommand([...argv], { env });
  expect(code, stdout + stderr).toBe(0);
  return stdout.trim().split('\n');
}

it.each([
  ['Ctrl-C', 'kill -s INT -- "-$pid"', 'code 130'],
  ['SIGTERM', 'kill -s TERM "$pid"', 'code 143'],
  ['SIGKILL', 'kill -s KILL "$pid"', 'code 137'],
])('%s while apt-get runs leaves no policy-rc.d, and no apt-get', async (_, signal, code) => {
  const told = await play(`start no-such-program=some-package
    within '[ -e "$WORLD/installing" ]'
    ${signal}
    end
    within '[ ! -e "$policy" ]'
    within 'grep -q interrupted "$WORLD/told"'
    cat "$WORLD/told"`);
  expect(told).toEqual([code, 'apt-get with the policy', 'apt-get interrupted']);
});

it('a policy-rc.d that a killed run left goes at the next start, whatever that needs', async () => {
  const told = await play(`start no-such-program=some-package
    within '[ -e "$WORLD/installing" ]'
    cp "$policy" "$WORLD/left"; kill -s KILL "$pid"; end
    within '[ ! -e "$policy" ]'
    cp "$WORLD/left" "$policy"
    start sh=dash; end
    [ ! -e "$policy" ] && echo gone`);
  expect(told).toEqual(['code 137', 'it went on', 'code 0', 'gone']);
});

it("the machine's own policy-rc.d stays", async () => {
  const told = await play(`echo 'exit 0 # of this machine' >"$policy"
    start sh=dash; end
    cat "$policy"`);
  expect(told).toEqual(['it went on', 'code 0', 'exit 0 # of this machine']);
});

it('waits for another apt, and says for which', async () => {
  const locked = `echo >>"$WORLD/calls"
[ "$(wc -l <"$WORLD/calls")" -gt 3 ] && exit
echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)' >&2
exit 100`;
  const told = await play(
    `exec 2>"$WORLD/errors"
    start no-such-program=some-package; end
    grep waiting "$WORLD/errors"
    wc -l <"$WORLD/calls"`,
    { 'apt-get': locked, sleep: '' },
  );
  expect(told).toEqual([
    'it went on',
    'code 0',
    'install-packages.sh: waiting for another apt, 10 minutes at most: E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)',
    '4',
  ]);
});

it('a package that there is not does not keep the others from being installed', async () => {
  const archive = `case " $* " in
*' absent '*) echo "E: Package 'absent' has no installation candidate" >&2; exit 100 ;;
*' install '*) echo "$@" >>"$WORLD/told" ;;
esac`;
  const told = await play(
    `exec 2>"$WORLD/errors"
    start no-such-program=absent no-other-program=present; end
    cat "$WORLD/told"
    grep absent "$WORLD/errors" | tail -n 1`,
    { 'apt-get': archive },
  );
  expect(told).toEqual([
    'it went on',
    'code 0',
    '-qq install -y --no-remove --no-install-recommends present',
    "install-packages.sh: absent cannot be installed: E: Package 'absent' has no installation candidate",
  ]);
});

it('finds programs of sbin for who has none on PATH', async () => {
  const told = await play(
    `PATH=/usr/bin:/bin sh -euc '. scripts/prepare.sh; missing_packages ldconfig=libc-bin; echo .' test.sh`,
  );
  expect(told).toEqual(['.']);
});

function asNobody(story: string): [string, ...string[]] {
  const script = ['sh', '-euc', `. scripts/prepare.sh; ${story}`, 'test.sh'];
  return ['env', '--chdir', inCheckout('.'), 'setpriv', '--reuid=65534', '--clear-groups', ...script];
}

it('what root made, by sudo, is named to who cannot write to it', async () => {
  const { code, stderr } = await runCommand(asNobody('need_own_checkout; echo "it went on"'));
  expect(code).toBe(69);
  expect(stderr).toMatch(
    /^test\.sh: nobody cannot write to \/.+, which belongs to \w+: sudo chown -R nobody '\/.+'\n$/,
  );
});

it('not root: the package is named, and the command that installs it', async () => {
  const argv = asNobody('require_debian_packages no-such-program=some-package; echo "it went on"');
  expect(await runCommand(argv)).toEqual({
    code: 69,
    stdout: '',
    stderr: 'test.sh: missing: some-package. As root, on Debian or Ubuntu: apt-get install some-package\n',
  });
});
