# Start and stop the daemons of an engine of ours. Sourced.
# An engine is a containerd and a dockerd that share one folder. The containerd
# is always its own: dockerd would else join the system's, if that one runs.
# shellcheck shell=bash disable=SC2154 # home: scripts/engine

engine_socket() {
    echo "$home/$1/docker.sock"
}

# processes NAME ARGUMENT: the pids of the programs of that name with exactly
# that argument. Pid files are not asked: they may be gone, or be stale and the
# number be another's by now.
processes() {
    local file
    { grep -lzFx -- "$2" /proc/[0-9]*/cmdline 2>/dev/null || true; } |
        while read -r file; do
            file=${file%/cmdline}
            if [[ $(cat "$file/comm" 2>/dev/null) == "$1" ]]; then
                echo "${file##*/}"
            fi
        done
}

dockerd_pid() {
    processes dockerd "--pidfile=$home/$1/dockerd.pid"
}

containerd_pid() {
    processes containerd "--config=$home/$1/containerd.toml"
}

# server_version HOST: what the engine there answers, within a bound.
server_version() {
    bounded 20 docker --host "$1" version --format '{{.Server.Version}}' 2>/dev/null
}

# answers ENGINE: it is ours, it runs and its API works.
answers() {
    [[ -n $(dockerd_pid "$1") ]] &&
        server_version "unix://$(engine_socket "$1")" >/dev/null
}

# detached LOG COMMAND...: runs it in a session of its own, holding nothing of
# the caller's (a pipe kept open would make a caller wait for ever).
detached() {
    local log=$1 fd
    shift
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            if ((fd > 2)); then eval "exec $fd>&-"; fi
        done
        cd / && exec setsid "$@" </dev/null >>"$log" 2>&1
    ) &
    disown
    started_pid=$!
}

start_engine() {
    local dir=$home/$1
    stop_engine "$1"
    # What a daemon starts has its priority, whoever starts it.
    renice -n "$([[ $1 == beside ]] && echo 10 || echo 0)" "$BASHPID" >/dev/null
    say "starting the $1 engine (log: $dir/dockerd.log)"
    mkdir -p "$dir"/{data,run}
    chmod 711 "$dir" "$dir/data"
    make_network "$dir"
    start_containerd "$1"
    start_dockerd "$1"
    say "the $1 engine is up: $(server_version "unix://$dir/docker.sock") at unix://$dir/docker.sock"
}

start_containerd() {
    local dir=$home/$1
    cat >"$dir/containerd.toml" <<END
version = 2
root = "$dir/data/containerd"
state = "$dir/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]
[grpc]
address = "$dir/containerd.sock"
END
    PATH=$(engine_path "$1") detached "$dir/containerd.log" \
        containerd "--config=$dir/containerd.toml"
    wait_until 60 test -S "$dir/containerd.sock" ||
        fail_to_start "$1" containerd
}

start_dockerd() {
    local dir=$home/$1
    daemon_settings "$1" >"$dir/daemon.json"
    PATH=$(engine_path "$1") detached "$dir/dockerd.log" dockerd \
        "--pidfile=$dir/dockerd.pid" "--config-file=$dir/daemon.json" \
        "--host=unix://$dir/docker.sock" "--data-root=$dir/data/docker" \
        "--exec-root=$dir/run/docker" "--containerd=$dir/containerd.sock" \
        "--bridge=$(<"$dir/bridges")" --iptables=false --ip6tables=false \
        "--default-address-pool=base=$(<"$dir/range"),size=24"
    wait_until 60 answers_or_ended "$1" "$started_pid" || true
    answers "$1" || fail_to_start "$1" dockerd
}

# daemon_settings ENGINE: the system's daemon.json is for another engine.
daemon_settings() {
    case $1 in
    containerd) echo '{"features": {"containerd-snapshotter": true}}' ;;
    *) echo '{}' ;;
    esac
}

# answers_or_ended ENGINE PID: waiting longer is of no use.
answers_or_ended() {
    answers "$1" || [[ ! -e /proc/$2 ]]
}

# fail_to_start ENGINE DAEMON
fail_to_start() {
    local log=$home/$1/$2.log
    tail -n 5 -- "$log" >&2
    stop_engine "$1"
    die 3 "the $1 engine did not start (see $log)"
}

# stop_engine ENGINE: ends what is ours and runs, and clears what is stale.
stop_engine() {
    local dir=$home/$1 pid
    [[ -d $dir ]] || return 0
    if answers "$1"; then
        say "stopping the $1 engine"
        note_user_bridges "$dir" "unix://$dir/docker.sock"
    fi
    for pid in $(dockerd_pid "$1"); do end_process "$pid" 60; done
    end_shims "$dir"
    end_steps "$dir"
    for pid in $(containerd_pid "$1"); do end_process "$pid" 20; done
    unmount_below "$dir"
    remove_network "$dir"
    rm -rf -- "$dir"/{docker.sock,containerd.sock,containerd.sock.ttrpc} \
        "$dir"/{dockerd.pid,run}
}

# end_process PID SECONDS: politely, then by force.
end_process() {
    kill -TERM "$1" 2>/dev/null || return 0
    wait_until "$2" process_ended "$1" || kill -KILL "$1" 2>/dev/null || true
    wait_until 10 process_ended "$1" || die 3 "process $1 does not end"
}

# A zombie has no command line any more.
process_ended() {
    [[ -z $(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline") ]] 2>/dev/null
}

# end_shims DIR: containers whose dockerd died without stopping them. The name
# of a process is cut at 15 characters.
end_shims() {
    local shim child
    for shim in $(processes containerd-shim "$1/containerd.sock"); do
        for child in $(<"/proc/$shim/task/$shim/children"); do
            end_process "$child" 0
        done
        end_process "$shim" 5
    done
}

# end_steps DIR: steps of builds, which dockerd itself started and which outlive it if
# it is killed: all whose root file system is below the folder.
end_steps() {
    local process
    for process in /proc/[0-9]*; do
        if awk -v data="=$1/data/" '$5 == "/" && index($0, data) { found = 1 }
            END { exit !found }' "$process/mountinfo" 2>/dev/null; then
            end_process "${process##*/}" 0
        fi
    done
}

# unmount_below DIR: deepest first.
unmount_below() {
    local point
    awk -v dir="$1/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo |
        sort -r | while read -r point; do
        umount -- "$point" 2>/dev/null || umount --lazy -- "$point"
    done
}
