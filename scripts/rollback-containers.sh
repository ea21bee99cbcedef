#!/bin/sh
# Back to the containers that ran before scripts/optimize-containers.sh.
set -eu

program=rollback-containers
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"
# shellcheck source=scripts/lib/containers.sh
. "$here/lib/containers.sh"

usage() {
    cat <<'END'
Usage: scripts/rollback-containers.sh

Starts what scripts/optimize-containers.sh replaced: each service from the image that
it ran from, by the compose file that it was started with, and waits until all are
healthy and a known answer comes through nginx. Volumes stay as they are: both forms
of the platform have the same.

  -h, --help  print this

A project of another name than pilotpros: COMPOSE_PROJECT_NAME. What ran before is
noted in dockerfiles/pilotpros/.previous, or in the folder $DEPLOY_STATE. Exit codes:
0 it runs; 1 it does not work either; 2 wrong usage, or nothing to go back to.
END
}

case ${1-} in
-h | --help) usage && exit 0 ;;
'') ;;
*) refuse "unknown argument: $1 (see --help)" ;;
esac
[ -s "$state/running" ] ||
    refuse "nothing to go back to: scripts/optimize-containers.sh has replaced nothing here"

{
    echo services:
    while read -r service image _; do printf '  %s: { image: "%s", pull_policy: never }\n' "$service" "$image"; done <"$state/running"
} >"$state/rolled-back.yml"
# All of them were started by one file, or by the same that overlay each other; that which
# an earlier rollback laid over them, wherever it kept it, is written anew.
files=$(awk 'NR == 1 { $1 = $2 = ""; sub(/^ +/, ""); print }' "$state/running")
services=$(awk '{ print $1 }' "$state/running")
IFS=,
set --
for file in $files; do
    [ "${file##*/}" = rolled-back.yml ] || set -- "$@" --file "$file"
done
unset IFS
# shellcheck disable=SC2086 # a word each
if docker compose --project-name "$project" "$@" --file "$state/rolled-back.yml" up --detach \
    --no-build --wait --wait-timeout 300 $services >&2 && answers; then
    echo "$program: it runs as before:" $services >&2
    exit 0
fi
echo "$program: what ran before does not work now" >&2
exit 1
