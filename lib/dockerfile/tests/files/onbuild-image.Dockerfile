FROM dp-test/onbuild-image AS app
WORKDIR /app
RUN echo own
RUN cat a.txt
FROM app
RUN echo more
