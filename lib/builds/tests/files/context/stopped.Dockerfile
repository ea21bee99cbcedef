FROM dp-base/busybox AS one
RUN echo one; sleep 30
FROM dp-base/busybox AS two
RUN echo two; sleep 30
FROM dp-base/busybox
COPY --from=one /bin/sh /one
COPY --from=two /bin/sh /two
