# A comment comes first: what follows is no directive.
# escape=`
FROM dp-base/busybox
RUN echo a `echo b` \
  c
RUN echo d
