FROM dp-base/not-there:9
RUN true
