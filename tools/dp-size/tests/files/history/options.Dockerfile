FROM dp-base/busybox
ARG M=1
COPY --chmod=755 f /m1
COPY --chmod=0644 --chown=1:2 f /m2
ADD --chmod=600 f /n1
