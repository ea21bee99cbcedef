#!/bin/sh
# Whether a service answers all along, whatever is done with it meanwhile.
set -eu

program=probe

usage() {
    cat <<'END'
Usage: deploy/probe.sh URL COMMAND [ARGUMENT...]

Runs the command, and as long as it runs asks the URL, each time as soon as the last
answer has come (after 2 s without one it is an error, as every answer but 200 is).
Then prints, for `dp-stats --load-command`:

  dp: answers=N
  dp: errors=N
  dp: longest_gap_seconds=S    from one good answer to the next, or to the end

  -h, --help  print this

Exit codes: those of the command; 4 if not one answer was good.
END
}

case ${1-} in
-h | --help) usage && exit 0 ;;
esac
[ $# -ge 2 ] || { echo "$program: a URL and a command, please (see --help)" >&2 && exit 2; }
url=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ask: a line for each answer: its code, and when it had come. Never longer than the
# command, whatever becomes of that.
ask() {
    while [ ! -e "$work/done" ] && kill -0 $$ 2>/dev/null; do
        code=$(curl --silent --output /dev/null --max-time 2 --write-out '%{http_code}' "$1") || true
        echo "$code $(date +%s.%N)"
    done
}

date +%s.%N >"$work/begin"
ask "$url" >"$work/answers" &
asking=$!
ended=0
"$@" || ended=$?
: >"$work/done"
wait "$asking"
awk -v last="$(cat "$work/begin")" -v end="$(date +%s.%N)" '
    function gap(now) { if (now - last > longest) longest = now - last; last = now }
    $1 == 200 { good++; gap($2) }
    END {
        gap(end)
        printf "dp: answers=%d\ndp: errors=%d\ndp: longest_gap_seconds=%.3f\n", NR, NR - good, longest
        exit good ? 0 : 4
    }' "$work/answers"
exit "$ended"
