#!/bin/sh
# unpack.sh FOLDER SUITE PACKAGE…: unpacks Debian's packages into FOLDER, once, and installs nothing. SUITE is a release of Debian,
# fetched from where this machine gets its own packages, or `own` for the release of this machine.
set -eu
folder=$1 suite=$2
shift 2
[ -e "$folder/.whole" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder" "$folder.debs"
trap 'rm -rf "$folder.debs"' EXIT
if [ "$suite" != own ]; then
  apt="$folder.debs/apt"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  : > "$apt/status"
  site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main" > "$apt/sources.list"
  cat > "$apt/config" <<END
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "-"; Dir::State::lists "$apt/lists"; Dir::State::status "$apt/status";
Dir::Cache "$apt"; Dir::Cache::archives "$apt/archives"; APT::Sandbox::User "root"; Acquire::Languages "none";
END
  export APT_CONFIG="$apt/config"
  apt-get update -qq
fi
cd "$folder.debs"
# A machine whose own lists are missing or stale can not download.
apt-get download -qq "$@" || { [ "$suite" = own ] && apt-get update -qq && apt-get download -qq "$@"; }
for archive in *.deb; do dpkg-deb -x "$archive" "$folder"; done
touch "$folder/.whole"
