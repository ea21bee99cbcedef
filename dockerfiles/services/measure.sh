#!/bin/sh
# What is measured of the services, step by step. The scenario of a record is the service,
# so that all of them can stand in one report.
set -eu

against=Dockerfile.backup

# shellcheck source=dockerfiles/services/services.sh
. "$(dirname "$0")/services.sh"

steps() {
    for service in $services; do
        case $service in
        migrations | assets) tools='dp-build dp-size' more='' ;;
        *) tools='dp-build dp-size dp-start dp-stats' more=', then starts and use' ;;
        esac
        printf '%s/cold\t%s\tdp-build\n' "$service" \
            'from nothing: one build of each (your build cache stays as it is)'
        printf '%s/code\t%s\t%s\n' "$service" "after an edit: 8 rounds of both$more" "$tools"
    done
    cat <<'END'
api/cache	what the build cache saves: 8 rounds of each change	dp-cache
workers/cache	what the build cache saves: 8 rounds of each change	dp-cache
deploy/rehearsal	a new version and a broken one, deployed and rolled back under load	dp-stats
END
}

measure() {
    service=${1%/*}
    # shellcheck disable=SC2046 # words
    case $1 in
    api/cache)
        "$here/setup-cache.sh" --records -r 8 -e src/app.ts -d package.json "$folder/api"
        ;;
    workers/cache)
        "$here/setup-cache.sh" --records -r 8 -e worker/job.py -d requirements.txt \
            "$folder/workers"
        ;;
    deploy/rehearsal) "$folder/deploy/rehearse.sh" --records ;;
    */cold)
        work_folder
        observe dp-build $(files_of "$folder/$service") --cold --discard \
            "$folder/$service" >"$work/cold.jsonl"
        sed "s/\"scenario\":\"cold\"/\"scenario\":\"$service from nothing\"/g" "$work/cold.jsonl"
        return "$code"
        ;;
    */code)
        "$here/performance-testing.sh" --records -n "$service" $(edit_of "$service") \
            "$folder/$service"
        ;;
    esac
}

# shellcheck source=scripts/lib/system.sh
. "$(dirname "$0")/../../scripts/lib/system.sh"
