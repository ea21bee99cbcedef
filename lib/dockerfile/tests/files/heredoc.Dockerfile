FROM dp-base/busybox AS docs
RUN <<EOT
echo one
echo 'RUN not me'
# not a comment \
EOT
RUN cat <<EOF > /f
two
EOF
RUN <<-"EOF" cat
	three $HOME
	EOF
COPY <<A.txt <<'B' /docs/
FROM nowhere
A.txt
COPY not me
B
RUN 3<<ONE cat <<TWO - \
    /dev/fd/3
one
ONE
two
TWO
RUN echo "<<EOF" '<<EOF'
RUN ["cat", "/f"]
