#!/usr/bin/env bash
# SeaBIOS from Debian's package runs on both engines until it has nothing to boot from; its log, on the debug console
# at port 402h, is the witness. ENGINES chooses.
set -u
emu=${B:-build}/tickmark-emu
bios=/usr/share/seabios/bios-256k.bin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# boot NAME OPTIONS: into $dir/NAME.log, until it has said that it found nothing, or 20 seconds
boot() {
    local name=$1 log=$dir/$1.log i
    shift
    "$emu" "$@" -chardev "file,id=log,path=$log" -device isa-debugcon,iobase=0x402,chardev=log >"$dir/$name.out" 2>&1 &
    local pid=$!
    for ((i = 0; i < 200; i++)); do
        grep -q 'No bootable device' "$log" 2>/dev/null && break
        kill -0 $pid 2>/dev/null || break
        sleep 0.1
    done
    kill $pid 2>/dev/null
    wait $pid 2>/dev/null
}

# expect NAME LOG TEXT: that text is in the log
expect() {
    if grep -qaF -- "$3" "$dir/$2.log" 2>/dev/null; then
        echo "ok $1"
    else
        echo "FAIL $1: '$3' is not in SeaBIOS's log, which ends: $(tail -n 2 "$dir/$2.log" 2>&1 | tr '\n' ' ') $(head -c 200 "$dir/$2.out")"
    fi
}

if [ ! -e $bios ]; then
    echo "skip seabios: no $bios (package seabios)"
    exit 0
fi
for engine in ${ENGINES:-interp jit}; do
    boot $engine -accel $engine -m 64
    expect seabios_${engine}_starts $engine 'SeaBIOS (version'
    expect seabios_${engine}_dma $engine 'QEMU fw_cfg DMA interface supported'
    expect seabios_${engine}_memory $engine 'addr 0x0000000000000000 len 0x0000000004000000 [RAM]'
    expect seabios_${engine}_acpi $engine 'ACPI DSDT='
    expect seabios_${engine}_bridges $engine 'id=8086:1237'
    expect seabios_${engine}_keyboard $engine 'PS2 keyboard initialized'
    expect seabios_${engine}_boots $engine 'No bootable device'
done
# The smaller image fills the 128 KB below 1 MB.
if [ -e /usr/share/seabios/bios.bin ]; then
    boot small -bios /usr/share/seabios/bios.bin
    expect seabios_128k small 'No bootable device'
fi
