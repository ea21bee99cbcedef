#!/bin/sh
# What a job uses without limits, under the usual ones, and under the smallest
# limit of memory that it still passes with.
set -eu

program=resource-optimization
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'TEXT'
Usage: scripts/resource-optimization.sh [OPTION...] [FOLDER]

Builds FOLDER (dockerfiles/r-package), finds the smallest limit of memory under
which the image's job still passes, and runs it in ROUNDS rounds: without limits,
with 1 GB and one CPU, and with the limit that was found. Compares time, CPU time
and memory with those without limits.

  -r ROUNDS     rounds (8, as many as a verdict on times needs)
  -f FILE       the Dockerfile, within FOLDER (Dockerfile.production)
  --records     print the records instead of the report
  -h, --help    print this

The records go to dp-results/resource-optimization.jsonl, or into the folder
$DP_RESULTS. The tools are those on PATH, else those that were built here. Exit
codes: those of dp-report, or of the tool before it that could not measure at all.
TEXT
}

rounds=8 file=Dockerfile.production print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --records) print_records=yes ;;
    -r) value -r $# && rounds=$2 && shift ;;
    -f) value -f $# && file=$2 && shift ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ $# -le 1 ] || refuse "more than one folder: $*"
folder=${1:-${here%/*}/dockerfiles/r-package}
[ "$rounds" -gt 0 ] 2>/dev/null || refuse "$rounds is no number of rounds (see -r)"
[ -f "$folder/$file" ] || refuse "no such Dockerfile: $folder/$file (see -f)"
require_tools dp-build dp-stats dp-report

work_folder
observe dp-build --file "$folder/$file" "$folder" >"$work/build.jsonl"
observe dp-stats --fit memory <"$work/build.jsonl" >"$work/fit.jsonl"
limit=$(sed -n 's/.*"memory_fit_bytes":\([0-9]*\).*/\1/p' "$work/fit.jsonl")
if [ -z "$limit" ]; then
    # What failed stands in the records.
    dp-report "$work/fit.jsonl"
    refuse "no limit was found for $file"
fi
observe dp-stats --limits none --limits memory=1g,cpus=1 \
    --variant "fitted=--memory $limit --memory-swap $limit" --runs "$rounds" <"$work/build.jsonl" >"$work/limits.jsonl"
# The search beside it, without the build that both have read.
{ cat "$work/limits.jsonl" && sed '/"kind":"build"/d' "$work/fit.jsonl"; } >"$work/all.jsonl"
compare "$work/all.jsonl" --against none --metric run_seconds --metric memory_fit_bytes
