#!/bin/sh
# Copies the compiled files out of the distribution image, to where a server or the
# upload of a CDN takes them from.
set -eu

program=deploy

usage() {
    cat <<'END'
Usage: assets/deploy.sh IMAGE FOLDER

Puts what IMAGE distributes (its /assets) into FOLDER: the files with the digest of
their content in their names first, then manifest.json, which names them, in one step.
So whoever reads the manifest finds every file that it names. Files of earlier
deployments stay: pages that are still open ask for them.

  -h, --help  print this

Exit codes: 0 deployed; 2 wrong usage; else those of docker and tar.
END
}

case ${1-} in
-h | --help) usage && exit 0 ;;
esac
[ $# -eq 2 ] || { echo "$program: an image and a folder, please (see --help)" >&2 && exit 2; }
docker image inspect "$1" >/dev/null 2>&1 ||
    { echo "$program: no such image: $1 (scripts/build-docker.sh assets makes it)" >&2 && exit 2; }
mkdir -p "$2"
work=$(mktemp -d "$2/.new-XXXXXX")
# Never started: there is nothing in it that could run.
container=$(docker create "$1") || { rmdir "$work" && exit 1; }
trap 'docker rm "$container" >/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
docker cp --quiet "$container:/assets/." "$work" 2>/dev/null || docker cp "$container:/assets/." "$work"
[ -f "$work/manifest.json" ] ||
    { echo "$program: $1 distributes no manifest.json" >&2 && exit 2; }
for file in "$work"/*; do
    [ "$file" = "$work/manifest.json" ] || mv -- "$file" "$2/"
done
mv -- "$work/manifest.json" "$2/"
echo "$program: $(find "$2" -maxdepth 1 -type f | wc -l) files in $2" >&2
