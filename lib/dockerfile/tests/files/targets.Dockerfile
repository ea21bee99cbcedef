FROM dp-base/busybox AS tools
RUN echo tools

FROM tools AS test
RUN echo test
RUN echo more

FROM dp-base/busybox AS unused
RUN echo unused

FROM dp-base/busybox
COPY --from=tools /bin/busybox /tools
RUN echo final

FROM scratch AS Export
COPY --from=3 /tools /tools
