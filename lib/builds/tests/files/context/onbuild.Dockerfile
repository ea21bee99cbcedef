FROM dp-test-record/onbuild
RUN true
