#!/bin/sh
# What is measured of the C service, step by step.
set -eu

against=Dockerfile

steps() {
    cat <<'END'
cold	from nothing: one build of each (your build cache stays as it is)	dp-build
warm	nothing changed: 8 rounds of both, in random order	dp-build dp-size
code	after an edit: 8 rounds of both, then starts and use	dp-build dp-size dp-start dp-stats
cache	what the build cache saves: 8 rounds of each change	dp-cache
END
}

# Of each image the service is started nine times, and watched for two seconds eight times.
measure() {
    # shellcheck disable=SC2046 # words
    case $1 in
    cold) dp-build $(files_of "$folder") --cold --discard "$folder" ;;
    warm) "$here/optimize-layers.sh" --records "$folder" ;;
    code)
        "$here/performance-testing.sh" --records -e src/routes.c -c // -s http=8080/health \
            -p 2s "$folder"
        ;;
    cache) "$here/setup-cache.sh" --records -r 8 -e src/routes.c -d Makefile "$folder" ;;
    esac
}

# shellcheck source=scripts/lib/system.sh
. "$(dirname "$0")/../../scripts/lib/system.sh"
