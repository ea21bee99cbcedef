# Functions for scripts that build images in stages. Sourced, by any POSIX sh:
#
#     program=my-script
#     here=scripts                  # the folder that holds this file
#     . "$here/docker-utils.sh"
#
# image_bytes IMAGE                 its size, as the engine says
# reduction BEFORE AFTER            "BEFORE -> AFTER: -41.5 %", of two images
# stages_of DOCKERFILE              the names of its stages, in their order
# lost_by_edit FOLDER FILE [FILE]   which steps an edit of the first file (of a source) runs
#                                   again with its Dockerfile, at which lines, and why;
#                                   and one of the second (that names the dependencies)
# cache_usage                       what the build cache takes, and what of it is in use
# keep_newest REPOSITORY N          removes older images of a repository than its newest N
# findings_of RECORDS               FILE:LINE of what must not be in an image that is shipped
# health_check_can_fail IMAGE       false if its health check holds where nothing runs
#
# None of them prunes: a build cache is shared with everybody who builds on the engine,
# and BuildKit keeps it within its own bounds. What is removed is named one by one.
# shellcheck shell=sh disable=SC2154

# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

image_bytes() {
    docker image inspect --format '{{.Size}}' "$1"
}

reduction() {
    before=$(image_bytes "$1") && after=$(image_bytes "$2") || return
    awk -v before="$before" -v after="$after" 'BEGIN {
        printf "%.1f MB -> %.1f MB: %+.1f %%\n", before / 1e6, after / 1e6, 100 * (after / before - 1)
    }'
}

stages_of() {
    sed -n 's/^[Ff][Rr][Oo][Mm] .* [Aa][Ss] \([^ ]*\) *$/\1/p' "$1"
}

lost_by_edit() {
    require_tools dp-cache dp-report
    work=$(mktemp -d) && code=0
    dp-cache --explain --file "$1/Dockerfile" --scenario "code=$2" ${3:+--scenario "deps=$3"} \
        "$1" >"$work/cache.jsonl" && dp-report "$work/cache.jsonl" || code=$?
    rm -rf "$work"
    return "$code"
}

cache_usage() {
    docker system df --format '{{.Type}}: {{.Size}}, {{.Reclaimable}} not in use' |
        grep '^Build Cache'
}

# The newest by their own dates; a container keeps the image that it was made of.
keep_newest() {
    [ "$2" -gt 0 ] 2>/dev/null || refuse "keep_newest: $2 is no number of images to keep"
    docker image ls --filter "reference=$1:*" --format '{{.CreatedAt}}\t{{.Repository}}:{{.Tag}}' |
        sort -r | awk -F '\t' -v keep="$2" 'NR > keep { print $2 }' | while read -r image; do
        if [ -n "$(docker container ls --all --quiet --filter "ancestor=$image")" ]; then
            echo "kept, in use: $image"
        else
            docker image rm "$image" >/dev/null </dev/null && echo "removed: $image"
        fi
    done
}

findings_of() {
    dp-report "$1" --where 'kind==size' --template "$here/docker-utils.d/findings.in" | sed '/^$/d'
}

# The image's own check, in a container whose command does nothing.
health_check_can_fail() {
    idle=$(docker run --detach --network none --entrypoint sleep --health-interval 1s \
        --health-retries 1 --health-start-period 0s "$1" 60) || return
    state=starting
    tries=0
    while [ "$state" = starting ] && [ "$tries" -lt 300 ]; do
        state=$(docker inspect --format '{{.State.Health.Status}}' "$idle") || break
        tries=$((tries + 1))
        sleep 0.1
    done
    docker rm --force "$idle" >/dev/null
    [ "$state" = unhealthy ]
}
