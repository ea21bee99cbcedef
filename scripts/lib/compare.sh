# What the scripts that build and compare have alike. Sourced, by any POSIX sh;
# $program names the caller, and $here the folder of the scripts.
# shellcheck shell=sh disable=SC2154

# The tools on PATH, else those that were built here.
PATH=$PATH:${CARGO_TARGET_DIR:-${here%/*}/target}/release

# refuse TEXT...: wrong usage: the thing and the way out.
refuse() {
    echo "$program: $*" >&2
    exit 2
}

# require_tools: all of the pipe, before it begins.
require_tools() {
    for tool in dp-build dp-size dp-report; do
        command -v "$tool" >/dev/null ||
            refuse "no $tool: make install, or cargo build --release, brings it"
    done
}

# build DP-BUILD ARGUMENT...: a build that failed stands in the records, and
# those who read them say so; without an engine there is nothing to read.
build() {
    code=0
    dp-build "$@" || code=$?
    case $code in 0 | 4) ;; *) exit "$code" ;; esac
}

# compare BUILDS [DP-REPORT OPTION...]: the sizes beside these builds, then the
# records on stdout, or the report, with what dp-size or dp-report ends with.
# No pipe: a shell answers with the code of its last command alone.
compare() {
    builds=$1
    shift
    if [ "$print_records" = yes ]; then
        dp-size <"$builds"
        return
    fi
    results=${DP_RESULTS:-dp-results}
    mkdir -p "$results"
    code=0
    dp-size <"$builds" >"$results/$program.jsonl" || code=$?
    case $code in 0 | 4) ;; *) return "$code" ;; esac
    dp-report "$results/$program.jsonl" --against Dockerfile "$@"
}

# work_folder: $work, until the end of the script, however that comes.
work_folder() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}
