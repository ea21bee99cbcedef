FROM dp-base/busybox AS many
RUN echo 1
ENV N=1
RUN echo 2
ENV N=2
RUN echo 3
ENV N=3
RUN echo 4
ENV N=4
RUN echo 5
ENV N=5
RUN echo 6
ENV N=6
RUN echo 7
ENV N=7
RUN echo 8
ENV N=8
RUN echo 9
ENV N=9
RUN echo 10
ENV N=10
RUN echo 11
ENV N=11
