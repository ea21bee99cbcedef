FROM dp-base/busybox
ADD http://127.0.0.1:18765/a.txt /added/
RUN true
