#!/bin/sh
# Builds services, each as an image of one of its stages, and says how long it took, how
# big it is, and where time and bytes went.
set -eu

program=build-docker
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/docker-utils.sh
. "$here/docker-utils.sh"
export DOCKER_BUILDKIT=1

usage() {
    cat <<'END'
Usage: scripts/build-docker.sh [OPTION...] [SERVICE...]

Builds these services (all that FOLDER has: its folders with a Dockerfile) to
dp-services/SERVICE:latest, and prints times, sizes, and where they come from.

  --folder FOLDER        the folder of the services (dockerfiles/services)
  --target STAGE         the stage to build (production)
  --tag VERSION          the images' tag (latest); IMAGES names another repository
                         than dp-services
  --build-arg NAME=VALUE       an argument of every build
  --build-arg STAGE:NAME=VALUE an argument of builds of this stage alone
  --cache-from SPEC, --cache-to SPEC
                         cache to import, to export: as docker buildx build has them;
                         SERVICE in them becomes the service's name
  --builder NAME         what builds (cache of other types than inline needs one of
                         the driver docker-container)
  --records              print the records instead of the report
  -h, --help             print this

The records go to dp-results/build-docker.jsonl, or into the folder $DP_RESULTS. Exit
codes: those of dp-report, or of the tool before it that could not measure at all.
END
}

root=${here%/*}/dockerfiles/services target=production tag=latest print_records=no
arguments='' from='' to='' builder=''
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --records) print_records=yes ;;
    --folder) value "$1" $# && root=$2 && shift ;;
    --target) value "$1" $# && target=$2 && shift ;;
    --tag) value "$1" $# && tag=$2 && shift ;;
    --build-arg) value "$1" $# && arguments="$arguments $2" && shift ;;
    --cache-from) value "$1" $# && from=$2 && shift ;;
    --cache-to) value "$1" $# && to=$2 && shift ;;
    --builder) value "$1" $# && builder=$2 && shift ;;
    -*) refuse "unknown option: $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || for file in "$root"/*/Dockerfile; do set -- "$@" "$(basename "${file%/*}")"; done
for service in "$@"; do
    [ -f "$root/$service/Dockerfile" ] || refuse "no Dockerfile: $root/$service/Dockerfile"
    stages_of "$root/$service/Dockerfile" | grep -qx "$target" ||
        refuse "no stage $target: $root/$service/Dockerfile has" \
            "$(stages_of "$root/$service/Dockerfile" | paste -s -d ' ' -)"
done
require_tools dp-build dp-size dp-report

# options_of SERVICE: of its build, a word each.
options_of() {
    for word in $arguments; do
        case $word in
        *:*=*) [ "${word%%:*}" != "$target" ] || echo "--build-arg ${word#*:}" ;;
        *) echo "--build-arg $word" ;;
        esac
    done
    [ -z "$from" ] || echo "--cache-from $from" | sed "s/SERVICE/$1/g"
    [ -z "$to" ] || echo "--cache-to $to" | sed "s/SERVICE/$1/g"
    [ -z "$builder" ] || echo "--builder $builder"
}

work_folder
worst=0
for service in "$@"; do
    # shellcheck disable=SC2046 # words
    observe dp-build $(options_of "$service") --target "$target" --name "$service" \
        --tag "${IMAGES:-dp-services}/$service:$tag" --scenario "$target" \
        "$root/$service" >>"$work/builds.jsonl"
    [ "$code" -eq 0 ] || worst=$code
done
observe dp-size <"$work/builds.jsonl" >"$work/sizes.jsonl"
[ "$code" -ne 0 ] || code=$worst
compare "$work/sizes.jsonl"
