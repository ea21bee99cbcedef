#!/bin/sh
# What is measured of the cache server, step by step.
set -eu

against=Dockerfile

steps() {
    cat <<'END'
cold	from nothing: one build of each (your build cache stays as it is)	dp-build
code	after an edit of the server: 8 rounds of both, then sizes and starts	dp-build dp-size dp-start
deps	after a change of the library: 12 rounds of both	dp-build
mounts	what the cache mounts hold and save, the plan's and ours: from nothing, after each change	dp-cache
health	when two health checks are content, beside a server that serves after three seconds	dp-build dp-start
variants	smallest base, nothing but the program, optimised when linked, packed: 20 starts	dp-build dp-size dp-start
tests	memcached's own tests, after an edit: one build	dp-build
arm64	the same program for another platform: one build	dp-build dp-size
END
}

# What changes the server and its library in earnest, so that compilers run: a word that
# both tell whoever asks.
# shellcheck disable=SC2016 # for the shell of the command
edit_code='sed -i "s/^\(+#define BUILD_NAME\) .*/\1 \"$DP_RUN\"/" patches/10-build-name.patch'
# shellcheck disable=SC2016 # as above
edit_deps='sed -i "s/^edition=.*/edition=$DP_RUN/" deps/build-libevent.sh'

# both SCENARIO ROUNDS EDIT
both() {
    dp-build --file "$work/context/Dockerfile" --file "$work/context/Dockerfile.optimized" \
        --scenario "$1" --warmup 1 --runs "$2" --prepare "$3" cache-server="$work/context"
}

# stage NAME STAGE [DP-BUILD OPTION...]: one image.
stage() {
    name=$1
    shift
    dp-build --name "$name" --file "$folder/Dockerfile.optimized" --target "$@" "$folder"
}

after_edit() {
    both code 8 "$edit_code" | dp-size | dp-start --ready tcp=11211 --warmup 1 --runs 8
}

tests() {
    dp-build --name tests --file "$work/context/Dockerfile.optimized" --target test \
        --scenario code --prepare "$edit_code" --discard "$work/context"
}

# The start of the server is late by three seconds, which is the truth that a check must
# not contradict; or it never comes.
health() {
    late="--entrypoint sh -- -c 'trap exit TERM; sleep 3 & wait; exec memcached'"
    never="--entrypoint sh -- -c 'trap exit TERM; sleep 600 & wait'"
    help="--health-cmd 'memcached --help >/dev/null || exit 1'"
    stage health runtime | dp-start --ready health --health-interval 250ms \
        --health-retries 100 --runs 8 --variant "help-no-server=$help $never" \
        --variant "help-late-server=$help $late" \
        --variant "ask-late-server=--health-cmd cache-ask $late"
}

variants() {
    {
        stage runtime runtime
        stage bare bare
        stage bare-lto bare --build-arg LTO=yes
        stage packed packed
    } | dp-size | dp-start --ready tcp=11211 --warmup 1 --runs 20
}

# in_copy COMMAND...: with a copy of the folder; its records name the folder itself.
in_copy() {
    work_folder
    cp -R "$folder" "$work/context"
    code=0
    "$@" >"$work/records" || code=$?
    name_folder "$work/records"
    return "$code"
}

measure() {
    case $1 in
    cold)
        # shellcheck disable=SC2046 # words
        dp-build $(files_of "$folder") --cold --discard "$folder"
        ;;
    code) in_copy after_edit ;;
    deps) in_copy both deps 12 "$edit_deps" ;;
    mounts)
        dp-cache --file "$folder/Dockerfile.planned" --file "$folder/Dockerfile.optimized" \
            --scenario cold --scenario "code=cmd:$edit_code" \
            --scenario "deps=cmd:$edit_deps" "$folder"
        ;;
    health) health ;;
    variants) variants ;;
    tests) in_copy tests ;;
    arm64) stage arm64 bare --platform linux/arm64 | dp-size ;;
    esac
}

# shellcheck source=scripts/lib/system.sh
. "$(dirname "$0")/../../scripts/lib/system.sh"
