#!/bin/bash
# User data of a container instance that gets ecs-privatelinkd at boot. Put what scripts/package.sh left in dist/ at
# one place that the instance can reach (in a private subnet: S3, through its gateway endpoint), and fill in the lines
# below; docs/install.md has the cloud-init and the Terraform form.
set -eu

# The place, ending in "/": https://… or s3://…
place=https://my-bucket.s3.us-east-1.amazonaws.com/ecs-privatelinkd/0.1.0/
# sha256sum SHA256SUMS: everything else is checked against that file.
sums_sha256=0000000000000000000000000000000000000000000000000000000000000000
# Settings, one KEY=VALUE a line; may be empty. A fleet wants a splay.
settings='
ECS_PRIVATELINKD_SPLAY=10m
'

# cloud-final.service runs this, and ecs.service waits for cloud-final: nothing here may wait for the agent, Docker or
# a unit. A failure is told, and keeps neither the agent nor the rest of user data from starting.
install_ecs_privatelinkd() {
  local directory
  directory=$(mktemp -d)
  cd "$directory"
  for file in SHA256SUMS install.sh; do
    case $place in
    s3://*) aws s3 cp --only-show-errors "$place$file" "$file" ;;
    *) curl --fail --silent --show-error --location --connect-timeout 10 --retry 4 --remote-name "$place$file" ;;
    esac || return
  done
  echo "$sums_sha256  SHA256SUMS" | sha256sum --check --quiet || return
  sha256sum --check --quiet --ignore-missing SHA256SUMS || return
  local flags=(--no-block --sha256 "$sums_sha256")
  while read -r setting; do
    [ -z "$setting" ] || flags+=(--set "$setting")
  done <<<"$settings"
  sh install.sh "${flags[@]}" "$place" || return
  rm -r "$directory"
}

(install_ecs_privatelinkd) || echo 'user data: ecs-privatelinkd could not be installed; the agent is as it would be without' >&2
