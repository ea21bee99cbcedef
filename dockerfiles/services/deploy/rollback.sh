#!/bin/sh
# Back to the api that was deployed before the last one.
set -eu

program=rollback
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=dockerfiles/services/deploy/lib.sh
. "$here/lib.sh"

usage() {
    cat <<'END'
Usage: deploy/rollback.sh [-m STEPS]

Lets web go back to the api that answered before the last deployment, if it is not
there anyway, and removes the container of the newer one. The older one still runs
(if not, it is started, and must be healthy first), so that the service answers all
along.

  -m STEPS    also take back so many migrations, when the newer api is gone
  -h, --help  print this

Exit codes: 0 the version before answers; 1 it does not, and nothing was changed;
2 wrong usage, or nothing to go back to.
END
}

steps=
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    -m)
        [ $# -ge 2 ] || refuse "-m takes a value (see --help)"
        steps=$2
        [ "$steps" -gt 0 ] 2>/dev/null || refuse "$steps is no number of migrations (see -m)"
        shift
        ;;
    *) refuse "unknown argument: $1 (see --help)" ;;
    esac
    shift
done

previous=$(kept PREVIOUS)
[ -n "$previous" ] || refuse "nothing to go back to: deploy/deploy.sh has deployed nothing here"
active=$(routed) || refuse "no web that answers (docker compose up --detach --wait starts all)"
if ! start "$previous"; then
    say "api-$previous does not get healthy: api-$active is left as it is"
    exit 1
fi
[ "$active" = "$previous" ] || route "$previous"
compose rm --stop --force "api-$(other "$previous")"
keep PREVIOUS ''
[ -z "$steps" ] || compose run --rm --no-deps -T migrations down "$steps"
say "api-$previous answers: $(compose ps --format '{{.Image}}' "api-$previous")"
