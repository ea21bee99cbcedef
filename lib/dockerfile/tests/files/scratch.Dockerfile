FROM scratch
WORKDIR /
WORKDIR /data
COPY a.txt b.txt ./
ADD b.txt c.txt
