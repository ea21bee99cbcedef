FROM dp-base/busybox
RUN echo zero > /zero
FROM dp-base/busybox AS One
RUN echo one > /one
FROM dp-base/busybox
COPY --from=0 /zero /
COPY --from=ONE /one /
COPY --from=dp-base/busybox /bin/busybox /again
COPY --chown=1:1 a.txt /
