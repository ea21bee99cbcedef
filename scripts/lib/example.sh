# What measuring an example needs, and what is measured of each. Sourced after
# keep.sh, from the project's folder.
# shellcheck shell=bash disable=SC2034,SC2154

r_package=dockerfiles/r-package
# What a build cache saves is shown with these; of each a source file is edited, and the
# file that names its dependencies.
cache_examples=(dockerfiles/services/api dockerfiles/services/workers "$r_package"
    dockerfiles/hello-service)
edited_sources=(src/app.ts worker/job.py R/log.R src/routes.c)
edited_dependencies=(package.json requirements.txt DESCRIPTION Makefile)
records=()

# build_tools PROFILE TOOL...: they come first on PATH.
build_tools() {
    local profile=$1 tools=() tool
    shift
    for tool in "$@"; do tools+=(-p "$tool"); done
    cargo build --profile "$profile" --locked "${tools[@]}"
    PATH=${CARGO_TARGET_DIR:-$PWD/target}/$profile:$PATH
}

# use_engine: the engine that is up, for docker and the tools.
use_engine() {
    local variables
    variables=$("$here/engine" env)
    eval "$variables"
}

# bring_up BASE...: an engine and its base images.
bring_up() {
    "$here/engine" up
    use_engine
    "$here/bases" "$@"
}

# prepare PROFILE BASE... -- TOOL...: the tools, and beside that an engine and its
# base images: the one computes while the other waits for the network.
prepare() {
    local profile=$1 bases=() log engine code=0
    shift
    while [[ $1 != -- ]]; do bases+=("$1") && shift; done
    shift
    log=$(mktemp)
    litter "$log"
    say "building $* ($profile); meanwhile an engine comes up, with ${bases[*]}"
    bring_up "${bases[@]}" >"$log" 2>&1 &
    engine=$!
    build_tools "$profile" "$@" || {
        code=$?
        kill "$engine" 2>/dev/null || true
        die "$code" "dp is not built: see above"
    }
    wait "$engine" || code=$?
    if ((code)); then
        cat "$log" >&2
        die "$code" "no engine with these base images: see above"
    fi
    # What they say themselves, without the many lines of a package manager.
    grep -E '^(engine|bases): ' "$log" >&2 || true
    use_engine
}

# seconds_of FILE: what the builds in a file of records took, all together.
seconds_of() {
    sed -n '/"warmup":true/d; s/.*"wall_seconds":\([0-9.e-]*\).*/\1/p' "$1" |
        awk '{ sum += $1 } END { printf "%d\n", sum + 1 }'
}

# about SECONDS: to the minute.
about() {
    echo "about $((($1 + 59) / 60)) min"
}

# measure_hello_first FOLDER: one build of each from nothing, then cached ones.
measure_hello_first() {
    local hello=dockerfiles/hello-service
    keep "hello-service, from nothing: one build of each (your build cache stays as it is)" \
        "$1/cold.jsonl" "$hello" dp-build -- \
        dp-build --cold --discard --file "$hello/Dockerfile" \
        --file "$hello/Dockerfile.optimized" "$hello"
    keep "hello-service, nothing changed: 8 rounds of both, in random order" \
        "$1/warm.jsonl" "$hello" dp-build dp-size -- \
        "$here/optimize-layers.sh" --records "$hello"
}

# measure_hello_rest FOLDER: after an edit, and what then runs. A round takes at
# most as long as the builds from nothing; of each image the service is started
# nine times, and watched for two seconds eight times.
measure_hello_rest() {
    local hello=dockerfiles/hello-service seconds
    seconds=$((9 * $(seconds_of "$1/cold.jsonl") + 100))
    keep "hello-service, after an edit: 8 rounds of both, then starts and use: $(about "$seconds")" \
        "$1/code.jsonl" "$hello" dp-build dp-size dp-start dp-stats -- \
        "$here/performance-testing.sh" --records -e src/routes.c -c // \
        -s http=8080/health -p 2s "$hello"
}

# measure_r_package FOLDER: its records, in files of that folder; $records.
measure_r_package() {
    local files=() file seconds
    for file in "$r_package"/Dockerfile*; do files+=(--file "$file"); done
    keep "r-package, from nothing: one build of each (your build cache stays as it is)" \
        "$1/cold.jsonl" "$r_package" dp-build -- \
        dp-build "${files[@]}" --cold --discard "$r_package"
    seconds=$(seconds_of "$1/cold.jsonl")
    keep "r-package, nothing changed: 8 rounds of three builds: $(about "$((seconds + 30))")" \
        "$1/warm.jsonl" "$r_package" dp-build -- \
        dp-build "${files[@]}" --warm --runs 8 "$r_package"
    keep "r-package, after an edit: 8 rounds of three builds, then sizes, starts and use: $(about "$((9 * seconds + 120))")" \
        "$1/code.jsonl" "$r_package" dp-build dp-size dp-start dp-stats -- \
        "$here/performance-testing.sh" --records "$r_package"
    keep "r-package under limits: the smallest one that it passes with, then 8 rounds of three" \
        "$1/limits.jsonl" "$r_package" dp-build dp-stats -- \
        "$here/resource-optimization.sh" --records "$r_package"
    records=("$1/warm.jsonl" "$1/code.jsonl" "$1/cold.jsonl" "$1/limits.jsonl")
}

# measure_volume FOLDER: what a volume saves whoever develops the R package; $records.
measure_volume() {
    local image=dp/r-package-development
    dp-build --tag "$image" --target development --file "$r_package/Dockerfile.multistage" \
        "$r_package" >/dev/null
    keep "r-package, what the volume saves: a command with it empty and filled, 8 rounds" \
        "$1/volume.jsonl" "$r_package" dp-cache -- \
        dp-cache --name r-packages --volume r-packages:/packages \
        --run 'tools/develop inst/extdata/sessions.csv' --runs 8 "$image"
    records+=("$1/volume.jsonl")
}

# measure_caches FOLDER: what the build cache saves, by example; $records.
measure_caches() {
    local at folder file
    for at in "${!cache_examples[@]}"; do
        folder=${cache_examples[at]} file=$1/cache-${cache_examples[at]##*/}.jsonl
        keep "${folder##*/}, what the build cache saves: 8 rounds of each change" \
            "$file" "$folder" dp-cache -- \
            "$here/setup-cache.sh" --records -r 8 -e "${edited_sources[at]}" \
            -d "${edited_dependencies[at]}" "$folder"
        records+=("$file")
    done
}
