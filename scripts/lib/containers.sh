# What the scripts for the containers of the platform have alike. Sourced after compare.sh,
# by any POSIX sh; $here is the folder of the scripts.
# shellcheck shell=sh disable=SC2154

platform=${here%/*}/dockerfiles/pilotpros
project=${COMPOSE_PROJECT_NAME:-pilotpros}
# What ran before the last change: the compose file, and the image of each service.
state=${DEPLOY_STATE:-$platform/.previous}

# running [SERVICE...]: a line for each container that runs of these services, or of all:
# service, image, compose files.
running() {
    docker container ls --filter "label=com.docker.compose.project=$project" --format '{{.ID}}' |
        xargs -r docker container inspect --format '{{with .Config.Labels}}{{index . "com.docker.compose.service"}} {{end}}{{.Image}} {{index .Config.Labels "com.docker.compose.project.config_files"}}' |
        while read -r service image files; do
            case " ${*:-$service} " in *" $service "*) echo "$service $image $files" ;; esac
        done
}

# container SERVICE: the id of one that runs.
container() {
    docker container ls --quiet --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1" | head -n 1 | grep .
}

# answers: whether the page comes through nginx, and a report of all four regions.
answers() {
    nginx=$(container nginx-dev) || return
    address=$(docker container port "$nginx" 80 | head -n 1) && [ -n "$address" ] || return
    # Not what nginx may have kept of those before.
    report=$(curl --silent --show-error --fail --max-time 30 \
        "http://$address/api/report?to=2025-12-31&now=$(date +%s%N)") || return
    regions=$(echo "$report" | grep -o '"region":' | wc -l)
    [ "$regions" -eq 4 ] || {
        echo "$program: the report has $regions regions and not four" >&2
        return 1
    }
}
