#!/bin/sh
# unpack.sh FOLDER SUITE PACKAGE…: unpacks Debian's packages into FOLDER and installs nothing. SUITE is a release of Debian, fetched from
# where this machine gets its own packages, or `own` for the release of this machine. FOLDER appears as a whole or not at all.
set -eu
folder=$1 suite=$2
shift 2
apart="$folder.$$"
mkdir -p "$apart/root" "$apart/debs"
trap 'rm -rf "$apart"' EXIT
if [ "$suite" != own ]; then
  # A configuration of apt that knows one release only, and leaves the system's alone.
  apt="$apart/apt"
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
cd "$apart/debs"
# A machine whose own lists are missing or stale can not download; only root may renew them.
apt-get download -qq "$@" || { [ "$suite" = own ] && apt-get update -qq && apt-get download -qq "$@"; }
for archive in *.deb; do dpkg-deb -x "$archive" "$apart/root"; done
# Two may want the same packages at the same time: the folder of the quicker one is as good.
mv -T "$apart/root" "$folder" 2>/dev/null || [ -d "$folder" ]
