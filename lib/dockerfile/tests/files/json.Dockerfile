FROM dp-base/busybox
SHELL ["/bin/sh", "-ec"]
RUN ["/bin/sh", "-c", "echo \"<<EOF\" && \
  echo two"]
COPY ["a.txt", \
      "b.txt", "/with space/"]
ADD [ "a.txt" , "/x" ]
RUN [ -f "/with space/a.txt" ]
ENTRYPOINT ["cat"]
