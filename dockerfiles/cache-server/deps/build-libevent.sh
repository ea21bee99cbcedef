#!/bin/sh
# Builds libevent from its sources in the folder libevent into /deps, by the compiler of
# $CC and $CFLAGS.
set -eu

# What we call our build of it; `stats` of a server tells it after the version.
edition=1

# Names that the compiler makes up are those of the edition, in every build of it.
flags="${CFLAGS:--O2 -g} -frandom-seed=libevent-$edition"

cd libevent
sed -i "s/return (EVENT__VERSION);/return (EVENT__VERSION \"-$edition\");/" event.c
grep -q "EVENT__VERSION \"-$edition\"" event.c
# The distribution's patches are younger than what autoconf made of the files they change.
./configure --quiet --prefix=/deps ${HOST:+"--host=$HOST" "--build=$BUILD"} CFLAGS="$flags" \
    --disable-shared --disable-openssl --disable-samples --disable-libevent-regress \
    --disable-debug-mode --disable-dependency-tracking \
    ACLOCAL=: AUTOCONF=: AUTOHEADER=: AUTOMAKE=:
make --silent --jobs="${PARALLEL_JOBS:-$(nproc)}"
make --silent install >/dev/null
