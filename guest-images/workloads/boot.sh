# shellcheck shell=sh
# boot.sh: nothing to do here: the time is that of the kernel's start. The answer is what came up.
prepare() { :; }
work() { :; }
answer() {
    uname -sm
    grep -c '^processor' /proc/cpuinfo
    ls /workloads/src
}
