FROM dp-base/busybox AS one
RUN echo one
FROM dp-base/busybox
COPY --link a.txt /
COPY --link --from=one /bin/busybox /again
RUN echo two
