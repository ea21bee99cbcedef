#!/bin/sh
# What settings for PostgreSQL do to time and memory under the same load.
set -eu

program=postgres-tuning
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<'END'
Usage: scripts/postgres-tuning.sh [--records] [IMAGE [DP-STATS OPTION...]]

Puts pgbench's load on IMAGE (postgres:15) with the defaults and with the plan's
settings, and compares time and memory with those of the defaults. Every run has
an empty database of its own, fills it (scale 10) and lets 4 clients do 5000
transactions each; the figures are those of server and clients together. The
default is 8 runs of each in random order: --runs 8. Without a registry, and
with limits: dp-base/postgres --runs 8 --memory 2g --cpus 1.5

  --records   print the records instead of the report
  -h, --help  print this

The records go to dp-results/postgres-tuning.jsonl, or into the folder
$DP_RESULTS. The tools are those on PATH, else those that were built here. Exit
codes: those of dp-report, or of the tool before it that could not measure at all.
END
}

print_records=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --records) print_records=yes ;;
    -*) refuse "unknown option: $1 (those of dp-stats come after IMAGE; see --help)" ;;
    *) break ;;
    esac
    shift
done
image=${1:-postgres:15}
[ $# -eq 0 ] || shift
require_tools dp-stats dp-report
[ $# -gt 0 ] || set -- --runs 8

# The plan's command line.
settings='shared_buffers=1GB effective_cache_size=4GB work_mem=16MB
    maintenance_work_mem=512MB max_connections=100 random_page_cost=1.1
    seq_page_cost=1 effective_io_concurrency=200 checkpoint_completion_target=0.9
    wal_buffers=16MB default_statistics_target=100 max_wal_size=2GB
    min_wal_size=512MB max_parallel_workers_per_gather=2 max_parallel_workers=8
    max_parallel_maintenance_workers=2'
tuned='-- postgres'
for setting in $settings; do tuned="$tuned -c $setting"; done

# By TCP, where a server that only fills its data folder does not answer yet.
ready='exec=pg_isready --quiet --host=127.0.0.1'
load='pgbench -U postgres -i -q -s 10 postgres &&
    pgbench -U postgres -c 4 -t 5000 postgres'
pgbench_awk=$here/lib/pgbench.awk
export load pgbench_awk
work_folder
# shellcheck disable=SC2016 # for the shell of the command
observe dp-stats "$image" --env POSTGRES_HOST_AUTH_METHOD=trust --ready "$ready" \
    --variant default= --variant "tuned=$tuned" "$@" \
    --load-command '{ docker exec "$DP_CONTAINER" sh -c "$load" 2>&1; echo "exit $?"; } |
        awk -f "$pgbench_awk"' >"$work/stats.jsonl"
compare "$work/stats.jsonl" --against default --metric load_seconds
