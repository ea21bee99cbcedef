FROM dp-base/busybox

# comment
RUN echo one \
    && echo two
COPY a.txt /
RUN echo three
