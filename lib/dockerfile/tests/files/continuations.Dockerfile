FROM dp-base/busybox
RUN echo one && \
    # a comment inside
    echo two && \

    echo three \
# a comment at the margin
    && echo fo\
ur
RUN \
    echo five

COPY \
  a.txt \
  b.txt \
  /
# RUN echo not me \
RUN echo six \   
  seven
