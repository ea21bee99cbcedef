#!/bin/sh
# Everything that the plan of an example promises still works: a line for each part.
set -eu

program=validate-phase2
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'END'
Usage: scripts/validate-phase2.sh [-r ROUNDS] [FOLDER]

Checks FOLDER (dockerfiles/r-package), prints a line for each part that holds, and
what a part that does not hold has printed:

  stages       every stage of Dockerfile.multistage builds
  production   Dockerfile.production builds, and its job ends with success
  caches       setup-cache.sh: what the build cache saves, and budget-cache.toml
  volume       the development image's command is not slower with its volume filled
  resources    resource-optimization.sh: the job under limits, the smallest included
  performance  performance-testing.sh: an edit, sizes, starts, use, and budget.toml

  -r ROUNDS   rounds of each (1: what is exact, and absolute limits; how much faster
              one is than another, 8 rounds tell: make systems SYSTEM=r-package)
  -h, --help  print this

The tools are those on PATH, else those that were built here.

Exit codes: 0 all hold; 1 one does not; 2 wrong usage.
END
}

rounds=1
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    -r) value -r $# && rounds=$2 && shift ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ $# -le 1 ] || refuse "more than one folder: $*"
folder=${1:-${here%/*}/dockerfiles/r-package}
[ "$rounds" -gt 0 ] 2>/dev/null || refuse "$rounds is no number of rounds (see -r)"
first_written "$folder" >/dev/null
require_tools dp-build dp-size dp-start dp-stats dp-cache dp-report
work_folder
DP_RESULTS=$work/results
export DP_RESULTS
failed=0

# part NAME: whether the function of that name succeeds, and else what it printed.
part() {
    code=0
    "$1" >"$work/said" 2>&1 || code=$?
    if [ "$code" -eq 0 ]; then
        echo "ok    $1"
    else
        failed=1
        echo "FAIL  $1 (exit code $code)"
        sed 's/^/      /' "$work/said"
    fi
}

# A shell does not end at the first command that fails in what is asked for its code: so
# these are chains.

stages() {
    dp-build --file "$folder/Dockerfile.multistage" --all-targets --discard "$folder"
}

production() {
    dp-build --file "$folder/Dockerfile.production" "$folder" >"$work/build.jsonl" &&
        dp-start --ready exit --runs 1 <"$work/build.jsonl" >"$work/start.jsonl" &&
        dp-report "$work/start.jsonl" --expect 'build>=1' --expect 'start>=1'
}

caches() {
    "$here/setup-cache.sh" -r "$rounds" -e R/log.R -d DESCRIPTION "$folder"
}

volume() {
    image=dp/r-package-development
    dp-build --tag "$image" --target development --file "$folder/Dockerfile.multistage" \
        "$folder" >"$work/build.jsonl" &&
        dp-cache --name r-packages --volume r-packages:/packages --runs "$rounds" \
            --run 'tools/develop inst/extdata/sessions.csv' "$image" >"$work/volume.jsonl" &&
        dp-report "$work/volume.jsonl" --where scenario==filled --min cache.saved_ratio=0 \
            --expect 'cache>=1'
}

resources() {
    "$here/resource-optimization.sh" -r "$rounds" "$folder"
}

performance() {
    "$here/performance-testing.sh" -r "$rounds" "$folder"
}

part stages
part production
part caches
part volume
part resources
part performance
exit "$failed"
