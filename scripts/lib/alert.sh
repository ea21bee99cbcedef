# An alert in a chat. Sourced, by any POSIX sh.
# shellcheck shell=sh

# post_alert FILE URL: the text of the file, posted as {"text": "..."}. A string of JSON: the
# text holds no control characters but line feeds.
post_alert() {
    sed 's/\\/\\\\/g; s/"/\\"/g; s/\t/ /g' "$1" |
        awk '{ printf "%s%s", (NR > 1 ? "\\n" : "{\"text\": \""), $0 } END { printf "\"}" }' |
        curl --fail --silent --show-error --max-time 20 --header 'Content-Type: application/json' \
            --data-binary @- --output /dev/null "$2"
}
