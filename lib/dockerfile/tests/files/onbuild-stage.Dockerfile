FROM dp-base/busybox AS parent
ONBUILD ENV MODE=child
ONBUILD RUN echo first trigger
ONBUILD WORKDIR /place
ONBUILD COPY a.txt \
    # with a comment
    ./
RUN echo parent

FROM parent AS child
RUN echo own
COPY a.txt ./

FROM child
RUN echo grandchild
