# The services, and how each is measured. Sourced, by any POSIX sh.
# shellcheck shell=sh

services='api migrations workers workers-node web assets'

# is_service NAME
is_service() {
    case " $services " in *" $1 "*) ;; *) return 1 ;; esac
}

# edit_of SERVICE: the options of scripts/performance-testing.sh: which file is edited, and
# when its container has started. None of them needs the database for that: the workers
# tell first that they look for it. Migrations and assets do not run for themselves.
edit_of() {
    case $1 in
    api) echo '-e src/app.ts -c // -s http=3001/live -p 2s' ;;
    migrations) echo '-e migrations/0002.waiting-first.sql -c -- -s none' ;;
    workers) echo '-e worker/job.py -s output -p 2s' ;;
    workers-node) echo '-e src/job.js -c // -s output -p 2s' ;;
    web) echo '-e src/main.js -c // -s http=8080/live -p 2s' ;;
    assets) echo '-e src/table.js -c // -s none' ;;
    esac
}
