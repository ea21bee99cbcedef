# escape=`
FROM dp-base/busybox
RUN echo c:\
RUN echo one `
    two
RUN echo 'x`$HOME' \\ `
    three
