# Two steps copy from a stage whose own step changes: the first takes the same
# bytes as before, so it and what follows it match by content.
FROM dp-base/busybox AS changing
ARG VALUE=1
RUN sleep 2; echo $VALUE > /changed; echo same > /same
FROM dp-base/busybox
WORKDIR /app
COPY --from=changing /same .
RUN sleep 1; cat same
COPY --from=changing /changed .
RUN cat changed
