FROM dp-test/onbuild-nothing
RUN echo one
RUN echo two
