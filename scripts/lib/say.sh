# Messages, bounded waiting, tidying at the end. Sourced; $program names the caller.
# shellcheck shell=bash disable=SC2154

# say TEXT...: what is being done, on stderr (stdout is for results).
say() {
    printf '%s: %s\n' "$program" "$*" >&2
}

# die CODE TEXT...: the thing and the way out, then the end.
die() {
    local code=$1
    shift
    say "$@"
    exit "$code"
}

# wait_until SECONDS COMMAND...: true as soon as COMMAND is, false at the bound.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

# bounded SECONDS COMMAND...: ended after that time, where timeout(1) exists.
bounded() {
    if have timeout; then timeout "$@"; else "${@:2}"; fi
}

# only_one FILE: waits until no other invocation holds the file; until the end.
# Without flock(1) nothing is locked.
only_one() {
    have flock || return 0
    exec 9>"$1"
    flock -w 600 9 || die 3 "another invocation holds $1"
}

# have COMMAND...: true if all of them are on PATH.
have() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || return 1
    done
}

# quietly COMMAND...: its output is shown only if it fails.
quietly() {
    local output code=0
    output=$("$@" 2>&1 </dev/null) || code=$?
    if ((code)); then printf '%s\n' "$output" >&2; fi
    return "$code"
}

# litter PATH: removed when the script ends, however it ends.
litter() {
    litter_paths+=("$1")
}

# clear_litter: what the exit trap runs; harmless when called earlier.
clear_litter() {
    # An empty array is an unset variable to an old bash.
    rm -rf -- ${litter_paths[@]+"${litter_paths[@]}"}
    litter_paths=()
}

litter_paths=()
trap clear_litter EXIT
# A signal must end the script, and so run the trap above.
trap 'exit 130' INT
trap 'exit 143' TERM
