#!/bin/sh
# The steps of continuous integration, whoever runs them.
set -eu

program=ci
own=$(cd "$(dirname "$0")/.." && pwd)
here=$(cd "$own/../../scripts" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'END'
Usage: tests/ci.sh build SERVICE TARGET
       tests/ci.sh gate [SERVICE...]
       tests/ci.sh comment FILE

  build    builds a stage of a service; its times and sizes go to the summary of the
           job, its records to $CI_RECORDS/SERVICE-TARGET.jsonl
  gate     tests/docker-build-validation.sh: every image works, and keeps its budget
  comment  writes all of $CI_RECORDS as a comment of at most 60,000 characters

What is built and where it is told, by variables: NODE_IMAGE, PYTHON_IMAGE,
NGINX_IMAGE (the bases; dp-base/... by default), CACHE_FROM and CACHE_TO (as docker
buildx build has them; SERVICE in them becomes the service's name), BUILDER,
CI_RECORDS (dp-results/ci), GITHUB_STEP_SUMMARY (standard output by default).

  -h, --help  print this

Exit codes: 0 good; 1 a budget is broken or something regressed; 2 wrong usage; else
those of the tools.
END
}

records=${CI_RECORDS:-dp-results/ci}

build() {
    [ $# -eq 2 ] || refuse "build takes a service and a target (see --help)"
    name=$1-$2
    set -- --target "$2" --records ${BUILDER:+--builder "$BUILDER"} \
        ${CACHE_FROM:+--cache-from "$CACHE_FROM"} ${CACHE_TO:+--cache-to "$CACHE_TO"} \
        ${NODE_IMAGE:+--build-arg "NODE_IMAGE=$NODE_IMAGE"} \
        ${PYTHON_IMAGE:+--build-arg "PYTHON_IMAGE=$PYTHON_IMAGE"} \
        ${NGINX_IMAGE:+--build-arg "NGINX_IMAGE=$NGINX_IMAGE"} "$1"
    mkdir -p "$records"
    observe "$here/build-docker.sh" "$@" >"$records/$name.jsonl"
    ended=0
    dp-report "$records/$name.jsonl" --format markdown >"$records/$name.md" || ended=$?
    cat "$records/$name.md" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
    return "$ended"
}

comment() {
    [ $# -eq 1 ] || refuse "comment takes a file (see --help)"
    set -- "$1" "$records"/*.jsonl
    [ -f "$2" ] || refuse "no records in $records: tests/ci.sh build makes some"
    file=$1 ended=0
    shift
    dp-report "$@" --format markdown >"$file.all" || ended=$?
    head -c 60000 "$file.all" >"$file"
    if [ "$(wc -c <"$file.all")" -gt 60000 ]; then
        printf '\n\nCut here: the artifacts have all of it.\n' >>"$file"
    fi
    rm -f "$file.all"
    return "$ended"
}

require_tools dp-build dp-size dp-report
command=${1-}
[ $# -eq 0 ] || shift
case $command in
-h | --help) usage ;;
build) build "$@" ;;
gate) "$own/tests/docker-build-validation.sh" "$@" ;;
comment) comment "$@" ;;
*) refuse "${command:-no step}: say build, gate or comment (see --help)" ;;
esac
