FROM dp-base/busybox
RUN true
RUNN true
