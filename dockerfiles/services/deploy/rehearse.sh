#!/bin/sh
# Deploying and rolling back, tried under load in a project of its own.
set -eu

program=rehearse
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..

usage() {
    cat <<'END'
Usage: deploy/rehearse.sh [--records]

Builds and starts the services as deploy/docker-compose.yml has them, in a compose
project of its own, and does three things while the api is asked all along, through
web, by deploy/probe.sh and by dp-stats:

  deployed  deploy/deploy.sh with a new version, then deploy/rollback.sh
  broken    deploy/deploy.sh with a version that does not start, which rolls it back
  in-place  the container is replaced by one of the new version, as compose does it

Prints a report: errors, the longest time without a good answer, times of answers.
All that was started goes at the end, with its images and volumes.

  --records   print the records instead (JSON Lines)
  -h, --help  print this

Exit codes: those of the tools; 1 if something was deployed or rolled back that
should not have been.
END
}

case ${1-} in
-h | --help) usage && exit 0 ;;
'' | --records) ;;
*) echo "$program: unknown argument: $1 (see --help)" >&2 && exit 2 ;;
esac
PATH=$PATH:${CARGO_TARGET_DIR:-$root/target}/release
command -v dp-stats >/dev/null ||
    { echo "$program: no dp-stats: make install, or cargo build --release, brings it" >&2 && exit 2; }

work=$(mktemp -d)
export COMPOSE_PROJECT_NAME="rehearsal-$$" IMAGES="dp-rehearsal-$$" WEB_PORT=0 \
    DEPLOY_STATE="$work/state" DEPLOY_TIMEOUT=30
: >"$DEPLOY_STATE"

compose() {
    docker compose --file "$here/docker-compose.yml" --env-file "$DEPLOY_STATE" "$@"
}

finish() {
    compose --profile green down --volumes --timeout 1 >/dev/null 2>&1 || true
    docker image ls --format '{{.Repository}}:{{.Tag}}' "$IMAGES/*" | xargs -r docker image rm >/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

compose build --quiet >&2
compose up --detach --wait --wait-timeout 120 >&2 2>"$work/up" || { cat "$work/up" >&2 && exit 4; }
docker tag "$IMAGES/api:latest" "$IMAGES/api:next"
printf 'FROM %s\nCMD ["node", "-e", "process.exit(1)"]\n' "$IMAGES/api:latest" |
    docker build --quiet --tag "$IMAGES/api:broken" - >/dev/null

# What is done under load, each as a script that ends with 0 if all came as it should.
cat >"$work/deployed" <<END
set -e
$here/deploy.sh next
$here/rollback.sh
END
cat >"$work/broken" <<END
code=0
$here/deploy.sh broken || code=\$?
test "\$code" = 1
END
cat >"$work/in-place" <<END
set -e
compose="docker compose --file $here/docker-compose.yml --env-file $DEPLOY_STATE"
API_BLUE=next \$compose up --detach --no-deps --no-build --force-recreate --wait api-blue
END

web=$COMPOSE_PROJECT_NAME-web-1
url=http://$(compose port web 8080)/api/bytes/2kB
code=0
for what in deployed broken in-place; do
    dp-stats --name "$what" --runs 3 --probe http=8080/api/bytes/2kB \
        --load-command "$here/probe.sh $url sh -c 'sh $work/$what 2>$work/log >&2 || { cat $work/log >&2; exit 1; }'" \
        "$web" >>"$work/records.jsonl" || code=$?
    case $code in 0 | 4) ;; *) exit "$code" ;; esac
done
if [ "${1-}" = --records ]; then
    sed "s|$work|\$work|g" "$work/records.jsonl"
    exit "$code"
fi
dp-report "$work/records.jsonl" --metric probe_errors --metric errors --metric longest_gap_seconds
