# The bridge of an engine of ours. Sourced.
# A daemon without a bridge of its own takes docker0, and one that is told to
# have none deletes docker0: both would hit another engine of this machine.
# shellcheck shell=bash disable=SC2154 # home: scripts/engine

# make_bridge DIR: a new bridge in a subnet that nobody uses; its name is kept
# in DIR/bridge, so that it is ours to remove later.
make_bridge() {
    local dir=$1 name subnet
    remove_bridges "$dir"
    name=$(free_bridge_name) subnet=$(free_subnet)
    [[ -n $name && -n $subnet ]] ||
        die 3 "no free bridge name or 172.x subnet for an engine (see ip route)"
    echo "$name" >"$dir/bridge"
    if ! { ip link add "$name" type bridge &&
        ip address add "$subnet.1/24" dev "$name" &&
        ip link set "$name" up; }; then
        die 3 "cannot make the network bridge $name"
    fi
}

free_bridge_name() {
    local n
    for n in {0..99}; do
        [[ -e /sys/class/net/dp$n ]] || { echo "dp$n" && return; }
    done
}

# free_subnet: the first three numbers of a /24 that no route covers or cuts.
free_subnet() {
    local n
    for n in {16..31}; do
        subnet_is_used "172.$n.213" || { echo "172.$n.213" && return; }
    done
}

subnet_is_used() {
    local routes
    routes=$(ip -4 route show table all root "$1.0/24" &&
        ip -4 route show table all match "$1.0/24" | sed '/^default/d')
    [[ -n $routes ]]
}

# note_user_bridges DIR HOST: the bridges that users' networks on this engine
# have; the daemon leaves them behind when it ends.
note_user_bridges() {
    local id
    for id in $(docker --host "$2" network ls --no-trunc --quiet \
        --filter driver=bridge --filter type=custom); do
        echo "br-${id:0:12}" >>"$1/bridge"
    done
}

# remove_bridges DIR: the bridges noted there, with the rules that name them.
remove_bridges() {
    local name
    [[ -f $1/bridge ]] || return 0
    while read -r name; do
        remove_rules iptables "$name"
        remove_rules ip6tables "$name"
        [[ ! -e /sys/class/net/$name ]] || ip link delete "$name"
    done <"$1/bridge"
    rm -f -- "$1/bridge"
}

# remove_rules iptables|ip6tables BRIDGE
remove_rules() {
    have "$1" || return 0
    local table rule
    for table in filter nat raw mangle; do
        while read -r rule; do
            # shellcheck disable=SC2086
            "$1" -w -t "$table" $rule
        done < <("$1" -w -t "$table" -S 2>/dev/null |
            grep -Ew -- "$2" | sed -n 's/^-A/-D/p')
    done
}
