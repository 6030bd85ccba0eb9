# shellcheck shell=sh
# luajit_off.sh: luajit.sh's program in LuaJIT's interpreter.
# shellcheck source=guest-images/workloads/luajit.sh
. /workloads/luajit.sh
export mode=off
