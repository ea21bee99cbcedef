# escape=\
ARG BASE=dp-base/busybox
FROM ${BASE} AS first
ARG A=1
ARG B
ARG C="two words"
ENV D=4 E="five six"
LABEL l.a=1 l.b="x y"
MAINTAINER me
WORKDIR /w
WORKDIR sub
RUN echo plain
RUN ["echo", "exec form", "a,b"]
RUN ["/bin/sh", "-c", "echo exec sh"]
RUN echo a \
    && echo "more"   stuff \
    # a comment within
    && echo $A
RUN   echo   "blanks   kept"
RUN A=5 env
RUN set -e; echo "|1 X=y /bin/sh -c echo"
COPY f /c1
COPY f dir/z /c2/
COPY --chown=1:2 f /c3
COPY --chown=root f /c3a
COPY ["g h", "/c 4"]
COPY --chown=1 ["g h", "f", "/c5/"]
COPY --from=dp-base/busybox /etc/passwd /c7
ADD f /a1
ADD --chown=3:4 f /a2
ADD a.tar /a3
ADD dir /a4
SHELL ["/bin/sh", "-e", "-c"]
RUN echo other shell
ARG F=late
RUN echo $F
RUN ["echo", "exec after shell"]
SHELL ["/bin/busybox", "sh", "-c"]
RUN echo busy
USER 1000:1000
EXPOSE 80/tcp 81
VOLUME /v1 /v2
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s CMD echo ok
HEALTHCHECK NONE
ONBUILD RUN echo trigger
ENTRYPOINT ["echo"]
CMD echo hello
