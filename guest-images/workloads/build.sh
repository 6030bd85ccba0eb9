# shellcheck shell=sh
# build.sh: the headline. A compiler builds real C trees in the RAM disk, three times over: Debian's tcc
# builds SQLite's amalgamation, Lua, expat and tcc; then the tcc that it has built does it all again, and so on. The
# answer is the SHA-256 of every object and program.
passes=3
prepare() {
    cp -r /workloads/src /tmp/src
    warm /usr/bin/tcc /usr/lib/i386-linux-gnu/tcc/*.a /usr/lib/i386-linux-gnu/*.[oa] /usr/lib/i386-linux-gnu/tcc/include/*
    find /usr/include -name '*.h' -exec cat {} + >/dev/null
    : >/tmp/src/tcc/config.h
    : >/tmp/src/expat/expat_config.h
}
build() { # COMPILER FOLDER
    mkdir "$2"
    $1 -c /tmp/src/sqlite/sqlite3.c -o "$2/sqlite3.o"
    for c in /tmp/src/lua/*.c; do
        o=${c##*/}
        case $o in
        luac.c) ;;
        *) $1 -DLUA_USE_POSIX -c "$c" -o "$2/lua_${o%.c}.o" ;;
        esac
    done
    $1 -o "$2/lua" "$2"/lua_*.o -lm
    for c in xmlparse xmlrole xmltok; do
        $1 -I/tmp/src/expat -DXML_DEV_URANDOM -DXML_CONTEXT_BYTES=1024 -DBYTEORDER=1234 -c /tmp/src/expat/$c.c -o "$2/$c.o"
    done
    $1 -DTCC_TARGET_I386 -DONE_SOURCE=1 -DTCC_VERSION='"0.9.27"' -DCONFIG_TRIPLET='"i386-linux-gnu"' \
        -DCONFIG_TCCDIR='"/usr/lib/i386-linux-gnu/tcc"' -o "$2/tcc" /tmp/src/tcc/tcc.c -lm -ldl -lpthread
}
work() {
    compiler=tcc
    pass=1
    while [ $pass -le $passes ]; do
        build "$compiler" "/tmp/pass$pass"
        compiler=/tmp/pass$pass/tcc
        pass=$((pass + 1))
    done
}
answer() {
    cd /tmp && sha256sum pass*/*
    pass1/lua -e 'print(_VERSION, 2^53, 10 // 3)'
}
