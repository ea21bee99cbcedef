#!/bin/sh
# Times and sizes of all Dockerfiles of a folder, side by side.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:${here%/*}/target/release

usage() {
    cat <<'END'
Usage: scripts/optimize-layers.sh [FOLDER [DP-BUILD OPTION...]]

Builds FOLDER (dockerfiles/r-package) with each of its Dockerfiles and compares
times and sizes with those of Dockerfile. The options say how it is built; the
default is 8 cached builds of each in random order: --warm --runs 8. One build
from nothing, which leaves the build cache as it was: --cold

The records go to dp-results/optimize-layers.jsonl, or into the folder
$DP_RESULTS. Exit codes: those of dp-report.
END
}

case ${1-} in -h | --help) usage && exit 0 ;; esac
folder=${1:-${here%/*}/dockerfiles/r-package}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- --warm --runs 8
for file in "$folder"/Dockerfile*; do
    case $file in *.dockerignore) ;; *) set -- "$@" --file "$file" ;; esac
done

results=${DP_RESULTS:-dp-results}
mkdir -p "$results"
dp-build "$@" "$folder" | dp-size | tee "$results/optimize-layers.jsonl" |
    dp-report --against Dockerfile
