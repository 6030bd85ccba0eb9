# shellcheck shell=sh
# luajit.sh: LuaJIT with its compiler: a translator of machine code inside the translator of machine code.
prepare() {
    warm /usr/bin/luajit /workloads/lua.lua /usr/lib/i386-linux-gnu/libluajit*
    cp /workloads/lua.lua /tmp/
}
work() { luajit "-j$mode" /tmp/lua.lua >/tmp/out; }
answer() { cat /tmp/out; }
mode=on
