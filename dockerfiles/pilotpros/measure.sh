#!/bin/sh
# What is measured of the platform, step by step. In all records the two ways to run it are
# called before and after, and the scenario is what of it was measured.
set -eu

against=before

steps() {
    cat <<'END'
images	all images, as they are built now: n8n takes minutes to install	dp-build dp-size
code	after an edit: 8 rounds of backend and frontend, one of n8n	dp-build
start	the whole platform, from nothing until all are healthy: 5 rounds	dp-start
load	both platforms run: how long answers take, and what they use: 8 rounds	dp-stats
pgbench	the database under pgbench, with the defaults and the plan's settings: 8 rounds	dp-stats
health	a service that hangs, and one that dies, until it is noticed and back: 3 rounds	dp-stats
neighbour	how long answers take while a neighbour takes memory: 8 rounds	dp-stats
rollback	a broken version is deployed under load, and rolled back: 3 rounds	dp-stats
END
}

# told COMMAND...: if it fails, its step does, wherever in a pipe it stands.
told() {
    "$@" || echo "$?" >>"$work/codes"
}

# called SCENARIO: records of subjects that are named before and after.
called() {
    sed "s/{\"name\":\"\(before\|after\)\"/{\"name\":\"\1\",\"scenario\":\"$1\"/g"
}

# of_services NAME: records of subjects that are named after compose's services.
of_services() {
    sed "s/{\"name\":\"\([a-z0-9-]*\)-dev\"\(,\"scenario\":\"[^\"]*\"\)\{0,1\}/{\"name\":\"$1\",\"scenario\":\"\1\"/g"
}

images() {
    dp-build --compose "$folder/docker-compose.dev.yml" | told dp-size | of_services before
    # Which it takes as it comes.
    told dp-size --name before "${POSTGRES_IMAGE:-dp-base/postgres}" | called postgres
    dp-build --compose "$folder/config/docker-compose.optimized.yml" | told dp-size |
        of_services after
}

# after_edit SERVICE ROUNDS FILE: each build comes after an edit of its own; the file grows
# by no more than a line.
after_edit() {
    cp "$work/context/$1/$3" "$work/before"
    export before="$work/before" edited="$3"
    # shellcheck disable=SC2016 # for the shell of the command
    told dp-build --file "$work/context/$1/Dockerfile" \
        --file "$work/context/docker/$1-optimized.Dockerfile" --name before --name after \
        --scenario "$1 edit" --warmup 1 --runs "$2" \
        --prepare '{ cat "$before" && echo "// edit $DP_RUN"; } >"$edited"' "$work/context/$1"
}

code() {
    after_edit backend 8 src/app.ts
    after_edit frontend 8 src/money.js
    after_edit automation-engine 1 health.js
}

# in_rounds ROUNDS SCENARIO COMMAND [NAME...]: a command of tools/, with the name of the
# stack, in rounds of random order. What is started meanwhile does nothing: it is what a
# load needs beside it, and its own figures are of no use.
in_rounds() {
    rounds=$1 scenario=$2 command=$3
    shift 3
    [ $# -gt 0 ] || set -- before after
    images=
    for name in "$@"; do
        set -- "$@" --name "$name"
        images="$images ${NGINX_IMAGE:-dp-base/nginx}"
        shift
    done
    # shellcheck disable=SC2086 # words
    told dp-stats $images "$@" --runs "$rounds" --stop-signal KILL \
        --load-command "$tools_folder/$command \"\$DP_NAME\"" -- tail -f /dev/null |
        called "$scenario"
}

# stacks NAME... -- COMMAND...: with these stacks running; they go at the end.
stacks() {
    names=
    while [ "$1" != -- ]; do
        names="$names $1"
        shift
    done
    shift
    for name in $names; do
        "$tools_folder/stack" "$name" build --quiet >&2 || return
        # shellcheck disable=SC2086 # words
        "$tools_folder/stack" "$name" up --detach --wait --wait-timeout 300 $only >&2 || return
    done
    "$@"
}

# What each of them uses that has nothing to do, for 20 s.
use() {
    for name in before after; do
        told dp-stats --compose "$STACKS-$name" --for 20s | of_services "$name"
    done
}

asked() {
    in_rounds 8 load ask
    use
}

# start: also with the engine's own way to ask often at first, where it has one.
start() {
    set -- --compose before="$work/context/docker-compose.dev.yml" \
        --compose after="$work/context/config/docker-compose.optimized.yml"
    case $(docker version --format '{{.Server.APIVersion}}') in
    1.[0-3]* | 1.4[0-3]) ;;
    *) set -- "$@" --compose asked-often="$work/context/config/docker-compose.start-interval.yml" ;;
    esac
    for name in before after; do told "$tools_folder/stack" "$name" build --quiet >&2; done
    told dp-start "$@" --timeout 300s --runs 5 | variants_called start |
        sed 's/{"name":"asked-often","scenario":"start"/{"name":"after","scenario":"start, asked often"/g'
}

# variants_called SCENARIO: records whose variants are named before and after.
variants_called() {
    sed "s/{\"name\":\"[^\"]*\"\(,\"platform\":\"[^\"]*\"\)\{0,1\},\"variant\":\"\([a-z-]*\)\"/{\"name\":\"\2\",\"scenario\":\"$1\"\1/g"
}

pgbench() {
    told "$here/postgres-tuning.sh" --records "${POSTGRES_IMAGE:-dp-base/postgres}" |
        variants_called pgbench |
        sed 's/{"name":"default"/{"name":"before"/g; s/{"name":"tuned"/{"name":"after"/g'
}

# in_copy COMMAND...: with a copy of the folder, which the servers for developing write into;
# its records name the folder itself. Stacks that run there go at the end.
in_copy() {
    work_folder
    trap '"$work/context/tools/stack" before down --volumes --timeout 1 >/dev/null 2>&1
        "$work/context/tools/stack" after down --volumes --timeout 1 >/dev/null 2>&1
        rm -rf "$work"' EXIT
    cp -R "$folder" "$work/context"
    STACKS=measured-$$ tools_folder=$work/context/tools
    export STACKS SCRIPTS="$here"
    code=0
    "$@" >"$work/records" || code=$?
    name_folder "$work/records"
    return "$code"
}

measure() {
    only='postgres-dev backend-dev frontend-dev nginx-dev'
    case $1 in
    images) work_folder && images ;;
    code) in_copy code ;;
    start) in_copy start ;;
    load) only='' && in_copy stacks before after -- asked ;;
    pgbench) work_folder && pgbench ;;
    health) in_copy stacks before after -- in_rounds 3 health hang ;;
    neighbour) in_copy stacks after -- in_rounds 8 neighbour neighbour ;;
    rollback) in_copy stacks after -- in_rounds 3 rollback break after ;;
    esac
    if [ -s "$work/codes" ]; then return "$(head -n 1 "$work/codes")"; fi
}

# shellcheck source=scripts/lib/system.sh
. "$(dirname "$0")/../../scripts/lib/system.sh"
