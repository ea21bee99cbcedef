FROM dp-base/busybox AS a
RUN echo a
FROM a AS b
RUN echo b
RUN echo b again
FROM b AS c
FROM c
COPY a.txt /
