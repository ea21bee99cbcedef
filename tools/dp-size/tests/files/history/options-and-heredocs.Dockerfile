FROM dp-base/busybox AS first
RUN echo x > /x
FROM dp-base/busybox
ARG A=1
ARG M=755
COPY --chmod=755 f /m1
COPY --chmod=0644 --chown=1:2 f /m2
COPY --chown=1:2 --chmod=u=rwX,go=rX f /m3
COPY --link f /m4
COPY --link --chmod=600 f /m5
COPY --from=first --link --chown=5 /x /m6
COPY --chmod=$M f /m9
ADD --chmod=600 f /n1
ADD --link f /n2
RUN <<EOF
echo one
echo "two"
EOF
RUN <<EOF cat
text
EOF
RUN <<-'EOF' sh -e
	echo tabs $A
	EOF
COPY <<EOF /h1
hello $A
EOF
COPY <<one <<two /h2/
1
one
2
two
COPY --chmod=700 <<EOF /h3
x
EOF
ADD <<EOF /h4
x
EOF
COPY --chown=1:1 --chmod=644 <<'EOF' f /h5/
x
EOF
RUN --mount=type=cache,target=/c <<EOF
echo mounted
EOF
RUN echo $A && cat <<EOF > /f9
in the middle
EOF
SHELL ["/bin/sh", "-e", "-c"]
RUN <<EOF
echo other shell
EOF
RUN <<EOF
#!/bin/sh
echo shebang
EOF
