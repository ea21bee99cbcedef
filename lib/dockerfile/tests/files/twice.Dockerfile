FROM dp-base/busybox AS one
RUN echo same
RUN echo same
COPY a.txt /
COPY a.txt /
RUN echo same

FROM one AS two
RUN echo same
RUN echo other
FROM two
RUN echo same
