#!/bin/sh
# What an edit costs with each Dockerfile of a folder, how big the images are, how
# long they take to start, and what they use.
set -eu

program=performance-testing
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'END'
Usage: scripts/performance-testing.sh [OPTION...] [FOLDER]

Copies FOLDER (dockerfiles/r-package), builds it once with each of its
Dockerfiles, and then in ROUNDS rounds again, each time after a new edit of the
same file. Then it starts the images in as many rounds, and once more to watch
what they use. Compares times, sizes and use with those of Dockerfile.backup (of
Dockerfile, where there is none), and checks budget.toml, if FOLDER has one.
FOLDER itself is left as it is; the images dp/FOLDER-DOCKERFILE:latest are those
of the last edit.

  -r ROUNDS     rounds (8, as many as a verdict on times needs)
  -e FILE       the file to edit, within FOLDER (R/log.R)
  -c COMMENT    how a comment begins in that file (#)
  -s CONDITION  when a container has started, as dp-start --ready has it (output; of
                a service: tcp=PORT); none: neither started nor watched
  -p PERIOD     watch what they use for so long, as 10s, and not until they end (a
                service never does)
  -n NAME       call the scenario so in the records (code)
  --records     print the records instead of the report
  -h, --help    print this

The records go to dp-results/performance-testing.jsonl, or into the folder
$DP_RESULTS. The tools are those on PATH, else those that were built here. Exit
codes: those of dp-report, or of the tool before it that could not measure at all.
END
}

rounds=8 edited=R/log.R comment='#' started=output period='' scenario=code print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --records) print_records=yes ;;
    -r) value -r $# && rounds=$2 && shift ;;
    -e) value -e $# && edited=$2 && shift ;;
    -c) value -c $# && comment=$2 && shift ;;
    -s) value -s $# && started=$2 && shift ;;
    -n) value -n $# && scenario=$2 && shift ;;
    -p) value -p $# && period=$2 && shift ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ $# -le 1 ] || refuse "more than one folder: $*"
folder=${1:-${here%/*}/dockerfiles/r-package}
[ "$rounds" -gt 0 ] 2>/dev/null || refuse "$rounds is no number of rounds (see -r)"
[ -f "$folder/$edited" ] || refuse "no file to edit: $folder/$edited (see -e)"
against=$(first_written "$folder")
require_tools dp-build dp-size dp-start dp-stats dp-report

work_folder
cp -R "$folder" "$work/context"
set --
for file in "$work"/context/Dockerfile*; do
    case $file in *.dockerignore) ;; *) set -- "$@" --file "$file" ;; esac
done

# Each build comes after an edit of its own: no other one has cached it, and the
# file grows by no more than a line.
cp "$folder/$edited" "$work/before"
export before="$work/before" edited comment
# shellcheck disable=SC2016 # for the shell of the command
edit='{ cat "$before" && echo "$comment edit $DP_RUN"; } >"$edited"'
# The images are called after the folder, not after its copy.
project=$(basename "$(cd "$folder" && pwd)")
[ $# -gt 2 ] || set -- "$@" --name Dockerfile
observe dp-build "$@" --scenario "$scenario" --warmup 1 --runs "$rounds" --prepare "$edit" \
    "$project=$work/context" >"$work/builds.jsonl"
observe dp-size <"$work/builds.jsonl" >"$work/sizes.jsonl"
if [ "$started" = none ]; then
    cp "$work/sizes.jsonl" "$work/stats.jsonl"
else
    observe dp-start --ready "$started" --warmup 1 --runs "$rounds" <"$work/sizes.jsonl" \
        >"$work/starts.jsonl"
    observe dp-stats ${period:+--for "$period"} --runs "$rounds" <"$work/starts.jsonl" \
        >"$work/stats.jsonl"
fi

name_folder "$work/stats.jsonl" >"$work/all.jsonl"
if [ -f "$folder/budget.toml" ]; then
    compare "$work/all.jsonl" --against "$against" --budget "$folder/budget.toml"
else
    compare "$work/all.jsonl" --against "$against"
fi
