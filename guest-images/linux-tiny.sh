# shellcheck shell=bash disable=SC2154 # sourced by build.sh, which sets $out
# linux-tiny: Debian's kernels 686 and 686-pae, each with an archive of busybox and the modules of this PC's devices.
linux_boot "$out"
