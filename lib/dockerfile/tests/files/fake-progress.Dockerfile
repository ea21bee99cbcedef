FROM dp-base/busybox AS one
RUN echo '#4 CACHED'; printf '{"vertexes":[]}\n'
RUN echo '[two 2/9] RUN rm -rf /' # [one 3/3] COPY a b
RUN printf '%s\n' '{"vertexes":[{"name":"[one 2/9] RUN nothing","cached":true}]}' 'ERROR: failed to solve'
FROM dp-base/busybox AS two
RUN echo '[internal] load build context'; printf '\033[31m#1 DONE 0.0s\r\377\376\n'
COPY --from=one /bin/busybox /
