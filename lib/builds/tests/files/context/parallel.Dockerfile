FROM dp-base/busybox AS slow
ARG SLOW=5
RUN sleep $SLOW; echo slow > /slow
FROM dp-base/busybox AS quick
ARG QUICK=2
RUN sleep $QUICK; echo quick > /quick
FROM dp-base/busybox AS unused
RUN sleep 30
FROM dp-base/busybox
WORKDIR /app
COPY a.txt .
COPY --from=slow /slow .
COPY --from=quick /quick .
RUN sleep 1; cat slow quick
