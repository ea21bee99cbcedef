# The distribution's packages: installed by apt-get, or only unpacked.
# Sourced after say.sh. The archive's address always comes from this machine's
# own apt sources; only the suite is ever changed.
# shellcheck shell=bash

# The daemons' programs live in sbin, which is not on every user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# release_field NAME: a field of os-release, empty where there is none.
release_field() {
    [[ -r /etc/os-release ]] || return 0
    (
        # shellcheck disable=SC1091
        . /etc/os-release
        printf '%s' "${!1:-}"
    )
}

is_debian_family() {
    case " $(release_field ID) $(release_field ID_LIKE) " in
    *' debian '* | *' ubuntu '*) have apt-get dpkg ;;
    *) false ;;
    esac
}

# own_suite: the code name of the release that runs here.
own_suite() {
    release_field VERSION_CODENAME
}

# next_suite: the alias of the suite that becomes the next release.
next_suite() {
    case $(release_field ID) in
    ubuntu) echo devel ;;
    *) echo testing ;;
    esac
}

# archive_address: where this machine gets its own release's packages.
archive_address() {
    local suite
    suite=$(own_suite)
    # shellcheck disable=SC2016 # the dollars are apt's
    apt-get indextargets --no-release-info \
        --format '$(CREATED_BY) $(COMPONENT) $(RELEASE) $(REPO_URI)' |
        awk -v suite="$suite" \
            '$1 == "Packages" && $2 == "main" && $3 == suite && !n++ { print $4 }'
}

# archive_keyring: the key file of the distribution's archive, if installed.
archive_keyring() {
    local file
    file=/usr/share/keyrings/$(release_field ID)-archive-keyring.gpg
    if [[ -r $file ]]; then echo "$file"; fi
}

# install_packages PACKAGE...: by apt-get, without a question and without
# starting or enabling a service that the packages bring.
install_packages() {
    local before unit
    say "installing $* (apt-get)"
    before=$(enabled_units)
    forbid_service_starts
    quietly apt-get update -qq || return
    DEBIAN_FRONTEND=noninteractive quietly \
        apt-get install -qq -y --no-install-recommends "$@" || return
    clear_litter
    comm -13 <(echo "$before") <(enabled_units) | while read -r unit; do
        rm -f -- "$unit"
    done
}

# forbid_service_starts: until clear_litter; a policy that is already there is
# its owner's, and is kept.
forbid_service_starts() {
    local policy=/usr/sbin/policy-rc.d
    [[ ! -e $policy ]] || return 0
    litter "$policy"
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

# enabled_units: the links that start services at boot, sorted; packages make
# them even where systemd does not run.
enabled_units() {
    find /etc/systemd/system -path '*.wants/*' -type l 2>/dev/null | sort
}

# fetch_packages SUITE DIR PACKAGE...: unpacks the packages of that suite into
# DIR without installing them; apt keeps its state in a folder of its own, so
# that neither the machine's package lists nor its sources change.
fetch_packages() {
    local suite=$1 dir=$2 work keyring address
    shift 2
    address=$(archive_address)
    [[ -n $address ]] || return 1
    keyring=$(archive_keyring)
    work=$(mktemp -d) || return
    litter "$work"
    mkdir -p "$work"/{lists/partial,cache/archives/partial,debs}
    : >"$work/status"
    printf 'deb %s%s %s main\n' "${keyring:+[signed-by=$keyring] }" \
        "$address" "$suite" >"$work/sources.list"
    unpack_from "$work" "$dir" "$@" || return
    clear_litter
}

# unpack_from WORK DIR PACKAGE...: the steps of fetch_packages that may fail.
unpack_from() {
    local work=$1 dir=$2 deb
    shift 2
    quietly private_apt "$work" update || return
    (cd "$work/debs" && quietly private_apt "$work" download "$@") || return
    rm -rf -- "$dir" "$dir.part"
    mkdir -p "$dir.part" || return
    for deb in "$work"/debs/*.deb; do
        dpkg -x "$deb" "$dir.part" || return
    done
    mv -- "$dir.part" "$dir"
}

# private_apt WORK COMMAND...: apt-get whose sources and state are in WORK.
private_apt() {
    local work=$1
    shift
    apt-get -qq \
        -o "Dir::State::Lists=$work/lists" -o "Dir::State::status=$work/status" \
        -o "Dir::Cache=$work/cache" \
        -o "Dir::Etc::sourcelist=$work/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null \
        -o Dir::Etc::preferencesparts=/dev/null \
        -o Acquire::Languages=none \
        -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o "APT::Sandbox::User=$(id -un)" \
        -o APT::Update::Error-Mode=any \
        "$@"
}
