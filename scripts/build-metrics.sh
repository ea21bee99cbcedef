#!/bin/sh
# A history of measurements: what is new is compared with what was before, and a
# regression is told.
set -eu

program=build-metrics
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"
# shellcheck source=scripts/lib/alert.sh
. "$here/lib/alert.sh"

usage() {
    cat <<'END'
Usage: scripts/build-metrics.sh [OPTION...] RECORDS...

Compares records, as scripts/build-docker.sh --records and the other scripts print
them, with the newest of a history, and adds them to it. Bytes and counts of one run
are compared exactly; times of different runs get a verdict from 5 runs on (-b 5).
If something regressed, the text of an alert is printed, and posted to a chat's
hook if there is one; then the records are not added, so that what comes next is
compared with what was good: --accept adds them nevertheless.

  --history FOLDER   where the history is (dp-results/history)
  -b N               compare with the newest N of it (1)
  --metric NAME      judge this metric too; repeat it
  --accept           add the records, whatever the verdict
  --hook URL         post the alert there, as {"text": "..."} (else to $CHAT_HOOK)
  --html FILE        the comparison as a page with charts
  --prometheus FILE  the figures for a collector of text files
  -h, --help         print this

Exit codes: 0 nothing regressed, or nothing to compare with; 1 something did; else
those of dp-report, or of curl, if the alert could not be posted.
END
}

history=dp-results/history newest=1 accept=no hook=${CHAT_HOOK:-} options=''
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --history) value "$1" $# && history=$2 && shift ;;
    -b) value -b $# && newest=$2 && shift ;;
    --metric) value "$1" $# && options="$options --metric $2" && shift ;;
    --accept) accept=yes ;;
    --hook) value "$1" $# && hook=$2 && shift ;;
    --html) value "$1" $# && options="$options --format html=$2" && shift ;;
    --prometheus) value "$1" $# && options="$options --format prometheus=$2" && shift ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || refuse "no records: scripts/build-docker.sh --records >FILE prints some"
[ "$newest" -gt 0 ] 2>/dev/null || refuse "$newest is no number of earlier runs (see -b)"
for file in "$@"; do [ -f "$file" ] || refuse "no such file: $file"; done
require_tools dp-report

work_folder
cat "$@" >"$work/new.jsonl"
mkdir -p "$history"
code=0
# Names begin with the time at which they were added.
for file in "$history"/*.jsonl; do [ ! -f "$file" ] || echo "$file"; done |
    tail -n "$newest" >"$work/before"
if [ -s "$work/before" ]; then
    while read -r file; do cat "$file"; done <"$work/before" >"$work/before.jsonl"
    # shellcheck disable=SC2086 # words
    dp-report "$work/new.jsonl" --baseline "$work/before.jsonl" $options --format text || code=$?
else
    # shellcheck disable=SC2086 # words
    dp-report "$work/new.jsonl" $options --format text || code=$?
    echo "$program: the first of $history: nothing to compare with" >&2
fi
if [ "$code" -eq 1 ]; then
    dp-report "$work/new.jsonl" --baseline "$work/before.jsonl" \
        --template "$here/build-metrics.d/alert.in" >"$work/alert" || [ $? -eq 1 ]
    cat "$work/alert"
    [ -z "$hook" ] || post_alert "$work/alert" "$hook"
fi
if [ "$code" -eq 0 ] || { [ "$code" -eq 1 ] && [ "$accept" = yes ]; }; then
    cp "$work/new.jsonl" "$history/$(date -u +%Y%m%dT%H%M%S.%N).jsonl"
fi
exit "$code"
