#!/bin/sh
# Fills an empty data folder and becomes the server. What it reads is a part of
# what the usual image reads, with the same meaning: POSTGRES_USER,
# POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_HOST_AUTH_METHOD,
# POSTGRES_INITDB_ARGS, and *.sql and *.sh in /docker-entrypoint-initdb.d.
set -eu

case ${1-} in
-*) set -- postgres "$@" ;;
postgres) ;;
*) exec "$@" ;;
esac

# The server refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    find "$PGDATA" ! -user postgres -exec chown postgres {} +
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
password=${POSTGRES_PASSWORD:-}
method=${POSTGRES_HOST_AUTH_METHOD:-}

# initialise: accounts and databases of an empty data folder.
initialise() {
    if [ -z "$password" ] && [ "$method" != trust ]; then
        echo 'no password for the database: set POSTGRES_PASSWORD, or let' \
            'everybody in with POSTGRES_HOST_AUTH_METHOD=trust' >&2
        exit 1
    fi
    set -- --username="$user"
    # An empty file of the password would be refused.
    [ -z "$password" ] || set -- --pwfile=/dev/stdin "$@"
    # shellcheck disable=SC2086 # several options in one variable
    printf '%s\n' "$password" | initdb "$@" ${POSTGRES_INITDB_ARGS:-}
    printf 'host all all all %s\n' "${method:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

# fill: what is asked for beside initdb's own database, by a server that only
# this container's sockets reach.
fill() {
    pg_ctl --wait --silent --options="-c listen_addresses=''" start
    [ "$database" = postgres ] || createdb --username="$user" "$database"
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
        *.sql) psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$user" \
            --dbname="$database" --file="$file" ;;
        *.sh) sh "$file" ;;
        esac
    done
    pg_ctl --wait --silent --mode=fast stop
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # The first process of a container gets no signal that it does not ask for.
    trap 'exit 130' INT TERM
    initialise
    if [ "$database" != postgres ] || [ -n "$(ls /docker-entrypoint-initdb.d)" ]; then
        fill
    fi
    trap - INT TERM
fi
exec "$@"
