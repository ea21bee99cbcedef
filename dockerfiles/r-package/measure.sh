#!/bin/sh
# What is measured of the R package, step by step.
set -eu

against=Dockerfile

steps() {
    cat <<'END'
cold	from nothing: one build of each (your build cache stays as it is)	dp-build
warm	nothing changed: 8 rounds of three builds	dp-build
code	after an edit: 8 rounds of three builds, then sizes, starts and use	dp-build dp-size dp-start dp-stats
limits	under limits: the smallest one that it passes with, then 8 rounds of three	dp-build dp-stats
cache	what the build cache saves: 8 rounds of each change	dp-cache
volume	what the volume saves: a command with it empty and filled, 8 rounds	dp-build dp-cache
END
}

measure() {
    # shellcheck disable=SC2046 # words
    case $1 in
    cold) dp-build $(files_of "$folder") --cold --discard "$folder" ;;
    warm) dp-build $(files_of "$folder") --warm --runs 8 "$folder" ;;
    code) "$here/performance-testing.sh" --records "$folder" ;;
    limits) "$here/resource-optimization.sh" --records "$folder" ;;
    cache) "$here/setup-cache.sh" --records -r 8 -e R/log.R -d DESCRIPTION "$folder" ;;
    volume)
        image=dp/r-package-development
        dp-build --tag "$image" --target development --file "$folder/Dockerfile.multistage" \
            "$folder" >/dev/null
        dp-cache --name r-packages --volume r-packages:/packages \
            --run 'tools/develop inst/extdata/sessions.csv' --runs 8 "$image"
        ;;
    esac
}

# shellcheck source=scripts/lib/system.sh
. "$(dirname "$0")/../../scripts/lib/system.sh"
