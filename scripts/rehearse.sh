#!/bin/sh
# Rehearses a migration to PrivateLink on this machine, from a fresh clone: scripts/rehearse.sh [--fast] [--json]
# Installs and builds what is missing, then runs test/lab/rehearse.ts; its --help tells the rest.
set -eu

cd "$(dirname "$0")/.."

if ! command -v node >/dev/null || ! node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);
'; then
  echo "rehearse.sh: Node.js 20.19 or newer is needed; found: $(node --version 2>/dev/null || echo none)." >&2
  echo "rehearse.sh: see https://nodejs.org/en/download, or install nodejs from a newer Debian or Ubuntu." >&2
  exit 69
fi

# npm writes this file last, and leaves it out when it did not get to the end.
if ! [ -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'rehearse.sh: installing npm packages' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
fi

if ! command -v ip >/dev/null && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo 'rehearse.sh: installing iproute2' >&2
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends iproute2; } >&2 || true
fi

npm run --silent build >&2

exec node test/lab/run-typescript.mjs test/lab/rehearse.ts "$@"
