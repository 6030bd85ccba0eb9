# shellcheck shell=sh
# build_gcc.sh: gcc -O2 compiles a smaller tree, two files of expat, and joins them. The answer is the SHA-256 of the objects.
prepare() {
    cp -r /workloads/src/expat /tmp/src
    : >/tmp/src/expat_config.h
    warm /usr/bin/gcc-12 /usr/bin/as /usr/bin/ld /usr/lib/gcc/i686-linux-gnu/12/cc1 /usr/lib/i386-linux-gnu/libbfd*.so \
        /usr/lib/i386-linux-gnu/lib*.so.*
    find /usr/include -maxdepth 2 -name '*.h' -exec cat {} + >/dev/null
}
work() {
    cd /tmp || return
    for c in xmlrole xmltok; do
        gcc -O2 -I/tmp/src -DXML_DEV_URANDOM -DXML_CONTEXT_BYTES=1024 -DBYTEORDER=1234 -c /tmp/src/$c.c -o $c.o
    done
    ld -r -o expat.o xmlrole.o xmltok.o
}
answer() { cd /tmp && sha256sum ./*.o; }
