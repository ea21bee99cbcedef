# Turns the figures that pgbench prints at its end (versions 13 to 17) into the
# metric lines of a dp-stats load (dp: NAME=NUMBER). All lines pass through; a last
# line "exit CODE" does not: it is the code to exit with.
#
# - "latency average" is a mean; pgbench prints no percentiles. With a rate (-R) it
#   counts from when a transaction was due.
# - tps come without the time of the first connects (before 14 "excluding connections
#   establishing"), but with -C from 14 on with all of them: such figures compare
#   with those of the same version and options only.
# - Several runs in one load, and a run that was aborted, have no figures.

/^exit [0-9]+$/ { code = $2; next }
{ print }
/^number of transactions actually processed: / {
    runs++
    split("", figures)
    split($NF, processed, "/")
    figures["load_transactions"] = processed[1]
}
/^number of failed transactions: / { figures["load_transactions_failed"] = $5 }
# Milliseconds by their digits: a division would round once more.
/^latency average = [0-9.]+ ms$/ { figures["load_latency_seconds"] = $4 "e-3" }
/^latency stddev = [0-9.]+ ms$/ { figures["load_latency_stddev_seconds"] = $4 "e-3" }
/^tps = / && !/\(including conn/ { figures["load_transactions_per_second"] = $3 }
/Run was aborted; the above results are incomplete\.$/ { aborted = 1 }
END {
    if (runs == 1 && !aborted)
        for (name in figures) print "dp: " name "=" figures[name]
    exit code
}
