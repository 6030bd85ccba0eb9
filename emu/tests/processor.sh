#!/usr/bin/env bash
# The bench's processor report in the guest (tickbench --host) names the processor that -cpu chose: name, signature,
# features taken away and added. On both engines.
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# report NAME ENGINE CPU FACT...: facts are "key:value" of the line `host`, "+feature" and "-feature"
report() {
    local name=processor_$1_$2 engine=$2 cpu=$3 fact line features why=''
    shift 3
    timeout 300 "$build/tickmark-emu" -accel "$engine" -cpu "$cpu" -kernel "$build/tickbench.elf" -append --host \
        -serial "file:$dir/out" -display none -no-reboot 2>"$dir/err"
    line=$(grep -a '"ev":"host"' "$dir/out")
    features=" $(sed -n 's/.*"features":"\([^"]*\)".*/\1/p' <<<"$line") "
    for fact in "$@"; do
        case $fact in
        +*) [[ $features == *" ${fact#+} "* ]] || why+="no ${fact#+}; " ;;
        -*) [[ $features != *" ${fact#-} "* ]] || why+="${fact#-} is there; " ;;
        *) [[ $line == *"\"${fact%%:*}\":${fact#*:}"[,\}]* ]] || why+="not $fact; " ;;
        esac
    done
    if [ -z "$why" ]; then echo "ok $name"; else echo "FAIL $name: $why$(head -c 200 "$dir/err") ${line:0:400}"; fi
}
for engine in jit interp; do
    report pentium2 "$engine" pentium2 'vendor:"GenuineIntel"' 'hypervisor:"TickmarkEmu"' family:6 model:5 +mmx +cmov -sse -nx
    report without "$engine" pentium3,-mmx,-sse family:6 -mmx -sse +fxsr
    report with "$engine" core2,+popcnt family:6 +sse2 +ssse3 +popcnt -avx
    report haswell "$engine" haswell family:6 l1d_kib:32 +avx2 +rdtscp +bmi2
done
