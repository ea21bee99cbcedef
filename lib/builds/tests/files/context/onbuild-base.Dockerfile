FROM dp-base/busybox
ONBUILD RUN echo trigger > /trigger
