FROM dp-base/busybox AS other
RUN sleep 20
FROM dp-base/busybox
RUN echo one; echo two >&2; sleep 1; exit 7
COPY --from=other /tmp /other
