#!/bin/sh
# What the containers of the platform use, kept as records; an alert as soon as it is more
# than it may be.
set -eu

program=monitor-resources
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"
# shellcheck source=scripts/lib/alert.sh
. "$here/lib/alert.sh"
# shellcheck source=scripts/lib/containers.sh
. "$here/lib/containers.sh"

usage() {
    cat <<'END'
Usage: scripts/monitor-resources.sh [OPTION...]

Watches the running containers of the platform, one period after the other, adds what
they use to the records of before, and holds each period against the thresholds. The
first period that is beyond one ends it with an alert, which is also posted to a
chat's hook if there is one.

  --for PERIOD      how long each period is (10s)
  --times N         so many periods (1); 0: until there is an alert
  --budget FILE     the thresholds (dockerfiles/pilotpros/budget-monitor.toml)
  --samples FILE    write every reading of the last period to this file too
  --hook URL        post the alert there, as {"text": "..."} (else to $CHAT_HOOK)
  --records         print the records instead of the report
  -h, --help        print this

The records are added to dp-results/monitor-resources.jsonl, or to that file in the
folder $DP_RESULTS. A project of another name than pilotpros: COMPOSE_PROJECT_NAME.
Exit codes: 0 nothing is beyond a threshold; 1 something is; 2 wrong usage, or nothing
runs; else those of dp-stats.
END
}

period=10s times=1 budget=$platform/budget-monitor.toml samples='' hook=${CHAT_HOOK:-} print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --for) value "$1" $# && period=$2 && shift ;;
    --times) value "$1" $# && times=$2 && shift ;;
    --budget) value "$1" $# && budget=$2 && shift ;;
    --samples) value "$1" $# && samples=$2 && shift ;;
    --hook) value "$1" $# && hook=$2 && shift ;;
    --records) print_records=yes ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) refuse "unknown argument: $1 (see --help)" ;;
    esac
    shift
done
[ "$times" -ge 0 ] 2>/dev/null || refuse "$times is no number of periods (see --times)"
[ -f "$budget" ] || refuse "no such budget: $budget (see --budget)"
require_tools dp-stats dp-report

work_folder
results=${DP_RESULTS:-dp-results}
mkdir -p "$results"
periods=0
while [ "$times" -eq 0 ] || [ "$periods" -lt "$times" ]; do
    periods=$((periods + 1))
    observe dp-stats --quiet --compose "$project" --for "$period" \
        ${samples:+--samples-out "$samples"} >"$work/stats.jsonl"
    cat "$work/stats.jsonl" >>"$results/$program.jsonl"
    beyond=0
    dp-report "$work/stats.jsonl" --budget "$budget" >"$work/report" || beyond=$?
    if [ "$print_records" = yes ]; then cat "$work/stats.jsonl"; else cat "$work/report"; fi
    [ "$beyond" -ne 0 ] || continue
    if [ "$beyond" -eq 1 ]; then
        dp-report "$work/stats.jsonl" --budget "$budget" \
            --template "$here/monitor-resources.d/alert.in" >"$work/alert" || [ $? -eq 1 ]
        cat "$work/alert" >&2
        [ -z "$hook" ] || post_alert "$work/alert" "$hook"
    fi
    exit "$beyond"
done
