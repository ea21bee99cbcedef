# A single stage with steps and with instructions that are none.
FROM dp-base/busybox
LABEL purpose="lines"
ENV PLACE=/srv
WORKDIR /srv
COPY a.txt b.txt ./

USER 0
RUN cat a.txt
EXPOSE 80
VOLUME /data
ADD b.txt /added/
HEALTHCHECK NONE
STOPSIGNAL SIGTERM
RUN cat b.txt
CMD ["cat", "a.txt"]
