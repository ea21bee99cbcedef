FROM --platform=$BUILDPLATFORM dp-base/busybox AS build-amd64
RUN echo amd64
FROM --platform=$BUILDPLATFORM dp-base/busybox AS build-arm64
RUN echo arm64
FROM build-$TARGETARCH AS built
RUN echo built
FROM dp-base/busybox
COPY --from=built /bin/busybox /
