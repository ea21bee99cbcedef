FROM dp-test/nowhere AS one
RUN echo one
COPY a.txt /
FROM dp-base/busybox
COPY --from=one /a.txt /
