FROM dp-base/busybox
COPY missing.txt /
