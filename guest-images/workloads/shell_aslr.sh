# shellcheck shell=sh
# shell_aslr.sh: shell.sh in a guest that gives each process other addresses, as systems do: a translator that keeps its
# translations by linear address makes them anew each time. All other workloads run without (norandmaps), as natively
# the collector starts its children.
# shellcheck source=guest-images/workloads/shell.sh
. /workloads/shell.sh
# shellcheck disable=SC2154 # run sets it
if [ "$where" = guest ]; then
    echo 2 >/proc/sys/kernel/randomize_va_space
fi
