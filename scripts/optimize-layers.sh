#!/bin/sh
# Times and sizes of all Dockerfiles of a folder, side by side.
set -eu

program=optimize-layers
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'END'
Usage: scripts/optimize-layers.sh [--records] [FOLDER [DP-BUILD OPTION...]]

Builds FOLDER (dockerfiles/r-package) with each of its Dockerfiles and compares
times and sizes with those of Dockerfile.backup (of Dockerfile, where there is
none). The options say how it is built; the default is 8 cached builds of each in
random order: --warm --runs 8. One build from nothing, which leaves the build cache
as it was: --cold

  --records   print the records instead of the report
  -h, --help  print this

The records go to dp-results/optimize-layers.jsonl, or into the folder
$DP_RESULTS. The tools are those on PATH, else those that were built here. Exit
codes: those of dp-report, or of the tool before it that could not measure at all.
END
}

print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --records) print_records=yes ;;
    -*) refuse "unknown option: $1 (those of dp-build come after FOLDER; see --help)" ;;
    *) break ;;
    esac
    shift
done
folder=${1:-${here%/*}/dockerfiles/r-package}
[ $# -eq 0 ] || shift
against=$(first_written "$folder")
require_tools dp-build dp-size dp-report
[ $# -gt 0 ] || set -- --warm --runs 8
for file in "$folder"/Dockerfile*; do
    case $file in *.dockerignore) ;; *) set -- "$@" --file "$file" ;; esac
done

work_folder
observe dp-build "$@" "$folder" >"$work/builds.jsonl"
observe dp-size <"$work/builds.jsonl" >"$work/sizes.jsonl"
compare "$work/sizes.jsonl" --against "$against"
