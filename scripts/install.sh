#!/bin/sh
# Installs ecs-privatelinkd on a container instance, or removes it: install.sh --help.
set -eu

# An empty or relative entry would have programs of the current directory run as root.
case :${PATH:-}: in
*::* | *:[!/]*) PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ;;
esac
export PATH

name=ecs-privatelinkd
unit=$name.service
config=/etc/$name/$name.config
example=/usr/share/$name/$name.config
manifest=/usr/lib/$name/manifest

print_help() {
  cat <<'END'
Installs ecs-privatelinkd on a container instance, or removes it. Can be run again: it upgrades or repairs.

  install.sh [FLAGS] SOURCE
  install.sh --uninstall

SOURCE is a package (.rpm, .deb or .tar.gz): a file, or an https:// or s3:// URL. Ending in "/" it is a place where
all packages lie beside SHA256SUMS, as scripts/package.sh leaves them: the one for this host is chosen.

  --sha256 HEX     SHA-256 of the package; of SHA256SUMS where SOURCE is a place. Without it, SHA256SUMS beside the
                   package is what it is checked against.
  --set KEY=VALUE  Adds a line to the config file, if the settings are valid with it. May be repeated.
  --no-block       Starts the daemon without waiting until it is up. For user data.
  --no-start       Enables the daemon, and leaves starting it to the next boot. For images.
  --uninstall      Removes the package with its settings and state. The ECS agent is not touched.
  -h, --help       Explains this.

s3:// is read with the AWS CLI, or where there is none with curl and the instance's role. Nothing else is fetched:
a package is self-contained.
Exit codes: 0 done; 1 the package manager or the start failed; 64 usage; 65 a checksum is wrong or missing; 69 SOURCE
cannot be fetched; 77 not root; 78 the package is installed, but the settings are not valid: the config file is as it
was, and the daemon was not started.
END
}

fail() {
  status=$1
  shift
  echo "install.sh: $*" >&2
  exit "$status"
}

usage() {
  fail 64 "$* (install.sh --help)"
}

say() {
  echo "install.sh: $*"
}

systemd_runs() {
  [ -d /run/systemd/system ]
}

# --- what is installed ------------------------------------------------------------------------------------------------

# Prints rpm, deb, tarball or nothing.
installed_as() {
  if [ -e "$manifest" ]; then
    echo tarball
  elif command -v dpkg-query >/dev/null && dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null |
    grep -qx 'installed\|config-files\|unpacked\|half-.*'; then
    echo deb
  elif command -v rpm >/dev/null && rpm --quiet -q "$name" 2>/dev/null; then
    echo rpm
  fi
}

# The kind of package that fits this host. rpm may be a mere tool on Debian, and dpkg is not on Amazon Linux.
kind_for_host() {
  if [ -e /var/lib/dpkg/status ] && command -v dpkg >/dev/null; then
    echo deb
  elif command -v rpm >/dev/null; then
    echo rpm
  else
    echo tarball
  fi
}

kind_of() {
  case $1 in
  *.rpm) echo rpm ;;
  *.deb) echo deb ;;
  *.tar.gz) echo tarball ;;
  *) usage "$1 is no .rpm, .deb or .tar.gz" ;;
  esac
}

# --- fetching ---------------------------------------------------------------------------------------------------------

# fetch SOURCE FILE
fetch() {
  case $1 in
  s3://*) fetch_s3 "$1" "$2" ;;
  http://* | https://*)
    if command -v curl >/dev/null; then
      # Without ~/.curlrc, which under sudo may be the caller's. From https:// no redirect leads to http://; wget can
      # only follow none.
      curl -q --fail --silent --show-error --location --proto "=https,${1%%:*}" --connect-timeout 10 --retry 4 \
        --output "$2" "$1"
    else
      wget --no-config --quiet --max-redirect=0 --timeout=10 --tries=5 --output-document="$2" "$1"
    fi
    ;;
  *) cp "$1" "$2" ;;
  esac
}

