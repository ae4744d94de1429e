# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by ./run and ./check from the project's root: what has to be there before anything is built.

packages_build="gcc g++ libc6-dev pkg-config meson ninja-build python3 python3-pip libglib2.0-dev libgdk-pixbuf-2.0-dev
  libjpeg62-turbo-dev zlib1g-dev libjson-glib-dev libprotobuf-c-dev protobuf-c-compiler libflatbuffers-dev flatbuffers-compiler libsqlite3-dev libsoup-3.0-dev libgtk-4-dev libadwaita-1-dev gettext"
packages_run="glib-networking ca-certificates webp-pixbuf-loader dataset-fashion-mnist adwaita-icon-theme librsvg2-common"
packages_test="libonnx-testdata python3-venv locales xvfb xauth openbox xdotool x11-utils dbus dbus-x11 at-spi2-core gir1.2-atspi-2.0 python3-gi imagemagick desktop-file-utils"

say () { printf '%s\n' "$*"; }

die () { printf '%s\n' "$*" >&2; exit 1; }

# need_packages NAME...: installs those that are missing, and touches nothing else
need_packages ()
{
  missing=
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $name"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || die "missing:$missing; install them (this machine has no apt-get) and start again"
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "missing:$missing; install them as root and start again"
    as_root=sudo
  fi
  say "Installing Debian packages:$missing"
  $as_root apt-get update -qq || say "The list of packages could not be updated; trying with the old one."
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null \
    || die "apt-get could not install:$missing"
}

# build FOLDER [MESON OPTION...]: configures once, builds
build ()
{
  folder=$1
  shift
  if [ ! -f "$folder/build.ninja" ]; then
    say "Configuring $folder"
    meson setup "$folder" "$@" >"$folder.log" 2>&1 || { tail -n 20 "$folder.log"; die "meson setup failed: see $folder.log"; }
  fi
  say "Building $folder"
  # where there is ccache: it takes a precompiled header, which has no macro of the date
  CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS-pch_defines,time_macros} \
  ninja -C "$folder" >"$folder.log" 2>&1 || { tail -n 40 "$folder.log"; die "the build failed: see $folder.log"; }
}
