#!/bin/sh
# Two revisions of a repository, built side by side: is the newer one slower or bigger?
set -eu

program=compare-revisions
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'END'
Usage: scripts/compare-revisions.sh [OPTION...] BASE [HEAD] [-- DP-BUILD OPTION...]

Checks out both revisions (HEAD, if only one is given) of the git repository that you
are in, each in a private worktree, builds them in interleaved rounds of random order on
this machine, and compares build times and image sizes. Your files, branches and
worktrees are left as they are; the images dp/base and dp/head stay.

  -r ROUNDS   rounds (8, as many as a verdict on times needs)
  -d FOLDER   the build context, within the repository (.)
  -e FILE     edit this file of the context before each build, and so measure builds after
              an edit; without it, builds with nothing changed
  -c COMMENT  how a comment begins in that file (#)
  -b FILE     a budget (see dp-report --help)
  -o FOLDER   write report.md, report.html, junit.xml and records.jsonl there
              (dp-results/compare)
  -h, --help  print this

On GitHub (GITHUB_ACTIONS) findings become annotations, the report goes into the summary
of the job, and the outputs `report` and `exit-code` are set. The tools are those on PATH,
else those that were built here.

Exit codes: 0 neither slower nor bigger, and the budget holds; 1 worse for certain, or the
budget is broken; 4 something could not be compared; else those of the tools.
END
}

rounds=8 context=. edited='' comment='#' budget='' results=dp-results/compare
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    -r) value -r $# && rounds=$2 && shift ;;
    -d) value -d $# && context=$2 && shift ;;
    -e) value -e $# && edited=$2 && shift ;;
    -c) value -c $# && comment=$2 && shift ;;
    -b) value -b $# && budget=$2 && shift ;;
    -o) value -o $# && results=$2 && shift ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || refuse "which revision to compare with? (see --help)"
[ "$rounds" -gt 0 ] 2>/dev/null || refuse "$rounds is no number of rounds (see -r)"
base=$1 head=HEAD
shift
if [ $# -gt 0 ] && [ "$1" != -- ]; then head=$1 && shift; fi
if [ $# -gt 0 ]; then
    [ "$1" = -- ] || refuse "more than two revisions: $* (options of dp-build come after --)"
    shift
fi
git rev-parse --git-dir >/dev/null 2>&1 || refuse "no git repository here: $PWD"
for revision in "$base" "$head"; do
    git rev-parse --quiet --verify "$revision^{commit}" >/dev/null ||
        refuse "no such revision: $revision (a shallow clone has no others: fetch it)"
done
[ -z "$budget" ] || [ -f "$budget" ] || refuse "no such budget: $budget"
require_tools dp-build dp-size dp-report

work_folder
clear_worktrees() {
    for side in base head; do
        if [ -e "$work/$side" ]; then git worktree remove --force "$work/$side" || true; fi
    done
    rm -rf "$work"
}
trap clear_worktrees EXIT

# check_out SIDE REVISION: what is to be built of it must be there.
check_out() {
    git worktree add --quiet --detach "$work/$1" "$2"
    [ -d "$work/$1/$context" ] || refuse "no such folder in $2: $context"
    [ -z "$edited" ] || [ -f "$work/$1/$context/$edited" ] ||
        refuse "no such file in $2: $context/$edited"
}
check_out base "$base"
check_out head "$head"

if [ -n "$edited" ]; then
    # Each build comes after an edit of its own: no other one has cached it.
    export edited comment
    # shellcheck disable=SC2016 # for the shell of the command
    set -- --scenario code --warmup 1 --prepare 'echo "$comment edit $DP_RUN" >>"$edited"' "$@"
else
    set -- --warm "$@"
fi
observe dp-build --runs "$rounds" --meta "base=$(git rev-parse "$base")" \
    --meta "head=$(git rev-parse "$head")" "$@" \
    "base=$work/base/$context" "head=$work/head/$context" >"$work/builds.jsonl"
observe dp-size <"$work/builds.jsonl" >"$work/sizes.jsonl"

mkdir -p "$results"
sed "s|$work/||g" "$work/sizes.jsonl" >"$results/records.jsonl"
set -- "$results/records.jsonl" --against base ${budget:+--budget "$budget"}
if [ -n "${GITHUB_ACTIONS:-}" ]; then set -- "$@" --format github; else set -- "$@" --format text; fi
ended=0
dp-report "$@" --format "markdown=$results/report.md" --format "html=$results/report.html" \
    --format "junit=$results/junit.xml" || ended=$?
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$results/report.md" >>"$GITHUB_STEP_SUMMARY"; fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'report=%s\nexit-code=%s\n' "$results/report.md" "$ended" >>"$GITHUB_OUTPUT"
fi
exit "$ended"
