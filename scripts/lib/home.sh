# The folder of all that private engines, registries and fetched programs need.
# Sourced after say.sh.
# shellcheck shell=bash

# use_home: sets home.
use_home() {
    if ((EUID == 0)); then home=/var/lib/dp-engine; else
        home=${XDG_STATE_HOME:-${HOME:-/tmp}/.local/state}/dp-engine
    fi
    home=${DP_ENGINE_HOME:-$home}
    [[ $home == /* && ${#home} -le 60 ]] ||
        die 2 "DP_ENGINE_HOME must be an absolute path of at most 60 characters" \
            "(socket paths are short): $home"
    home=${home%/}
}

# make_home FOLDER: before anything is put into that folder of it; one invocation at a
# time. It is marked, so that --purge removes no other.
make_home() {
    mkdir -p "$1" || die 3 "cannot make $1 (set DP_ENGINE_HOME)"
    touch "$home/.dp-engine"
    only_one "$1/lock"
}
