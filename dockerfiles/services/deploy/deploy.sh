#!/bin/sh
# A new version of the api beside the one that answers; web goes over to it once it
# has shown that it works, and not at all if it does not.
set -eu

program=deploy
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=dockerfiles/services/deploy/lib.sh
. "$here/lib.sh"

usage() {
    cat <<'END'
Usage: deploy/deploy.sh VERSION

Starts the image dp-services/api:VERSION (IMAGES names another repository) beside
the api that answers now, waits until its health check holds, asks it for known
answers through web's own network, and lets web go over to it. What was there
before goes on running, for deploy/rollback.sh. A version that does not pass is
rolled back by that script, and nobody was sent to it.

  -h, --help  print this

DEPLOY_TIMEOUT: how long its health check may take to hold (60 seconds).
DEPLOY_STATE: the file that keeps which versions are deployed (deploy/.env). A
project of another name than services: COMPOSE_PROJECT_NAME.

Exit codes: 0 deployed; 1 rolled back; 2 wrong usage; else those of docker.
END
}

case ${1-} in
-h | --help) usage && exit 0 ;;
'') refuse "no version (see --help)" ;;
-*) refuse "unknown option: $1 (see --help)" ;;
esac
[ $# -eq 1 ] || refuse "more than one version: $*"
image=${IMAGES:-dp-services}/api:$1
docker image inspect "$image" >/dev/null 2>&1 ||
    refuse "no such image: $image (docker compose build, or scripts/build-docker.sh, makes it)"
active=$(routed) || refuse "no web that answers (docker compose up --detach --wait starts all)"
next=$(other "$active")

# check COLOUR: what every version must answer, asked from where web asks.
check() {
    answer=$(compose exec -T web curl --fail --silent --show-error --max-time 5 \
        "http://api-$1:3001/bytes/2kB") || return
    [ "$answer" = '{"bytes":2000}' ] || {
        say "api-$1 answers $answer to /bytes/2kB"
        return 1
    }
    compose exec -T web curl --fail --silent --show-error --max-time 5 --output /dev/null \
        "http://api-$1:3001/jobs"
}

keep PREVIOUS "$active"
keep "API_$(echo "$next" | tr '[:lower:]' '[:upper:]')" "$1"
if start "$next" && check "$next" && route "$next"; then
    say "$image answers, as api-$next"
    exit 0
fi
say "$image does not work: its last lines are"
compose logs --no-log-prefix --tail 10 "api-$next" >&2 || true
"$here/rollback.sh"
exit 1
