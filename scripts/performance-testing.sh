#!/bin/sh
# What an edit costs with each Dockerfile of a folder, and how big the images are.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:${here%/*}/target/release

usage() {
    cat <<'END'
Usage: scripts/performance-testing.sh [-r ROUNDS] [-e FILE] [-c COMMENT] [FOLDER]

Copies FOLDER (dockerfiles/r-package), builds it once with each of its
Dockerfiles, and then ROUNDS times after a new edit of the same file. Compares
build times and sizes with those of Dockerfile, and checks budget.toml, if
FOLDER has one. FOLDER itself is left as it is; the images dp/NAME:latest are
those of the last edit.

  -r ROUNDS   edits (8, as many as a verdict on times needs)
  -e FILE     the file to edit, within FOLDER (R/log.R)
  -c COMMENT  how a comment begins in that file (#)
  -h          print this

The records go to dp-results/performance-testing.jsonl, or into the folder
$DP_RESULTS. Exit codes: those of dp-report, and of dp-build if that cannot
measure at all.
END
}

refuse() {
    echo "performance-testing: $*" >&2
    exit 2
}

rounds=8 edited=R/log.R comment='#'
if [ "${1-}" = --help ]; then usage && exit 0; fi
while getopts r:e:c:h option; do
    case $option in
    r) rounds=$OPTARG ;;
    e) edited=$OPTARG ;;
    c) comment=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done
shift $((OPTIND - 1))
folder=${1:-${here%/*}/dockerfiles/r-package}
[ "$rounds" -gt 0 ] 2>/dev/null || refuse "$rounds is no number of rounds (see -r)"
[ -f "$folder/$edited" ] || refuse "no file to edit: $folder/$edited (see -e)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cp -R "$folder" "$work/context"
set --
for file in "$work"/context/Dockerfile*; do
    case $file in *.dockerignore) ;; *) set -- "$@" --file "$file" ;; esac
done
[ ! -f "$folder/budget.toml" ] || budget="--budget=$folder/budget.toml"

# A word of this invocation: no earlier one has cached the same edit.
word=$(date +%s)-$$
dp-build "$@" --discard "$work/context" >/dev/null
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1)) code=0
    echo "$comment edit $word-$round" >>"$work/context/$edited"
    dp-build "$@" --scenario code "$work/context" >>"$work/builds.jsonl" || code=$?
    # A build that failed stands in the records, and dp-report says so.
    case $code in 0 | 4) ;; *) exit "$code" ;; esac
done

results=${DP_RESULTS:-dp-results}
mkdir -p "$results"
dp-size <"$work/builds.jsonl" | tee "$results/performance-testing.jsonl" |
    dp-report --against Dockerfile ${budget+"$budget"}
