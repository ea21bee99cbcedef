FROM dp-test/empty-base AS nothing
COPY a.txt /
COPY b.txt /
FROM dp-base/busybox
COPY --from=nothing /a.txt /