not_fetched() {
  case $1 in
  s3://*) fail 69 "$1 cannot be fetched: may the instance's role read it, and is there a route to S3 (gateway endpoint)?" ;;
  *) fail 69 "$1 cannot be fetched" ;;
  esac
}

fetch_s3() {
  if command -v aws >/dev/null; then
    aws s3 cp --only-show-errors "$1" "$2"
    return
  fi
  # The AMI has no AWS CLI: with curl, by the instance's role.
  imds=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
  imds=${imds%/}/latest
  token=$(one_value imds_curl --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/api/token") || return
  role=$(imds_get meta-data/iam/security-credentials/) || return
  credentials=$(imds_get "meta-data/iam/security-credentials/$role") || return
  key=$(one_value credential AccessKeyId) || return
  secret=$(one_value credential SecretAccessKey) || return
  session=$(one_value credential Token) || return
  region=${AWS_REGION:-$(imds_get meta-data/placement/region)}
  endpoint=${AWS_ENDPOINT_URL_S3:-https://s3.$region.$(imds_get meta-data/services/domain)}
  # Secrets go in on standard input: a command line can be read by every user. The hash is that of no content.
  curl -q --fail --silent --show-error --connect-timeout 10 --retry 4 --config - --output "$2" \
    --aws-sigv4 "aws:amz:$region:s3" \
    --header 'x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' \
    "${endpoint%/}/${1#s3://}" <<END
user = "$key:$secret"
header = "x-amz-security-token: $session"
END
}

# one_value COMMAND...: what it prints, if that can be no more than one value of curl's settings.
one_value() {
  value=$("$@") || return
  case $value in
  *[[:cntrl:]\"\\]*) return 1 ;;
  esac
  printf '%s\n' "$value"
}

imds_curl() {
  curl -q --fail --silent --show-error --noproxy '*' --connect-timeout 2 --max-time 5 --retry 2 "$@"
}

imds_get() {
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$token" | imds_curl --config - "$imds/$1"
}

credential() {
  printf '%s\n' "$credentials" | sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p"
}

# check FILE HEX WHAT
check() {
  found=$(sha256sum "$1" | cut -d ' ' -f 1)
  [ "$found" = "$(printf '%s' "$2" | tr 'A-F' 'a-f')" ] ||
    fail 65 "SHA-256 of $3 is $found, where $2 is expected; nothing was installed"
}

# Fetches the package into $directory, checks it, and sets $package.
obtain() {
  case $source in
  http://*) [ -n "$sha256" ] || fail 65 'over http:// only with --sha256' ;;
  esac
  case $source in
  */) choose_from_place ;;
  *)
    package=$directory/$(basename "$source")
    kind_of "$package" >/dev/null
    fetch "$source" "$package" || not_fetched "$source"
    if [ -n "$sha256" ]; then
      check "$package" "$sha256" "$source"
    elif fetch "${source%/*}/SHA256SUMS" "$directory/SHA256SUMS" 2>/dev/null; then
      check_by_sums "$(basename "$source")"
    else
      fail 65 "there is no SHA256SUMS beside $source: give --sha256"
    fi
    ;;
  esac
}

choose_from_place() {
  fetch "${source}SHA256SUMS" "$directory/SHA256SUMS" || not_fetched "${source}SHA256SUMS"
  [ -z "$sha256" ] || check "$directory/SHA256SUMS" "$sha256" "${source}SHA256SUMS"
  machine=$(uname -m)
  case $(kind_for_host):$machine in
  rpm:*) suffix=.$machine.rpm ;;
  deb:x86_64) suffix=_amd64.deb ;;
  deb:aarch64) suffix=_arm64.deb ;;
  *) suffix=-linux-$machine.tar.gz ;;
  esac
  found=$(awk -v suffix="$suffix" '{ sub("^[*]", "", $2) }
    substr($2, length($2) - length(suffix) + 1) == suffix { print $2 }' "$directory/SHA256SUMS")
  case $found in
  '') fail 69 "$source has no package for this host: SHA256SUMS names none that ends in $suffix" ;;
  *[!A-Za-z0-9._-]*) fail 69 "$source has several packages for this host; name one" ;;
  esac
  package=$directory/$found
  fetch "$source$found" "$package" || not_fetched "$source$found"
  check_by_sums "$found"
}

