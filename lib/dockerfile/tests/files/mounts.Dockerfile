FROM dp-base/busybox AS src
COPY a.txt /src/
FROM dp-base/busybox AS unused
RUN echo unused
FROM dp-base/busybox
RUN --mount=type=bind,from=src,source=/src,target=/src \
    --mount=type=cache,target=/cache,id=dp-test \
    --mount=type=tmpfs,target=/t cat /src/a.txt
RUN --mount=target=/context cat /context/b.txt
