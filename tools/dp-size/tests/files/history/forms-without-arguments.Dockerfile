# escape=`
FROM dp-base/busybox
RUN ["echo", "exec form", "a,b"]
RUN ["/bin/sh", "-c", "echo exec sh"]
RUN echo a `
    && echo "more"   stuff `
    # a comment within

    && echo $A C:\x
RUN echo '#(nop) COPY x' # buildkit
RUN echo hash # not a comment
RUN echo "# buildkit"
run echo lower
RUN [ "a" = "a" ] && echo not json
RUN {"a":1} || true
ADD http://127.0.0.1:8123/f /u1
COPY f /
COPY ./f ./dir/ /p1/
COPY f  dir   /p2/
SHELL ["/bin/sh", "-e", "-c"]
RUN echo other shell
RUN ["echo", "exec after shell"]
RUN ["/bin/sh", "-c", "echo default"]
COPY f /after
ENV X=1
CMD ["a"]
SHELL ["/bin/busybox", "sh", "-c"]
RUN echo busy box
