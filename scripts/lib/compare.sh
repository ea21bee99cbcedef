# What the scripts that build and compare have alike. Sourced, by any POSIX sh;
# $program names the caller, and $here the folder of the scripts.
# shellcheck shell=sh disable=SC2154

# The tools on PATH, else those that were built here.
built=${CARGO_TARGET_DIR:-${here%/*}/target}
PATH=$PATH:$built/release:$built/demo

# refuse TEXT...: wrong usage: the thing and the way out.
refuse() {
    echo "$program: $*" >&2
    exit 2
}

# value OPTION COUNT: an option that takes a word must have one.
value() {
    [ "$2" -ge 2 ] || refuse "$1 takes a value (see --help)"
}

# require_tools NAME...: all of the pipe, before it begins.
require_tools() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null ||
            refuse "no $tool: make install, or cargo build --release, brings it"
    done
}

# first_written FOLDER: its Dockerfile as first written, with which the others are compared.
first_written() {
    [ -f "$1/Dockerfile" ] || refuse "no Dockerfile to compare with: $1/Dockerfile"
    if [ -f "$1/Dockerfile.backup" ]; then echo Dockerfile.backup; else echo Dockerfile; fi
}

# observe TOOL ARGUMENT...: what failed (4) stands in the records, and those who
# read them say so; after anything else there is nothing to read. No pipe: a
# shell answers with the code of its last command alone.
observe() {
    code=0
    "$@" || code=$?
    case $code in 0 | 4) ;; *) exit "$code" ;; esac
}

# name_folder RECORDS: what was measured of the copy $work/context, which goes, named after
# $folder.
name_folder() {
    sed "s|$work/context|$folder|g" "$1"
}

# compare RECORDS [DP-REPORT OPTION...]: the records on stdout, or the report.
# Ends with what the last tool ends with.
compare() {
    records=$1
    shift
    if [ "$print_records" = yes ]; then
        cat "$records"
        return "$code"
    fi
    results=${DP_RESULTS:-dp-results}
    mkdir -p "$results"
    cp "$records" "$results/$program.jsonl"
    dp-report "$results/$program.jsonl" "$@"
}

# work_folder: $work, until the end of the script, however that comes.
work_folder() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}
