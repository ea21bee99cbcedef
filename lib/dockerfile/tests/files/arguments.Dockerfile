ARG IMAGE=busybox
ARG PICK
ARG UNUSED="a b"

FROM dp-base/${IMAGE} AS base
ARG WHO=you
RUN echo "$WHO ${NOBODY:-nobody}"
COPY a.txt /$WHO/

FROM dp-base/$IMAGE AS other
RUN echo other

FROM ${PICK:-base} AS last
RUN echo last
