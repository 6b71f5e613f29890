#!/bin/bash
# User data of a container instance that gets ecs-privatelinkd at boot. Put what scripts/package.sh left in dist/ at
# one place that the instance can reach (in a private subnet: S3, through its gateway endpoint), and fill in the lines
# below; docs/install.md has the cloud-init and the Terraform form.
set -eu

# The place, ending in "/": https://… or s3://…
place=https://my-bucket.s3.us-east-1.amazonaws.com/ecs-privatelinkd/0.1.0/
# sha256sum SHA256SUMS: everything else is checked against that file.
sums_sha256=0000000000000000000000000000000000000000000000000000000000000000
# Settings, one KEY=VALUE a line; may be empty. A fleet wants a splay, and the record that `fleet` reads.
settings='
ECS_PRIVATELINKD_SPLAY=10m
ECS_PRIVATELINKD_SSM_INVENTORY=auto
'

# cloud-final.service runs this, and ecs.service waits for cloud-final: nothing here may wait for the agent, Docker or
# a unit. A failure keeps neither the rest of user data from running nor the agent from starting (ecs.service is ordered
# after cloud-final, and does not require it); the script ends with 1 then, so that `cloud-init status` shows it.
install_ecs_privatelinkd() {
  directory=$(mktemp -d) || return
  trap 'rm -rf "$directory"' EXIT
  cd "$directory" || return
  for file in SHA256SUMS install.sh; do
    case $place in
    s3://*) fetch_s3 "$place$file" "$file" ;;
    *)
      curl -q --fail --silent --show-error --location --proto "=https,${place%%:*}" --connect-timeout 10 --retry 4 \
        --output "$file" "$place$file"
      ;;
    esac || return
  done
  echo "$sums_sha256  SHA256SUMS" | sha256sum --check --quiet || return
  sha256sum --check --quiet --ignore-missing SHA256SUMS || return
  local flags=(--no-block --sha256 "$sums_sha256")
  while read -r setting; do
    [ -z "$setting" ] || flags+=(--set "$setting")
  done <<<"$settings"
  sh install.sh "${flags[@]}" "$place"
}

# As in install.sh, which has to be fetched first.
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

if ! (install_ecs_privatelinkd); then
  echo 'user data: ecs-privatelinkd could not be installed; the agent is as it would be without' >&2
  trap 'exit 1' EXIT
fi
