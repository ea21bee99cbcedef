# How a folder of bases.d becomes an image. Sourced by scripts/bases, which
# sets $here and $cache.
# shellcheck shell=bash disable=SC2154

# host_certificates: this machine's bundle (it may hold a company's own CA).
host_certificates() {
    local file=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
    if [[ -r $file ]]; then echo "$file"; fi
}

# needs NAME: the bases that it is built on.
needs() {
    local file=$here/bases.d/$1/Dockerfile
    [[ -f $file ]] || return 0
    { grep -oE 'dp-base/[a-z0-9-]+' "$file" || true; } | sed 's|.*/||' | sort -u
}

# recipe_key NAME: 12 digits that change with all that the image is made from:
# its folder, what it is built on, release, architecture and certificates.
recipe_key() {
    local name=$1 base file
    {
        for file in "$here/bases.d/$name"/*; do
            basename "$file"
            cat -- "$file"
        done
        for base in $(needs "$name"); do recipe_key "$base"; done
        own_suite
        uname -m
        cat -- "$(host_certificates)" 2>/dev/null || true
    } | { if have sha256sum; then sha256sum; else shasum -a 256; fi; } |
        cut -c 1-12
}

# make_base NAME KEY
make_base() {
    local base
    for base in $(needs "$1"); do ensure "$base"; done
    if [[ -f $here/bases.d/$1/Dockerfile ]]; then
        build_base "$1" "$2"
    else
        import_base "$1" "$2"
    fi
}

# build_base NAME KEY: on the engine's own builder, whatever builder the user
# has chosen (another would not put the image into the engine).
build_base() {
    local name=$1 builder variable proxies=()
    if ! docker buildx version >/dev/null 2>&1; then
        say "$name: the docker command has no buildx (scripts/engine up brings one)"
        return 1
    fi
    builder=$(docker context inspect --format '{{.Name}}') || return
    for variable in http_proxy https_proxy no_proxy; do
        if [[ -n ${!variable:-} ]]; then proxies+=(--build-arg "$variable"); fi
    done
    docker buildx build --builder "$builder" --provenance=false \
        ${proxies[@]+"${proxies[@]}"} --label "dp.base=$2" --tag "dp-base/$name" \
        "$here/bases.d/$name" </dev/null >&2
}

# import_base NAME KEY
import_base() {
    local dir=$cache/$1.rootfs
    rm -rf --one-file-system -- "$dir"
    litter "$dir"
    "$here/bases.d/$1/rootfs" "$dir" || return
    add_certificates "$dir" || return
    import_folder "$dir" "$1" "$2" || return
    clear_litter
}

# import_folder DIR NAME KEY
import_folder() {
    local owner=(--numeric-owner) change=(--change "LABEL dp.base=$3") variable
    # Without root only what has no owners of its own can be made.
    ((EUID == 0)) || owner+=(--owner=0 --group=0)
    change+=(--change 'CMD ["/bin/sh"]')
    for variable in SSL_CERT_FILE NODE_EXTRA_CA_CERTS PIP_CERT \
        REQUESTS_CA_BUNDLE CURL_CA_BUNDLE CARGO_HTTP_CAINFO; do
        [[ ! -e $1/etc/ssl/certs/ca-certificates.crt ]] || change+=(--change
            "ENV $variable=/etc/ssl/certs/ca-certificates.crt")
    done
    tar -C "$1" "${owner[@]}" --sort=name --one-file-system -c . |
        docker import "${change[@]}" - "dp-base/$2" >&2
}

# add_certificates DIR: the bundle, and its local parts where the distribution
# would take them from when it makes the bundle anew.
add_certificates() {
    local bundle local_parts=/usr/local/share/ca-certificates
    bundle=$(host_certificates)
    [[ -n $bundle ]] || return 0
    mkdir -p "$1/etc/ssl/certs"
    cp -- "$bundle" "$1/etc/ssl/certs/ca-certificates.crt"
    if [[ -n $(find "$local_parts" -name '*.crt' 2>/dev/null) ]]; then
        mkdir -p "$1$local_parts"
        cp -R -- "$local_parts/." "$1$local_parts/"
    fi
}
