#!/bin/sh
# What is measured of the services, step by step.
set -eu

against=Dockerfile

steps() {
    cat <<'END'
api/cache	what the build cache saves: 8 rounds of each change	dp-cache
workers/cache	what the build cache saves: 8 rounds of each change	dp-cache
END
}

measure() {
    case $1 in
    api/cache)
        "$here/setup-cache.sh" --records -r 8 -e src/app.ts -d package.json "$folder/api"
        ;;
    workers/cache)
        "$here/setup-cache.sh" --records -r 8 -e worker/job.py -d requirements.txt \
            "$folder/workers"
        ;;
    esac
}

# shellcheck source=scripts/lib/system.sh
. "$(dirname "$0")/../../scripts/lib/system.sh"
