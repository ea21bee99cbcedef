# What the machine was, measured and tested, as tables: reads ground, figures and results.
# Ends with 1 if something failed or did not run.
BEGIN { FS = "\t" }

FILENAME ~ /ground$/ {
    if (!grounds++) print "| machine | |\n| --- | --- |"
    print "| " $1 " | " $2 " |"
    next
}

FILENAME ~ /figures$/ {
    if (!figures++) print "\n| measured there | true is | dp says | |\n| --- | --- | --- | --- |"
    print "| " $2 " | " $3 " | " $4 " | " $1 " |"
    if ($1 != "ok") bad++
    next
}

{
    if (!tests++) print "\n| engine test | seconds, emulated | |\n| --- | --- | --- |"
    name = $5
    gsub(/::/, ": ", name)
    gsub(/_/, " ", name)
    print "| " ($4 == "engine" ? $3 : $3 " " $4) ": " name " | " $2 " | " $1 " |"
    count[$1]++
    if ($1 != "ok" && $1 != "skipped") bad++
}

END {
    printf "\n%d figures; %d tests passed, %d failed, %d skipped, %d not run\n", figures, \
        count["ok"], count["failed"] + count["no such test"], count["skipped"], count["not run"]
    exit (bad || !figures || !tests)
}
