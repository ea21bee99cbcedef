# Which programs an engine is made of, and where they come from. Sourced.
# shellcheck shell=bash disable=SC2154 # home: scripts/engine

# A buildx older than this has no --progress=rawjson, which dp-build reads.
buildx_minimum=0.13

# require_debian_root CODE ENGINE: we install and start engines only there.
require_debian_root() {
    is_debian_family ||
        die "$1" "cannot start the $2 engine: this is not Debian or Ubuntu" \
            "(install Docker, or set DOCKER_HOST)"
    ((EUID == 0)) ||
        die "$1" "cannot start the $2 engine: only root can" \
            "(run it as root, or start Docker and set DOCKER_HOST)"
}

# missing_packages: the packages of the commands that a daemon needs and that
# are not on PATH, for the arguments COMMAND:PACKAGE...
missing_packages() {
    local pair
    for pair in "$@"; do
        have "${pair%%:*}" || echo "${pair##*:}"
    done
}

# provide_programs ENGINE: everything that start_engine runs.
provide_programs() {
    local wanted=(runc:runc iptables:iptables ip:iproute2) missing
    if [[ $1 == stable ]]; then
        wanted=(dockerd:docker.io containerd:containerd "${wanted[@]}")
    fi
    missing=$(missing_packages "${wanted[@]}")
    # shellcheck disable=SC2086
    [[ -z $missing ]] || install_packages $missing ||
        die 3 "cannot install" $missing "(see apt-get above)"
    if [[ $1 != stable ]]; then provide_newer; fi
    provide_client
}

# provide_newer: the daemon of the next release, unpacked beside the system, for
# all engines but the stable one.
provide_newer() {
    local dir=$home/programs
    # What comes last.
    [[ ! -x $dir/first/runc ]] || return 0
    say "fetching the $(next_suite) suite's docker.io and containerd"
    fetch_packages "$(next_suite)" "$dir" docker.io containerd tini-static ||
        die 4 "no newer engine: the suite $(next_suite) cannot be had from this machine's package archive"
    PATH=$(engine_path newer) dockerd --version >/dev/null ||
        die 4 "no newer engine: that of $(next_suite) does not run on this system"
    # The next release's runc may need a newer libc: this release's comes first.
    mkdir -p "$dir/first"
    cp -- "$(command -v runc)" "$dir/first/runc"
}

# engine_path ENGINE: the PATH that the daemons of that engine run with.
engine_path() {
    local dir=$home/programs
    case $1 in
    stable) echo "$PATH" ;;
    *) echo "$dir/first:$dir/usr/sbin:$dir/usr/bin:$PATH" ;;
    esac
}

# provide_client: docker, buildx and compose, if those on PATH do not suffice.
# Any release's client speaks to any engine, so that the newest is taken.
provide_client() {
    local suite packages=(docker-cli docker-buildx docker-compose)
    if client_suffices || [[ -d $home/client ]]; then return 0; fi
    if is_debian_family; then
        say "fetching ${packages[*]}"
        for suite in "$(next_suite)" "$(own_suite)"; do
            ! fetch_packages "$suite" "$home/client" "${packages[@]}" || return 0
        done
    fi
    say "no docker buildx >= $buildx_minimum with compose here: install them to measure builds"
}

# client_suffices: docker with its plugins is there without our help.
client_suffices() {
    have docker && docker compose version >/dev/null 2>&1 &&
        buildx_is_recent "$(docker buildx version 2>/dev/null)"
}

# buildx_is_recent TEXT: the version in what `docker buildx version` printed.
buildx_is_recent() {
    [[ $1 =~ ([0-9]+)\.([0-9]+)\.[0-9]+ ]] || return 1
    local major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]}
    ((major > 0 || minor >= ${buildx_minimum#0.}))
}
