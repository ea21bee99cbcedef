#!/bin/sh
# The platform that runs is replaced by its optimized form, and brought back if that does
# not work.
set -eu

program=optimize-containers
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"
# shellcheck source=scripts/lib/containers.sh
. "$here/lib/containers.sh"

usage() {
    cat <<'END'
Usage: scripts/optimize-containers.sh [OPTION...] [SERVICE...]

Builds the services of a compose file (all, or these), notes what runs of them now,
lets what was built take its place, and waits until all are healthy and a known
answer comes through nginx. If that fails, scripts/rollback-containers.sh brings back
what ran before. Else it watches for ten seconds what they use, and reports whether
that fits their limits.

  --file FILE   the compose file (dockerfiles/pilotpros/config/docker-compose.optimized.yml)
  --no-build    the images are there already
  --timeout N   how many seconds they may take to be healthy (120)
  --records     print the records instead of the report
  -h, --help    print this

A project of another name than pilotpros: COMPOSE_PROJECT_NAME. What ran before is
noted in dockerfiles/pilotpros/.previous, or in the folder $DEPLOY_STATE. Exit codes:
0 it runs; 1 rolled back; 2 wrong usage; else those of docker, or of the tools.
END
}

file=$platform/config/docker-compose.optimized.yml build=yes timeout=120 print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --file) value "$1" $# && file=$2 && shift ;;
    --no-build) build=no ;;
    --timeout) value "$1" $# && timeout=$2 && shift ;;
    --records) print_records=yes ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ -f "$file" ] || refuse "no such compose file: $file (see --file)"
[ "$timeout" -gt 0 ] 2>/dev/null || refuse "$timeout is no number of seconds (see --timeout)"
require_tools dp-stats dp-report

case $file in /*) ;; *) file=$PWD/$file ;; esac
# A build reads Dockerfiles beside its context only below the folder that it is called in.
[ "$build" = no ] || (cd "$(dirname "$file")/.." &&
    docker compose --project-name "$project" --file "$file" build --quiet "$@" >&2)
mkdir -p "$state"
running "$@" >"$state/running"
if ! docker compose --project-name "$project" --file "$file" up --detach --no-build --wait \
    --wait-timeout "$timeout" "$@" >&2 || ! answers; then
    echo "$program: what was built does not work: its last lines are" >&2
    docker compose --project-name "$project" --file "$file" logs --no-log-prefix --tail 10 "$@" >&2 || true
    "$here/rollback-containers.sh"
    exit 1
fi
work_folder
observe dp-stats --compose "$project" --for 10s >"$work/stats.jsonl"
compare "$work/stats.jsonl"
