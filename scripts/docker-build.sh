#!/bin/sh
# Builds the images of the cache server, with a registry's cache if there is one.
set -eu

program=docker-build
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'END'
Usage: scripts/docker-build.sh [OPTION...] [-- BUILDX OPTION...]

Builds dockerfiles/cache-server as the images NAME:TARGET.

  --target TARGET      production (the default), development, test (runs memcached's own
                       tests), bare, packed, or all: the first three
  --name NAME          what the images are called (cache-server)
  --parallel-jobs N    run so many compilers at once (as many as there are CPUs)
  --registry HOST      call the images HOST/NAME:TARGET, and take what others have
                       pushed there for a build cache ($REGISTRY_URL)
  --push-cache         push them there, with their cache and that of the stages before them
  --no-cache           run every step. The compilers' cache is neither used nor emptied
  --no-buildkit        build by the engine's old builder, without cache mounts and secrets
  --progress HOW       auto, plain, tty or rawjson, as docker buildx build has it
  --benchmark          build nothing but Dockerfile and Dockerfile.optimized, cached, and
                       compare times, sizes and starts; the image must be 87 % smaller
  -r ROUNDS            rounds of --benchmark (8, as many as a verdict on times needs)
  -h, --help           print this

An option's value may follow after = too. BUILDX OPTIONs are handed on, such as
--platform linux/arm64, --secret id=apt-auth,src=FILE, --build-arg LTO=yes.
Everything that is measured of this system: make systems SYSTEM=cache-server

The records of --benchmark go to dp-results/docker-build.jsonl, or into the folder
$DP_RESULTS. Exit
codes: those of docker, of --benchmark those of dp-report; 2 for wrong usage.
END
}

folder=${here%/*}/dockerfiles/cache-server
target=production name=cache-server jobs='' registry=${REGISTRY_URL:-} push=no
cache=yes buildkit=yes progress='' benchmark=no rounds=8 print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    --*=*)
        option=$1
        shift
        set -- "${option%%=*}" "${option#*=}" "$@"
        ;;
    esac
    case $1 in
    -h | --help) usage && exit 0 ;;
    --target) value --target $# && target=$2 && shift ;;
    --name) value --name $# && name=$2 && shift ;;
    --parallel-jobs) value --parallel-jobs $# && jobs=$2 && shift ;;
    --registry) value --registry $# && registry=$2 && shift ;;
    --push-cache) push=yes ;;
    --no-cache) cache=no ;;
    --no-buildkit) buildkit=no ;;
    --progress) value --progress $# && progress=$2 && shift ;;
    --benchmark) benchmark=yes ;;
    -r) value -r $# && rounds=$2 && shift ;;
    --) shift && break ;;
    *) refuse "unknown option: $1 (those of docker buildx build come after --; see --help)" ;;
    esac
    shift
done
case $target in
production | development | test | bare | packed) targets=$target ;;
all) targets='production development test' ;;
*) refuse "no such target: $target (production, development, test, bare, packed or all)" ;;
esac
case $jobs in *[!0-9]* | 0*) refuse "$jobs is no number of compilers (see --parallel-jobs)" ;; esac
[ "$rounds" -gt 0 ] 2>/dev/null || refuse "$rounds is no number of rounds (see -r)"
[ "$push" = no ] || [ -n "$registry" ] || refuse "--push-cache needs a registry (see --registry)"
[ "$buildkit" = yes ] || [ "$#$push" = 0no ] ||
    refuse "the old builder knows neither buildx' options nor a cache to push (see --no-buildkit)"
image=${registry:+${registry%/}/}$name

if [ "$benchmark" = yes ]; then
    require_tools dp-build dp-size dp-start dp-report
    work_folder
    observe dp-build --file "$folder/Dockerfile" --file "$folder/Dockerfile.optimized" \
        --warm --runs "$rounds" "$name=$folder" >"$work/builds.jsonl"
    observe dp-size <"$work/builds.jsonl" >"$work/sizes.jsonl"
    observe dp-start --ready tcp=11211 --runs "$rounds" <"$work/sizes.jsonl" >"$work/starts.jsonl"
    compare "$work/starts.jsonl" --against Dockerfile --improve size.engine_size_bytes=87%
    exit
fi

# build TARGET [OPTION...]: by the engine's BuildKit, with the options of the command line.
build() {
    stage=$1
    shift
    docker buildx build --file "$folder/Dockerfile.optimized" --target "$stage" \
        --tag "$image:$stage" ${jobs:+--build-arg "PARALLEL_JOBS=$jobs"} \
        ${progress:+--progress "$progress"} "$@" "$folder"
}

# build_old TARGET: by the builder before BuildKit, which has no mounts and no platforms.
build_old() {
    sed -E 's/--(mount|platform)=[^ ]+ ?//g' "$folder/Dockerfile.optimized" |
        DOCKER_BUILDKIT=0 docker build --file - --target "$1" --tag "$image:$1" \
            ${jobs:+--build-arg "PARALLEL_JOBS=$jobs"} "$folder"
}

if [ "$buildkit" = no ]; then
    for one in $targets; do build_old "$one"; done
    exit
fi
# Without layers; in a name space of its own, since the engine would else empty the cache
# mounts of everybody.
[ "$cache" = yes ] || set -- --no-cache --build-arg BUILDKIT_CACHE_MOUNT_NS=docker-build "$@"
stages='deps-builder source-builder'
if [ -n "$registry" ]; then
    for one in $stages $targets; do set -- "$@" --cache-from "type=registry,ref=$image:$one"; done
fi
if [ "$push" = yes ]; then
    # An inline cache holds the steps of the image's own stage: each stage is pushed.
    for one in $stages $targets; do
        build "$one" --cache-to type=inline "$@"
        docker push --quiet "$image:$one"
    done
else
    for one in $targets; do build "$one" "$@"; done
fi
