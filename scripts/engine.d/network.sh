# The network of an engine of ours. Sourced.
# A dockerd that manages the firewall empties the chains of every other one as
# it starts, without a bridge of its own it takes docker0, and told to have none
# it deletes docker0. So ours are told to leave the firewall alone, and get a
# bridge and a range of addresses, for which three rules of ours do the rest.
# shellcheck shell=bash disable=SC2154 # home: scripts/engine

# make_network DIR: a bridge that is new, in a range that nobody else uses. The
# bridges that are ours to remove later are kept in DIR/bridges.
make_network() {
    local dir=$1 bridge range address
    remove_network "$dir"
    choose_range "$dir"
    range=$(<"$dir/range")
    bridge=$(free_bridge)
    [[ -n $bridge ]] || die 3 "no free bridge name from dp0 to dp99 (see ip link)"
    echo "$bridge" >"$dir/bridges"
    # Without an address of its own a bridge takes that of one of its ports, and
    # another one as containers come and go: answers to the old one are lost.
    address=$(printf '02:42:%02x:%02x:00:01' "${range%%.*}" "$(cut -d. -f2 <<<"$range")")
    if ! { ip link add "$bridge" address "$address" type bridge &&
        ip address add "${range%.0/16}.1/24" dev "$bridge" &&
        ip link set "$bridge" up; }; then
        die 3 "cannot make the network bridge $bridge"
    fi
    change_rules --insert "$range" ||
        die 3 "cannot add rules for $range (see iptables above)"
}

# choose_range DIR: keeps DIR/range from start to start, because dockerd keeps
# its networks' addresses with its data; if another took it, those are lost.
choose_range() {
    local range
    if [[ -s $1/range ]] && ! range_is_used "$(<"$1/range")"; then return 0; fi
    range=$(free_range)
    [[ -n $range ]] || die 3 "no free range 172.16.0.0/16 to 172.31.0.0/16 (see ip route)"
    rm -rf -- "$1/data/docker/network"
    echo "$range" >"$1/range"
}

free_bridge() {
    local n
    for n in {0..99}; do
        [[ -e /sys/class/net/dp$n ]] || { echo "dp$n" && return; }
    done
}

# free_range: a /16 that no route covers or cuts.
free_range() {
    local n
    for n in {31..16}; do
        range_is_used "172.$n.0.0/16" || { echo "172.$n.0.0/16" && return; }
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

# remove_network DIR: the bridges noted there, and the range's rules.
remove_network() {
    local bridge
    [[ -f $1/bridges ]] || return 0
    while read -r bridge; do
        [[ ! -e /sys/class/net/$bridge ]] || ip link delete "$bridge"
    done <"$1/bridges"
    change_rules --delete "$(<"$1/range")" 2>/dev/null || true
    rm -f -- "$1/bridges"
}
