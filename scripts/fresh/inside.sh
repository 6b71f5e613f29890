#!/usr/bin/env bash
# The part of scripts/fresh.sh in its namespaces, as their first process: inside.sh TREE RELEASE COMMAND…
# Exit codes: 0 every command passed and left nothing; 1 not so.
set -euo pipefail

tree=$1 release=$2
shift 2

mount --bind "$tree" "$tree"
cd "$tree"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
mount --bind dev/pts/ptmx dev/ptmx 2>/dev/null || true
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t tmpfs -o mode=755 run run
mkdir -p run/lock
# As the root of everything: user namespaces and systemd-nspawn refuse a chroot.
mkdir -p .host
pivot_root . .host
umount --lazy /.host
rmdir /.host
cd /

# Snapshots of the tree, around each command and around what dpkg does: a file and its size and time a line.
records=/run/fresh
mkdir -p "$records"
cat >"$records/snapshot" <<'END'
#!/bin/sh
find / -xdev \( -path /root/ecs-privatelinkd -o -path /var/cache/ecs-privatelinkd-lab -o -path /var/cache/apt \
  -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log/apt -o -path /var/log/dpkg.log \) -prune \
  -o -type d -printf '%p/\n' -o -printf '%p %s %T@\n' | LC_ALL=C sort >"$1"
END
cat >"$records/after-dpkg" <<'END'
#!/bin/sh
/run/fresh/snapshot /run/fresh/after
LC_ALL=C comm -13 /run/fresh/before /run/fresh/after >>/run/fresh/of-packages
END
chmod 755 "$records/snapshot" "$records/after-dpkg"
: >"$records/of-packages"
# A root directory that a test makes has this file and not the records.
cat >/etc/apt/apt.conf.d/91fresh <<'END'
DPkg::Pre-Invoke { "[ ! -x /run/fresh/snapshot ] || /run/fresh/snapshot /run/fresh/before"; };
DPkg::Post-Invoke { "[ ! -x /run/fresh/after-dpkg ] || /run/fresh/after-dpkg"; };
END

others() {
  local pid
  for pid in /proc/[0-9]*; do
    pid=${pid#/proc/}
    # Kernel threads and what has just ended have no command line.
    [ "$pid" -eq 1 ] || [ "$pid" -eq "$BASHPID" ] || [ "$pid" -eq $$ ] || tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null
  done
}

mounts() {
  cut -d ' ' -f 5 /proc/self/mountinfo | LC_ALL=C sort
}

environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "TERM=${TERM:-dumb}")
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY npm_config_registry; do
  [ -z "${!name:-}" ] || environment+=("$name=${!name}")
done
failed=0
"$records/snapshot" "$records/start"
mounts >"$records/mounts"
for command in "$@"; do
  case $command in
    rehearse) line=./scripts/rehearse.sh ;;
    test) line=./scripts/test.sh ;;
  esac
  echo "fresh.sh: $release: $line" >&2
  began=$SECONDS status=0
  env -i "${environment[@]}" sh -c "cd ~/ecs-privatelinkd && $line" || status=$?
  result=passed
  [ "$status" -eq 0 ] || result="FAILED with $status"
  took=$((SECONDS - began))

  "$records/snapshot" "$records/end"
  LC_ALL=C comm -13 "$records/start" "$records/end" >"$records/new"
  LC_ALL=C sort -u -o "$records/of-packages" "$records/of-packages"
  left=$(LC_ALL=C comm -23 "$records/new" "$records/of-packages")
  mounts >"$records/mounts-now"
  mounted=$(LC_ALL=C comm -13 "$records/mounts" "$records/mounts-now")
  # What is only just ending is not left.
  for _ in 1 2 3 4 5; do
    processes=$(others)
    [ -n "$processes" ] || break
    sleep 1
  done
  echo "fresh.sh: $release: $line $result in $took s; checkout $(du -sh ~/ecs-privatelinkd | cut -f 1)," \
    "$(dpkg-query -W | wc -l) Debian packages, left outside:" \
    "$([ -n "$left$processes$mounted" ] && echo "$left $processes $mounted" || echo nothing)" >&2
  [ "$status" -eq 0 ] && [ -z "$left$processes$mounted" ] || failed=1
done
exit "$failed"
