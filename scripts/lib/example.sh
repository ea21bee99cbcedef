# What measuring an example needs, and what is measured of dockerfiles/r-package.
# Sourced after keep.sh, from the project's folder.
# shellcheck shell=bash disable=SC2034,SC2154

r_package=dockerfiles/r-package
r_records=()

# prepare BASE...: the tools, an engine and its base images.
prepare() {
    say "building dp (release)"
    cargo build --release --locked -p dp-build -p dp-size -p dp-start -p dp-stats -p dp-report
    PATH=${CARGO_TARGET_DIR:-$PWD/target}/release:$PATH
    say "bringing up an engine"
    "$here/engine" up
    eval "$("$here/engine" env)"
    "$here/bases" "$@"
}

# measure_r_package FOLDER: its records, in files of that folder; $r_records.
measure_r_package() {
    local files=() file
    for file in "$r_package"/Dockerfile*; do files+=(--file "$file"); done
    say "r-package, nothing changed: 8 rounds of three builds, in random order"
    keep "$1/warm.jsonl" "$r_package" \
        dp-build "${files[@]}" --warm --runs 8 "$r_package"
    say "r-package, after an edit: 8 rounds of three builds, then sizes, starts and use"
    keep "$1/code.jsonl" "$r_package" \
        "$here/performance-testing.sh" --records "$r_package"
    say "r-package, from nothing: one build of each (your build cache stays as it is)"
    keep "$1/cold.jsonl" "$r_package" \
        dp-build "${files[@]}" --cold --discard "$r_package"
    say "r-package under limits: the smallest one that it passes with, then 8 rounds of three"
    keep "$1/limits.jsonl" "$r_package" \
        "$here/resource-optimization.sh" --records "$r_package"
    r_records=("$1/warm.jsonl" "$1/code.jsonl" "$1/cold.jsonl" "$1/limits.jsonl")
}
