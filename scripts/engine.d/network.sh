# The network of an engine of ours. Sourced.
# A dockerd that manages the firewall empties the chains of every other one as
# it starts, without a bridge of its own it takes docker0, and told to have none
# it deletes docker0. So ours are told to leave the firewall alone, and get a
# bridge and a range of addresses, for which three rules of ours do the rest.
# shellcheck shell=bash disable=SC2154 # home: scripts/engine

# make_network DIR: a bridge and a range that nobody uses; their names are kept
# in DIR/bridges and DIR/range, so that they are ours to remove later.
make_network() {
    local dir=$1 bridge range
    remove_network "$dir"
    bridge=$(free_bridge) range=$(free_range)
    [[ -n $bridge && -n $range ]] ||
        die 3 "no free bridge name or 172.x range for an engine (see ip route)"
    echo "$bridge" >"$dir/bridges"
    echo "$range.0.0/16" >"$dir/range"
    if ! { ip link add "$bridge" type bridge &&
        ip address add "$range.0.1/24" dev "$bridge" &&
        ip link set "$bridge" up; }; then
        die 3 "cannot make the network bridge $bridge"
    fi
    change_rules --insert "$range.0.0/16" ||
        die 3 "cannot add rules for $range.0.0/16 (see iptables above)"
}

free_bridge() {
    local n
    for n in {0..99}; do
        [[ -e /sys/class/net/dp$n ]] || { echo "dp$n" && return; }
    done
}

# free_range: the first two numbers of a /16 that no route covers or cuts.
free_range() {
    local n
    for n in {31..16}; do
        range_is_used "172.$n.0.0/16" || { echo "172.$n" && return; }
    done
}

range_is_used() {
    local routes
    routes=$(ip -4 route show table all root "$1" &&
        ip -4 route show table all match "$1" | sed '/^default/d')
    [[ -n $routes ]]
}

# change_rules --insert|--delete RANGE: its addresses may go out, under this
# machine's own address, and answers may come in.
change_rules() {
    local code=0
    iptables --wait "$1" FORWARD --source "$2" --jump ACCEPT || code=$?
    iptables --wait "$1" FORWARD --destination "$2" --match conntrack \
        --ctstate RELATED,ESTABLISHED --jump ACCEPT || code=$?
    iptables --wait --table nat "$1" POSTROUTING --source "$2" \
        ! --destination "$2" --jump MASQUERADE || code=$?
    return "$code"
}

# note_user_bridges DIR HOST: the bridges that users' networks on this engine
# have; the daemon leaves them behind when it ends.
note_user_bridges() {
    local id
    for id in $(docker --host "$2" network ls --no-trunc --quiet \
        --filter driver=bridge --filter type=custom); do
        echo "br-${id:0:12}" >>"$1/bridges"
    done
}

# remove_network DIR: the bridges and rules noted there.
remove_network() {
    local bridge
    if [[ -f $1/bridges ]]; then
        while read -r bridge; do
            [[ ! -e /sys/class/net/$bridge ]] || ip link delete "$bridge"
        done <"$1/bridges"
    fi
    if [[ -f $1/range ]]; then
        change_rules --delete "$(<"$1/range")" 2>/dev/null || true
    fi
    rm -f -- "$1"/{bridges,range}
}
