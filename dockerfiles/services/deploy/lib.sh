# What deploy.sh and rollback.sh have alike. Sourced, by any POSIX sh; $program names
# the caller, and $here the folder.
# shellcheck shell=sh disable=SC2154

refuse() {
    echo "$program: $*" >&2
    exit 2
}

say() {
    echo "$program: $*" >&2
}

# Which versions are deployed is kept where compose reads its variables.
state=${DEPLOY_STATE:-$here/.env}

compose() {
    [ -f "$state" ] || : >"$state"
    docker compose --file "$here/docker-compose.yml" --env-file "$state" "$@"
}

# keep NAME VALUE: a line of the state, in one step.
keep() {
    { grep -sv "^$1=" "$state" || true; } >"$state.part"
    echo "$1=$2" >>"$state.part"
    mv -- "$state.part" "$state"
}

# kept NAME
kept() {
    [ ! -f "$state" ] || sed -n "s/^$1=//p" "$state"
}

# routed: the one that web asks; `api` is another name of the first.
routed() {
    route=$(compose exec -T web cat /etc/nginx/routes/api.conf) || return
    case $route in *api-green*) echo green ;; *) echo blue ;; esac
}

# route COLOUR: done when it is asked for every request, and those that were begun
# before have ended.
route() {
    # shellcheck disable=SC2016 # for the shell in the container
    compose exec -T web sh -ec '
        echo "set \$api $1;" >/etc/nginx/routes/api.part
        mv /etc/nginx/routes/api.part /etc/nginx/routes/api.conf
        nginx -s reload 2>/dev/null
        tries=0
        until [ "$(curl --silent http://127.0.0.1:8081/)" = "$1" ] &&
            ! grep -q "[s]hutting down" /proc/[0-9]*/cmdline 2>/dev/null; do
            tries=$((tries + 1))
            [ "$tries" -lt 300 ] || { echo "web does not go over to $1" >&2; exit 1; }
            sleep 0.1
        done' sh "api-$1"
}

other() {
    case $1 in blue) echo green ;; *) echo blue ;; esac
}

# start COLOUR: true as soon as its health check holds, false if it does not.
start() {
    compose up --detach --no-deps --no-build --wait --wait-timeout "${DEPLOY_TIMEOUT:-60}" "api-$1"
}
