# The build that two-stages.rawjson tells of.
FROM registry.invalid/base:1 AS slow
RUN sleep 5
FROM registry.invalid/base:1 AS quick
RUN sleep 2
FROM registry.invalid/base:1
WORKDIR /app
COPY --from=slow /a \
    /b .
COPY --from=quick /c .
