#!/bin/sh
# Every image works, and is no larger and no worse cached than its budget allows.
set -eu

program=docker-build-validation
own=$(cd "$(dirname "$0")/.." && pwd)
here=$(cd "$own/../../scripts" && pwd)
# shellcheck source=scripts/docker-utils.sh
. "$here/docker-utils.sh"
# shellcheck source=dockerfiles/services/services.sh
. "$own/services.sh"

usage() {
    cat <<'END'
Usage: tests/docker-build-validation.sh [--folder FOLDER] [--no-compose] [SERVICE...]

Validates these services, or all, and prints a line for each check, and for each that
fails the file and line at fault:

  tests    the service's own tests, in the stage `test`
  budget   size and cache hit rate after an edit of a source, against Dockerfile.backup
           and SERVICE/budget.toml (times are measured by measure.sh, in more rounds)
  image    nothing that builds, no caches, no secrets in it; not root
  health   the health check fails where nothing runs
  system   (all services) deploy/docker-compose.yml comes up, and a job of each kind
           that is given to web is answered

  --folder FOLDER  the folder of the services (the one above this script)
  --no-compose     leave out `system`
  -h, --help       print this

Exit codes: 0 all hold; 1 one does not; else those of the tools.
END
}

folder=$own system=yes print_records=yes
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --folder) value "$1" $# && folder=$(cd "$2" && pwd) && shift ;;
    --no-compose) system=no ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
if [ $# -gt 0 ]; then
    system=no
else
    # shellcheck disable=SC2086 # words
    set -- $services
fi
for service in "$@"; do
    is_service "$service" || refuse "no such service: $service (there are: $services)"
done
require_tools dp-build dp-size dp-report
work_folder
failed=0

# says NAME CODE [FILE]: the result of a check, and what it printed if it failed.
says() {
    if [ "$2" -eq 0 ]; then
        echo "ok    $1"
    else
        failed=1
        echo "FAIL  $1"
        [ $# -lt 3 ] || sed 's/^/      /' "$3"
    fi
}

# validate SERVICE
validate() {
    of=$folder/$1 ended=0
    docker buildx build --quiet --target test "$of" >"$work/test" 2>&1 || ended=$?
    [ "$ended" -eq 0 ] || tail -n 40 "$work/test" >"$work/said"
    says "$1: tests" "$ended" "$work/said"

    # Two builds of each after an edit: their order and sizes are exact.
    ended=0
    # shellcheck disable=SC2046 # words
    "$here/performance-testing.sh" --records -r 1 -n "$1" $(edit_of "$1") -s none "$of" \
        >"$work/records.jsonl" 2>"$work/said" || ended=$?
    if [ "$ended" -ne 0 ]; then
        says "$1: builds" "$ended" "$work/said"
        return
    fi
    dp-report "$work/records.jsonl" --against Dockerfile.backup --budget "$of/budget.toml" \
        --template "$here/docker-utils.d/budget.in" >"$work/said" || ended=$?
    case $ended in 0 | 1) ;; *) exit "$ended" ;; esac
    sed -i '/^$/d' "$work/said"
    says "$1: budget" "$ended" "$work/said"

    findings_of "$work/records.jsonl" | { grep -v '/Dockerfile\.backup:' || true; } >"$work/said"
    says "$1: image" "$([ -s "$work/said" ] && echo 1 || echo 0)" "$work/said"

    line=$(grep -n '^HEALTHCHECK' "$of/Dockerfile" | tail -n 1 | cut -d : -f 1)
    if [ -n "$line" ]; then
        ended=0
        image=dp/$(basename "$of")-dockerfile:latest
        health_check_can_fail "$image" || ended=1
        echo "$of/Dockerfile:$line: it holds in a container where nothing runs" >"$work/said"
        says "$1: health" "$ended" "$work/said"
    fi
}

# ask METHOD PATH [BODY]: of the running system.
ask() {
    curl --fail --silent --show-error --max-time 5 --request "$1" \
        --header 'Content-Type: application/json' ${3:+--data "$3"} "http://$address/api/$2"
}

# answered ID: what became of the job, as soon as it is no longer waiting.
answered() {
    tries=0
    while [ "$tries" -lt 100 ]; do
        job=$(ask GET "jobs/$1") || return
        case $job in *'"state":"waiting"'*) ;; *) break ;; esac
        tries=$((tries + 1))
        sleep 0.1
    done
    echo "$job"
}

# jobs_are_done: of each kind, with known answers.
jobs_are_done() {
    address=$(compose port web 8080) || return
    figure=$(ask POST jobs '{"kind":"figure","input":{"figure":"p95","values":[1,0,5,1,3]}}') &&
        text=$(ask POST jobs '{"kind":"text","input":{"text":"one two\nthree"}}') || return
    answered "$(echo "$figure" | tr -dc 0-9)" | grep '"value":4.6' || return
    answered "$(echo "$text" | tr -dc 0-9)" | grep '"words":3'
}

compose() {
    docker compose --project-name "validation-$$" --file "$folder/deploy/docker-compose.yml" "$@"
}

# finish: nothing of the system is left.
# shellcheck disable=SC2317 # by the trap
finish() {
    compose --profile green down --volumes --timeout 1 >/dev/null 2>&1 || true
    docker image ls --format '{{.Repository}}:{{.Tag}}' "$IMAGES/*" | xargs -r docker image rm >/dev/null
    rm -rf "$work"
}

for service in "$@"; do validate "$service"; done
if [ "$system" = yes ]; then
    export WEB_PORT=0 IMAGES="dp-validation-$$"
    trap finish EXIT
    ended=0
    { compose build --quiet && compose up --detach --wait --wait-timeout 120 && jobs_are_done; } \
        >"$work/said" 2>&1 || ended=$?
    says 'system: a job of each kind is answered' "$ended" "$work/said"
fi
exit "$failed"
