# escape=`
FROM dp-base/busybox AS marked
RUN echo one `
  two
RUN echo three