# check_by_sums NAME: $package against the line of that name.
check_by_sums() {
  expected=$(awk -v name="$1" '$2 == name || $2 == "*" name { print $1 }' "$directory/SHA256SUMS")
  [ -n "$expected" ] || fail 65 "SHA256SUMS has no line for $1; nothing was installed"
  check "$package" "$expected" "$1"
}

# --- installing -------------------------------------------------------------------------------------------------------

install_package() {
  # systemctl then does not touch PID 1: no script of a package starts the daemon before its settings are there, nor in
  # an image that is being built.
  export SYSTEMD_OFFLINE=1
  kind=$(kind_of "$package")
  present=$(installed_as)
  case $present in
  '' | "$kind") ;;
  *) fail 1 "$name is installed as $present already: go on with that, or run install.sh --uninstall first" ;;
  esac
  case $kind in
  rpm) rpm --upgrade --oldpackage --replacepkgs "$package" || fail 1 'rpm failed' ;;
  deb) install_deb ;;
  tarball) install_tarball ;;
  esac
  unset SYSTEMD_OFFLINE
  if systemd_runs; then
    systemctl daemon-reload
  fi
}

# Other installations at boot hold dpkg's lock for a while.
install_deb() {
  attempts=24
  until output=$(DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --install "$package" 2>&1); do
    case $output in
    *locked*) ;;
    *) fail 1 "dpkg failed: $output" ;;
    esac
    attempts=$((attempts - 1))
    [ "$attempts" -gt 0 ] || fail 1 "dpkg is locked: $output"
    sleep 5
  done
}

install_tarball() {
  stage=$directory/stage
  mkdir "$stage"
  tar --extract --gzip --file "$package" --directory "$stage" --strip-components=1 --no-same-owner
  (cd "$stage" && find . -type f | sed 's,^\.,,' | sort) >"$directory/manifest"
  if [ ! -e "$manifest" ]; then
    # Enabled once, and given a config file once: what an administrator has changed since stays so.
    mkdir -p /etc/systemd/system/multi-user.target.wants "${config%/*}"
    ln -sf "/usr/lib/systemd/system/$unit" "/etc/systemd/system/multi-user.target.wants/$unit"
    [ -e "$config" ] || cp "$stage$example" "$config"
    # Directories that only this package has; a longer path before a shorter one.
    (cd "$stage" && find . -depth -mindepth 1 -type d | sed 's,^\.,,') | while read -r made; do
      [ -d "$made" ] || echo "$made/"
    done >"$directory/directories"
  else
    grep '/$' "$manifest" >"$directory/directories" || true
  fi
  # Written beside their old versions and renamed: the old daemon still runs from those.
  while read -r file; do
    mkdir -p "$(dirname "$file")"
    cp --preserve=mode,timestamps "$stage$file" "$file.new"
    mv -f "$file.new" "$file"
  done <"$directory/manifest"
  cat "$directory/directories" >>"$directory/manifest"
  cp "$directory/manifest" "$manifest"
}

# Writes what is not effective already, once the program that was installed finds nothing wrong with the whole; of
# several lines of one key the last one counts.
add_settings() {
  wanted=$directory/$name.config
  : >"$wanted"
  [ ! -e "$config" ] || cp "$config" "$wanted"
  printf '%s\n' "$settings" | while read -r line; do
    [ -n "$line" ] || continue
    [ "$(grep "^${line%%=*}=" "$wanted" | tail -n 1)" = "$line" ] || printf '%s\n' "$line" >>"$wanted"
  done
  if ! problems=$(env -i PATH="$PATH" "/usr/bin/$name" config --config "$wanted" 2>&1 >/dev/null); then
    printf '%s\n' "$problems" | sed "s,$wanted,$config,g" >&2
    fail 78 "the settings are not valid: $config is as it was; $name is installed, and was not started"
  fi
  if [ -n "$settings" ] && ! cmp -s "$wanted" "$config"; then
    mkdir -p "${config%/*}"
    cat "$wanted" >"$config"
  fi
}

