#!/bin/sh
# What the caches of a folder save: the build cache after each kind of change, and a
# volume, of a command that fills it.
set -eu

program=setup-cache
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'END'
Usage: scripts/setup-cache.sh [OPTION...] [FOLDER]

Builds a private copy of FOLDER (dockerfiles/r-package) with each of its
Dockerfiles: from nothing, with nothing changed, after a change of code, and after
one of dependencies. Compares what the build cache saves with Dockerfile.backup (with
Dockerfile, where there is none), says which line loses it and what to do about it,
and checks budget-cache.toml, if FOLDER has one. Nothing has to be set up for that,
and nothing stays: your own build cache, cache mounts and volumes are left as they
are. Compose makes the volumes of a compose file when they are first used.

With a volume it also runs a command with that volume empty, then filled, in new
containers of an image (private volumes are used):

  scripts/setup-cache.sh -v r-packages:/packages -i dp/r-package-development \
      -c 'tools/develop inst/extdata/sessions.csv'

  -r ROUNDS     rounds (1; a verdict on times needs 8)
  -e FILE       the source file to edit, within FOLDER (dp-cache chooses one that all
                Dockerfiles read, if there is one)
  -d FILE       the file that names the dependencies, within FOLDER (dp-cache knows those
                of package managers)
  -v NAME:PATH  the volume, and where it is mounted
  -i IMAGE      the image that the command runs in
  -c COMMAND    the command
  --records     print the records instead of the report
  -h, --help    print this

The records go to dp-results/setup-cache.jsonl, or into the folder $DP_RESULTS. The
tools are those on PATH, else those that were built here. Exit
codes: those of dp-report, or of the tool before it that could not measure at all.
END
}

rounds=1 edited='' dependencies='' volume='' image='' run='' print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --records) print_records=yes ;;
    -r) value -r $# && rounds=$2 && shift ;;
    -e) value -e $# && edited=$2 && shift ;;
    -d) value -d $# && dependencies=$2 && shift ;;
    -v) value -v $# && volume=$2 && shift ;;
    -i) value -i $# && image=$2 && shift ;;
    -c) value -c $# && run=$2 && shift ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ $# -le 1 ] || refuse "more than one folder: $*"
folder=${1:-${here%/*}/dockerfiles/r-package}
[ "$rounds" -gt 0 ] 2>/dev/null || refuse "$rounds is no number of rounds (see -r)"
against=$(first_written "$folder")
for given in "$volume" "$image" "$run"; do
    [ -n "$given" ] || [ -z "$volume$image$run" ] || refuse "-v, -i and -c belong together (see --help)"
done
require_tools dp-cache dp-report

set --
for file in "$folder"/Dockerfile*; do
    case $file in *.dockerignore) ;; *) set -- "$@" --file "$file" ;; esac
done

set -- "$@" --scenario cold --scenario warm \
    --scenario "code${edited:+=$edited}" --scenario "deps${dependencies:+=$dependencies}"

work_folder
observe dp-cache "$@" --runs "$rounds" "$folder" >"$work/cache.jsonl"
if [ -n "$volume" ]; then
    observe dp-cache --name "${volume%%:*}" --volume "$volume" --run "$run" --runs "$rounds" \
        "$image" >"$work/volume.jsonl"
    cat "$work/volume.jsonl" >>"$work/cache.jsonl"
fi

if [ -f "$folder/budget-cache.toml" ]; then
    compare "$work/cache.jsonl" --against "$against" --budget "$folder/budget-cache.toml"
else
    compare "$work/cache.jsonl" --against "$against"
fi
