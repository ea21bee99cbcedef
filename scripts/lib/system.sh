# What the measure.sh of the example systems have alike. Sourced, by any POSIX sh, after
# `against` (the subject that the others are compared with), `steps` (prints a line for
# each step: name, what is measured, tools; tabs between) and `measure` (measures the step
# $1) are there.
# shellcheck shell=sh disable=SC2154

program=measure
folder=$(dirname "$0")
here=$(cd "$folder" && cd ../../scripts && pwd)
# shellcheck source=scripts/lib/compare.sh
. "$here/lib/compare.sh"

usage() {
    cat <<END
Usage: $folder/measure.sh STEP
       $folder/measure.sh --steps | --against

Measures a step of this example and prints its records (JSON Lines). The tools are those
on PATH, else those that were built here. \`make systems\` measures all steps of all
examples, keeps the records, and reports on them.

  --steps    print the steps: name, what is measured, tools; tabs between
  --against  print the subject that the others are compared with

Steps:
END
    steps | while IFS='	' read -r step what _; do printf '  %-17s  %s\n' "$step" "$what"; done
    cat <<'END'

Exit codes: those of the tools.
END
}

# files_of FOLDER: --file for each of its Dockerfiles, in words without blanks.
files_of() {
    for file in "$1"/Dockerfile*; do
        case $file in *.dockerignore) ;; *) printf -- '--file %s ' "$file" ;; esac
    done
}

# step NAME: measures it.
step() {
    tools=$(steps | awk -F '\t' -v name="$1" '$1 == name { print $3 }')
    [ -n "$tools" ] || refuse "no such step: $1 (--steps prints them)"
    # shellcheck disable=SC2086 # one word each
    require_tools $tools
    measure "$1"
}

[ $# -eq 1 ] || refuse "one step, please (see --help)"
case $1 in
-h | --help) usage ;;
--steps) steps ;;
--against) echo "$against" ;;
*) step "$1" ;;
esac
