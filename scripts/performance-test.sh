#!/bin/sh
# Whether the platform that runs is fast enough.
set -eu

program=performance-test
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"
# shellcheck source=scripts/lib/containers.sh
. "$here/lib/containers.sh"

usage() {
    cat <<'END'
Usage: scripts/performance-test.sh [OPTION...]

Asks the platform that runs for pages, answers and a workflow, past nginx and through
it, as dockerfiles/pilotpros/tools/ask says, while its nginx is watched. Reports how
long answers took, and checks that.

  --rounds N     ask so often (1)
  --budget FILE  what it may take (dockerfiles/pilotpros/budget-test.toml)
  --records      print the records instead of the report
  -h, --help     print this

The records go to dp-results/performance-test.jsonl, or into the folder $DP_RESULTS. A
project of another name than pilotpros: COMPOSE_PROJECT_NAME. Before against after, from
nothing: make systems SYSTEM=pilotpros. Exit codes: those of dp-report, or of dp-stats.
END
}

rounds=1 budget=$platform/budget-test.toml print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --rounds) value "$1" $# && rounds=$2 && shift ;;
    --budget) value "$1" $# && budget=$2 && shift ;;
    --records) print_records=yes ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) refuse "unknown argument: $1 (see --help)" ;;
    esac
    shift
done
[ "$rounds" -gt 0 ] 2>/dev/null || refuse "$rounds is no number of rounds (see --rounds)"
[ -f "$budget" ] || refuse "no such budget: $budget (see --budget)"
require_tools dp-stats dp-report

nginx=$(container nginx-dev) || refuse "no nginx-dev of $project runs (docker compose up starts it)"
work_folder
observe dp-stats --name "$project" --runs "$rounds" --load-command "$platform/tools/ask $project" \
    "$nginx" >"$work/stats.jsonl"
compare "$work/stats.jsonl" --budget "$budget" --metric report_p95_seconds \
    --metric answer_p95_seconds --metric static_p95_seconds --metric workflow_p95_seconds
