# What the docker CLI resolves, and what makes it reach an engine of ours.
# Sourced.
# shellcheck shell=bash disable=SC2154 # home: scripts/engine

# forget_own_env: settings that point at an engine of ours say nothing about
# which engine the user has.
forget_own_env() {
    if [[ ${DOCKER_HOST:-} == "unix://$home/"* ]]; then unset DOCKER_HOST; fi
    if [[ ${DOCKER_CONFIG:-} == "$home/"* ]]; then unset DOCKER_CONFIG; fi
    if ! have docker && [[ -x $home/client/usr/bin/docker ]]; then
        PATH=$home/client/usr/bin:$PATH
    fi
}

# resolved_version: the engine that the CLI resolves without us; it answers.
resolved_version() {
    have docker &&
        bounded 20 docker version --format '{{.Server.Version}}' 2>/dev/null
}

resolved_host() {
    docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null
}

# client_config KIND: makes the CLI's settings folder. For an engine of ours
# it has the user's config.json (credentials, proxies); for the user's engine
# (foreign) everything of the user's, so that the same engine is chosen.
client_config() {
    local dir=$home/config-$1 user=${DOCKER_CONFIG:-${HOME:-/root}/.docker} entry
    mkdir -p "$dir/cli-plugins"
    for entry in "$user"/*; do
        if [[ $1 == foreign || ${entry##*/} == config.json ]]; then
            link_entry "$entry" "$dir/${entry##*/}"
        fi
    done
    for entry in "$user"/cli-plugins/*; do
        link_entry "$entry" "$dir/cli-plugins/${entry##*/}"
    done
    if ! DOCKER_CONFIG=$dir client_suffices; then
        for entry in "$home"/client/usr/libexec/docker/cli-plugins/*; do
            link_entry "$entry" "$dir/cli-plugins/${entry##*/}"
        done
    fi
}

# link_entry TARGET LINK: not for folders of plugins, which are ours.
link_entry() {
    [[ -e $1 && ${1##*/} != cli-plugins ]] || return 0
    ln -sfn -- "$1" "$2"
}

# print_own_env ENGINE: for eval.
print_own_env() {
    echo 'unset DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_CERT_PATH' \
        'DOCKER_API_VERSION BUILDX_BUILDER BUILDX_CONFIG'
    printf 'export DOCKER_HOST=%q\n' "unix://$(engine_socket "$1")"
    printf 'export DOCKER_CONFIG=%q\n' "$home/config-own"
    print_path
}

# print_foreign_env: never which engine, only what buildx needs.
print_foreign_env() {
    if client_suffices || [[ ! -d $home/config-foreign ]]; then return 0; fi
    printf 'export DOCKER_CONFIG=%q\n' "$home/config-foreign"
    print_path
}

print_path() {
    if [[ :$PATH: == *":$home/client/usr/bin:"* ]]; then
        # shellcheck disable=SC2016
        printf 'export PATH=%q:"$PATH"\n' "$home/client/usr/bin"
    fi
}
