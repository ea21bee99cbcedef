FROM dp-base/busybox AS first
RUN echo x > /x
FROM dp-base/busybox
ARG A=1
RUN --mount=type=cache,target=/c echo mount
RUN --mount=type=cache,target=/c --mount=type=bind,source=f,target=/f cat /f
RUN --mount=type=tmpfs,target=/t ["echo", "exec mount"]
RUN --mount=type=secret,id=s,target=/s echo "secret $A"
COPY --from=first /x /x1
COPY --from=first --chown=1:2 /x /x2
COPY --from=dp-base/busybox /etc/passwd /x3
