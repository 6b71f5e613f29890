#!/bin/sh
# Fetches the Node.js of both architectures from nodejs.org into DIR, as the npm registry's packages lie there:
#
#   scripts/package/fetch-node.sh VERSION DIR [NPM-RUNTIMES]
#
# Nothing is taken whose SHA-256 is not in a SHASUMS256.txt that one of the keys of node-release-keys has signed. With
# NPM-RUNTIMES (what scripts/prepare/node.sh installed) their binaries must be the same, byte for byte: the packages of
# the registry are somebody's repackaging.
# ECS_PRIVATELINKD_NODE_DIST is another place than https://nodejs.org/dist; ECS_PRIVATELINKD_NODE_KEYRING a file of public
# keys instead of a key server. Whose signature counts is in node-release-keys all the same.
# Exit codes: 0 fetched; 1 something is not what it should be; 64 usage.
set -eu

[ $# -eq 2 ] || [ $# -eq 3 ] || {
  sed -n '2,${ /^#/!q; s/^# \{0,1\}//p; }' "$0" >&2
  exit 64
}
version=$1 directory=$2 registry=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
dist=${ECS_PRIVATELINKD_NODE_DIST:-https://nodejs.org/dist}

die() {
  echo "fetch-node.sh: $1" >&2
  exit 1
}

work=$(mktemp -d)
trap 'gpgconf --homedir "$work/gnupg" --kill all 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fetch() {
  # No other protocol, also where an answer leads elsewhere.
  curl -q --fail --silent --show-error --location --proto "=${dist%%:*}" --retry 3 --output "$work/$1" \
    "$dist/v$version/$1" || die "$dist/v$version/$1 could not be fetched"
}

mkdir -m 700 "$work/gnupg"
in_gpg() {
  gpg --homedir "$work/gnupg" --batch --no-tty --quiet "$@"
}
trusted=$(sed -n 's/^\([0-9A-F]\{40\}\) .*/\1/p' "$here/node-release-keys")
if [ -n "${ECS_PRIVATELINKD_NODE_KEYRING:-}" ]; then
  in_gpg --import "$ECS_PRIVATELINKD_NODE_KEYRING"
else
  # shellcheck disable=SC2086
  in_gpg --keyserver hkps://keys.openpgp.org --recv-keys $trusted || die 'the keys could not be fetched'
fi

# Only what was signed is written; the last field of VALIDSIG is the primary key.
fetch SHASUMS256.txt.asc
in_gpg --status-fd 3 --output "$work/sums" --decrypt "$work/SHASUMS256.txt.asc" 3>"$work/verdict" 2>"$work/said" || {
  cat "$work/said" >&2
  die 'SHASUMS256.txt.asc is not signed by a key that is known'
}
signer=$(sed -n 's/^\[GNUPG:\] VALIDSIG .* \([0-9A-F]\{40\}\)$/\1/p' "$work/verdict")
case "
$trusted
" in
*"
${signer:-nobody}
"*) ;;
*) die "SHASUMS256.txt.asc is signed by ${signer:-nobody}, who is not in node-release-keys" ;;
esac

rm -rf "$directory"
sources=
for architecture in x64 arm64; do
  name=node-v$version-linux-$architecture
  sum=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\.tar\.xz$/\1/p" "$work/sums")
  [ -n "$sum" ] || die "the signed sums do not name $name.tar.xz"
  fetch "$name.tar.xz"
  echo "$sum  $work/$name.tar.xz" | sha256sum --check --quiet --strict - >&2 || die "$name.tar.xz has another SHA-256"
  into=$directory/node_modules/node-linux-$architecture
  mkdir -p "$into"
  tar --extract --xz --no-same-owner --strip-components=1 --directory="$into" --file="$work/$name.tar.xz" \
    "$name/bin/node" "$name/LICENSE"
  rm "$work/$name.tar.xz"
  if [ -n "$registry" ]; then
    cmp -s "$into/bin/node" "$registry/node_modules/node-linux-$architecture/bin/node" ||
      die "node-linux-$architecture of the npm registry is not the Node.js $version of nodejs.org"
  fi
  sources="$sources${sources:+,}
  { \"name\": \"node-linux-$architecture\", \"version\": \"$version\",
    \"url\": \"https://nodejs.org/dist/v$version/$name.tar.xz\", \"algorithm\": \"SHA-256\", \"hash\": \"$sum\" }"
done
printf '[%s\n]\n' "$sources" >"$directory/sources.json"
echo "fetch-node.sh: Node.js $version of nodejs.org, signed by $signer${registry:+, the same as the npm registry\'s}" >&2
