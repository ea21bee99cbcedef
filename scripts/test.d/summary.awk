# Adds up what scripts/test wrote down: the output of `cargo test`, and between
# it lines of its own, which begin with "==> ":
#
#   ==> part NAME               what follows belongs to this part
#   ==> took SECONDS NAME       work that runs no test
#   ==> skip {"test":...}       a line of the file that DP_SKIPS names
#   ==> absent COUNT REASON     tests of this part that could not even start
#   ==> ended CODE SECONDS      what `cargo test` of this part ended with
#   ==> test SECONDS CRATE PROGRAM TEST  what a test took
#   ==> again passed|failed TEST  what became of a test that failed, and ran once more
#
# Ends with 1 if anything failed, or nothing ran. The counts are those of the "test
# result:" lines. To libtest a test that skips itself has passed: it is taken off there.

/^==> part / {
    row(substr($0, length("==> part ") + 1))
    part = rows
    next
}

/^==> took / {
    row(substr($0, length("==> took " $3 " ") + 1))
    seconds[rows] = $3
    only_time[rows] = 1
    next
}

/^==> skip / {
    skip(field($0, "test"), field($0, "reason"))
    next
}

/^==> absent / {
    absent = $3
    skipped[part] += absent
    seconds[part] += 0
    reason(substr($0, length("==> absent " $3 " ") + 1), absent)
    next
}

/^==> ended / {
    close_binary()
    # A test that did not compile, or cargo itself.
    if ($3 != 0 && !failed[part]) fail("cargo test ended with code " $3)
    seconds[part] = $4
    next
}

# Tests of the part without an engine run beside one another: they have no time of their own.
/^==> test / {
    if (name[part] != "no engine")
        durations[++all_durations] = sprintf("%10d s  %s: %s %s %s", $3, name[part], $4, $5, $6)
    next
}

/^==> again passed / {
    for (at = 1; at <= all_failures; at++)
        if (failed_part[at] == part && failed_test[at] == $4) {
            failed[part]--
            passed[part]++
            unsteady[at] = 1
            all_unsteady++
        }
    next
}

# "     Running tests/cli.rs (target/debug/deps/cli-0123456789abcdef)". The unit
# tests come first in each crate, and alone name it: by their program.
/^ +Running / {
    close_binary()
    source = $2
    if (source == "unittests") {
        source = $3
        crate = $NF
        sub(/^.*\//, "", crate)
        sub(/-[0-9a-f]+\)$/, "", crate)
        gsub(/_/, "-", crate)
    }
    binary = crate " " source
    next
}

/^test result: (ok|FAILED)\. [0-9]+ passed; [0-9]+ failed; .* finished in [0-9.]+s$/ {
    passed[part] += $4
    failed[part] += $6
    time = $NF
    sub(/s$/, "", time)
    # Numbers first, so that sort puts the slowest first.
    times[++binaries] = sprintf("%10.1f s  %s: %s", time, name[part], binary)
    binary = ""
    next
}

/^test .* \.\.\. FAILED$/ {
    failures[++all_failures] = name[part] ": " binary " " $2
    failed_part[all_failures] = part
    failed_test[all_failures] = $2
    failure_of[$2] = all_failures
}

# "---- rounds::one stdout ----", then what the test printed, and why it failed:
# "thread 'rounds::one' (123) panicked at tests/rounds.rs:12:5:" and the message.
/^---- .* stdout ----$/ {
    shown = failure_of[$2]
    next
}

/^thread '.*' .*panicked at .*:$/ {
    if (shown && !(shown in why)) {
        why[shown] = $NF
        message_lines = 3
    }
    next
}

message_lines {
    if (NF) why[shown] = why[shown] " " substr($0, 1, 160)
    message_lines = NF ? message_lines - 1 : 0
}

END {
    close_binary()
    for (part = 1; part <= rows; part++) if (!(part in seconds)) fail("it did not end")
    print ""
    printf "%-28s %8s %8s %8s %8s\n", "", "passed", "failed", "skipped", "seconds"
    for (at = 1; at <= rows; at++) print_row(at)
    if (all_reasons) print "skipped:"
    for (at = 1; at <= all_reasons; at++) {
        printf "%6d  %s\n", reason_count[at], reasons[at]
        if (reason_tests[at]) printf "%s", reason_tests[at]
    }
    if (all_failures > all_unsteady) print "failed:"
    for (at = 1; at <= all_failures; at++) if (!unsteady[at]) print_failure(at)
    print_slowest("slowest test programs:", times, binaries)
    print_slowest("slowest tests with an engine:", durations, all_durations)
    if (all_unsteady) print "unsteady (failed, and passed once more):"
    for (at = 1; at <= all_failures; at++) if (unsteady[at]) print_failure(at)
    nothing = total_passed + total_failed + total_skipped == 0
    if (nothing) print "no test ran"
    printf "%d passed, %d failed, %d skipped\n", total_passed, total_failed, total_skipped
    exit (total_failed > 0 || all_failures > all_unsteady || nothing)
}

function print_slowest(title, lines, count, sort, at) {
    if (!count) return
    print title
    fflush()
    sort = "sort -rn | head -n 10"
    for (at = 1; at <= count; at++) print lines[at] | sort
    close(sort)
}

function row(text) {
    name[++rows] = text
}

function print_row(at) {
    if (only_time[at]) {
        printf "%-28s %8s %8s %8s %8d\n", name[at], "", "", "", seconds[at]
        return
    }
    passed[at] -= skipped_itself[at]
    printf "%-28s %8d %8d %8d %8d\n", name[at], passed[at], failed[at], skipped[at], seconds[at]
    total_passed += passed[at]
    total_failed += failed[at]
    total_skipped += skipped[at]
}

function print_failure(at) {
    print "        " failures[at]
    if (at in why) print "            " why[at]
}

# fail(TEXT): a failure that is no test's own.
function fail(text) {
    failed[part]++
    failures[++all_failures] = name[part] ": " text
}

# close_binary(): a program without a result was ended by something else.
function close_binary() {
    if (binary != "") fail(binary " ended without a result")
    binary = ""
}

# skip(TEST, WHY): once for each test, however often it says so.
function skip(test, why) {
    if ((part, test) in known) return
    known[part, test] = 1
    skipped[part]++
    skipped_itself[part]++
    reason(why, 1)
    reason_tests[number] = reason_tests[number] "          " test "\n"
}

# reason(WHY, COUNT): grouped, in the order in which they came; sets number.
function reason(why, count) {
    why = name[part] ": " why
    if (!(why in numbers)) {
        numbers[why] = ++all_reasons
        reasons[all_reasons] = why
    }
    number = numbers[why]
    reason_count[number] += count
}

# field(LINE, KEY): a string of a JSON object, without its escapes.
function field(line, key, text, plain, at, char) {
    at = index(line, "\"" key "\":\"")
    text = substr(line, at + length(key) + 4)
    for (at = 1; at <= length(text); at++) {
        char = substr(text, at, 1)
        if (char == "\"") break
        if (char == "\\") char = substr(text, ++at, 1)
        plain = plain char
    }
    return plain
}