start() {
  if [ "$start" = yes ] && systemd_runs; then
    # shellcheck disable=SC2086
    systemctl $block restart "$unit" || fail 1 "$unit did not start: journalctl -u $name"
    say "installed and started; see: $name status"
    return
  fi
  say "installed and enabled; it starts at the next boot"
  if [ -e "/var/lib/$name/state.json" ]; then
    say "a daemon has run here; before an image is taken: systemctl stop $name && rm -rf /var/lib/$name"
  fi
}

# --- removing ---------------------------------------------------------------------------------------------------------

# The record that was left for the SSM agent lies where the daemon noted it; no other file is ever removed for that note.
remove_record() {
  note=/var/lib/$name/ssm-inventory
  [ -f "$note" ] || return 0
  read -r record <"$note" || true
  case $record in
  /*/ecs-privatelinkd.json) rm -f "$record" "$record".*.tmp ;;
  esac
  rm -f "$note"
}

uninstall() {
  if systemd_runs && systemctl --quiet is-active "$unit"; then
    systemctl stop "$unit"
  fi
  present=$(installed_as)
  case $present in
  rpm) rpm --erase "$name" || fail 1 'rpm failed' ;;
  deb) dpkg --purge "$name" || fail 1 'dpkg failed' ;;
  tarball)
    remove_record
    rm -f "/etc/systemd/system/multi-user.target.wants/$unit"
    while read -r entry; do
      case $entry in
      */) rmdir "$entry" 2>/dev/null || true ;;
      *) rm -f "$entry" ;;
      esac
    done <"$manifest"
    rm -rf "/usr/lib/${name:?}" "/usr/share/${name:?}" "/usr/share/doc/${name:?}"
    ;;
  esac
  rm -rf "/etc/${name:?}" "/var/lib/${name:?}" "/run/${name:?}" "/etc/systemd/system/${unit:?}.d"
  if systemd_runs; then
    systemctl daemon-reload
    systemctl reset-failed "$unit" 2>/dev/null || true
  fi
  case $present in
  '') say 'not installed: nothing to remove' ;;
  *) say 'removed, with settings and state' ;;
  esac
}

# ----------------------------------------------------------------------------------------------------------------------

source='' sha256='' settings='' block='' start=yes action=install
while [ $# -gt 0 ]; do
  case $1 in
  --sha256)
    sha256=${2:-}
    [ ${#sha256} -eq 64 ] || usage '--sha256 takes 64 hexadecimal digits'
    shift
    ;;
  --set)
    case ${2:-} in
    ECS_PRIVATELINKD_*=*) settings="$settings$2
" ;;
    *) usage '--set takes ECS_PRIVATELINKD_KEY=VALUE' ;;
    esac
    shift
    ;;
  -h | --help)
    print_help
    exit
    ;;
  --no-block) block=--no-block ;;
  --no-start) start=no ;;
  --uninstall) action=uninstall ;;
  -*) usage "no such flag: $1" ;;
  *)
    [ -z "$source" ] || usage 'one SOURCE only'
    source=$1
    ;;
  esac
  shift
done
[ "$(id -u)" -eq 0 ] || fail 77 'run it as root'
[ "$action" = uninstall ] || [ -n "$source" ] || usage 'SOURCE is missing'
case $source in
*://* | /*) ;;
*) source=$PWD/$source ;;
esac

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
if [ "$action" = uninstall ]; then
  uninstall
  exit
fi
obtain
install_package
add_settings
start
