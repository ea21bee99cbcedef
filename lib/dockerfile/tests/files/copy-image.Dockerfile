FROM dp-base/busybox
RUN echo one
COPY --from=dp-base/busybox /bin/busybox /again
