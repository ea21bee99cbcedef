FROM dp-base/busybox
COPY hostile.sh /
RUN sh /hostile.sh
