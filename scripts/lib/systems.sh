# What measuring the example systems needs: the folders of dockerfiles/ that have a
# measure.sh. Sourced after keep.sh, from the project's folder.
# shellcheck shell=bash disable=SC2154

# systems: their names.
systems() {
    local file
    for file in dockerfiles/*/measure.sh; do basename "$(dirname "$file")"; done
}

# build_tools PROFILE TOOL...: they come first on PATH.
build_tools() {
    local profile=$1 tools=() tool
    shift
    for tool in "$@"; do tools+=(-p "$tool"); done
    # A caller that takes the code has switched -e off.
    cargo build --profile "$profile" --locked "${tools[@]}" || return
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

# bases_of SYSTEM...: the base images that their Dockerfiles name.
bases_of() {
    bases "${@/#/dockerfiles/}" | sed 's|^dp-base/||'
}

# measure_steps SYSTEM FOLDER [STEP...]: these steps, or all; each one's records are kept
# in a file of that folder, for SERVICE/STEP in SERVICE-STEP.jsonl.
measure_steps() {
    local system=$1 kept=$2 step what tools
    shift 2
    while IFS=$'\t' read -r -u 3 step what tools; do
        (($# == 0)) || [[ " $* " == *" $step "* ]] || continue
        read -ra tools <<<"$tools"
        keep "$system, $step: $what" "$kept/${step//\//-}.jsonl" "dockerfiles/$system" \
            "${tools[@]}" -- "dockerfiles/$system/measure.sh" "$step"
    done 3< <("dockerfiles/$system/measure.sh" --steps)
}

# parts SYSTEM: what is reported on by itself: each of its services; an empty line for a
# system that is one.
parts() {
    "dockerfiles/$1/measure.sh" --steps | sed 's|\t.*||; s|[^/]*$||; s|/$||' | sort -u
}

# against SYSTEM: the subject that its others are compared with.
against() {
    "dockerfiles/$1/measure.sh" --against
}

# compared SYSTEM FILE...: the options that compare these records with the baseline of the
# system, a word a line; none if it is not in them.
compared() {
    local base
    base=$(against "$1")
    if grep -qF "\"name\":\"$base\"" "${@:2}"; then printf '%s\n' --against "$base"; fi
}

# records_of SYSTEM PART PREFIX: the files of its steps that are there, PREFIXSTEP.jsonl.
records_of() {
    local step
    "dockerfiles/$1/measure.sh" --steps | sed 's|\t.*||' | while IFS= read -r step; do
        if [[ $step == "${2:+$2/}${step##*/}" && -e $3${step//\//-}.jsonl ]]; then
            echo "$3${step//\//-}.jsonl"
        fi
    done
}

# report SYSTEM PART FOLDER TABLE: on the records of a part of a system that measure_steps
# left in the folder: all steps that have the baseline, compared with it, and budget.toml;
# then each other step, and each that has a budget of its own, budget-STEP.toml. What each
# report counts goes into the table too. Ends with the worst code of dp-report.
report() {
    local folder=dockerfiles/$1${2:+/$2} file step budget code=0
    local files options together=()
    mapfile -t files < <(records_of "$1" "$2" "$3/")
    for file in "${files[@]}"; do
        [[ -z $(compared "$1" "$file") ]] || together+=("$file")
    done
    if ((${#together[@]})); then
        mapfile -t options < <(compared "$1" "${together[@]}")
        if [[ -e $folder/budget.toml ]]; then options+=(--budget "$folder/budget.toml"); fi
        one_report "$1${2:+/$2}" "$4" "${together[@]}" "${options[@]}" || code=$(worse "$code" $?)
    fi
    for file in "${files[@]}"; do
        step=${file#"$3/${2:+$2-}"} step=${step%.jsonl}
        budget=$folder/budget-$step.toml
        [[ -e $budget || " ${together[*]} " != *" $file "* ]] || continue
        mapfile -t options < <(compared "$1" "$file")
        if [[ -e $budget ]]; then options+=(--budget "$budget"); fi
        one_report "$1${2:+/$2}, $step" "$4" "$file" ${options[@]+"${options[@]}"} ||
            code=$(worse "$code" $?)
    done
    return "$code"
}

# one_report TITLE TABLE ARGUMENT...: by dp-report with these arguments.
one_report() {
    local title=$1 table=$2 said code=0
    shift 2
    said=$(mktemp)
    litter "$said"
    dp-report "$@" | tee "$said" || code=$?
    # The last line counts verdicts and what came of the budget, where there are any.
    printf '%-30s %s\n' "$title" \
        "$(tail -n 1 "$said" | grep -E '^([0-9]+ [a-z]|budget: )' || echo measured)" >>"$table"
    return "$code"
}

# of_template TEMPLATE ARGUMENT...: its text, by dp-report with these arguments. What
# regressed, is over budget (1), or is not there to be compared (4), as steps differ in what
# they measure, stands in it; that no run is missing is asked for elsewhere.
of_template() {
    local template=$1 code=0
    shift
    dp-report "$@" --all --template "$template" || code=$?
    ((code <= 1 || code == 4)) || return "$code"
}

# targets SYSTEM PREFIX: what its plan asks for, and what the records that are there
# (PREFIXSTEP.jsonl) say of it, a row of a Markdown table each: by targets.toml, which says
# it in the plan's own figures, else by the budgets.
targets() {
    local part folder file files options
    while IFS= read -r -u 3 part; do
        mapfile -t files < <(records_of "$1" "$part" "$2")
        ((${#files[@]})) || continue
        folder=dockerfiles/$1${part:+/$part}
        mapfile -t options < <(compared "$1" "${files[@]}")
        if [[ -e $folder/targets.toml ]]; then
            options+=(--budget "$folder/targets.toml")
        else
            for file in "$folder"/budget.toml "$folder"/budget-*.toml; do
                if [[ -e $file ]]; then options+=(--budget "$file"); fi
            done
        fi
        [[ " ${options[*]} " == *" --budget "* ]] || continue
        of_template docs/templates/targets-row.md.in "${files[@]}" "${options[@]}" || return
    done 3< <(parts "$1")
}

# worse CODE CODE: the one that says more, as dp-report puts several in order.
worse() {
    local code
    for code in 3 2 1 4; do
        if (($1 == code || $2 == code)); then echo "$code" && return; fi
    done
    echo "$(($1 > $2 ? $1 : $2))"
}
