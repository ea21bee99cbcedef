# Records that are kept: measured again only if something that they depend on
# has changed. Sourced after say.sh, which brings $program.
# shellcheck shell=bash disable=SC2154

# keep TITLE FILE FOLDER TOOL... -- COMMAND...: the records that COMMAND prints by
# these tools, in FILE. They come whole or not at all: an interrupted measurement
# begins anew, since rounds of two invocations are not of one batch.
keep() {
    local title=$1 file=$2 folder=$3 tools=() now code=0
    shift 3
    while [[ $1 != -- ]]; do tools+=("$1") && shift; done
    shift
    now=$(inputs "$folder" "$@")
    if [[ -f $file && -f $file.inputs && $(<"$file.inputs") == "$now $(digest "$file")" ]]; then
        say "${file##*/}: kept, measured $(date -u -r "$file" '+%Y-%m-%d %H:%M UTC')"
        return
    fi
    say "$title"
    rm -f -- "$file" "$file.inputs"
    litter "$file.part"
    "$@" >"$file.part" || code=$?
    if ((code)); then
        if ((code == 4)); then dp-report "$file.part" || true; fi
        die "$code" "${file##*/}: not measured (exit code $code): see above"
    fi
    mv -- "$file.part" "$file"
    printf '%s %s\n' "$now" "$(digest "$file")" >"$file.inputs"
}

# inputs FOLDER COMMAND...: one word that is another one as soon as any file of
# the folder, the command, one of $tools, the engine, the base image or the
# machine is another one.
inputs() {
    local folder=$1 tool
    shift
    {
        printf '%s\n' "$@"
        # Pages and budgets are about what is measured.
        (cd "$folder" && find . -type f ! -name '*.md*' ! -name 'budget*.toml' \
            -printf '%m ' -exec sha256sum {} + | sort)
        for tool in "$1" "${tools[@]}"; do sha256sum "$(type -P "$tool")"; done
        sha256sum "$here"/*.sh "$here"/lib/*.sh
        docker version
        docker buildx version
        docker info --format '{{.ID}} {{.Driver}} {{.CgroupVersion}} {{.NCPU}} {{.MemTotal}}'
        bases "$folder" | xargs docker image inspect --format '{{.Id}}'
        uname -srm
    } | sha256sum | cut -d ' ' -f 1
}

# bases FOLDER...: the base images that the Dockerfiles and compose files in there name.
bases() {
    grep -rhoE --include='*Dockerfile*' --include='*compose*.yml' 'dp-base/[a-z0-9]+' "$@" | sort -u
}

# digest FILE: of its content.
digest() {
    sha256sum <"$1" | cut -d ' ' -f 1
}
