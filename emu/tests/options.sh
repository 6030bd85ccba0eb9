#!/usr/bin/env bash
# The command line of tickmark-emu: what is wrong is named, nothing is ignored. B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
guest=${B:-build}/emu/tests/guests/basic.elf
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# refuse NAME 'text in the message' ARGS...
refuse() {
    local name=$1 expect=$2
    shift 2
    local message
    message=$(timeout 10 "$emu" "$@" 2>&1 >/dev/null </dev/null)
    local rc=$?
    if [ $rc -ne 1 ]; then
        echo "FAIL options.$name: exit status $rc"
    elif [[ $message != *"$expect"* ]]; then
        echo "FAIL options.$name: '$message' does not say '$expect'"
    else
        echo "ok options.$name"
    fi
}

refuse unknown "nearest is '-kernel'" -kernal x
refuse unknown_double "nearest is '-serial'" --seriall=stdio
refuse unknown_far "unknown option '-zzzzzzzzzzzz'" -zzzzzzzzzzzz
refuse no_value "-kernel wants a value" -kernel
refuse takes_no_value "takes no value" --icount=5 -kernel "$guest"
refuse bios_missing "-bios $dir/none: No such file" -accel interp -bios "$dir/none"
refuse bios_size "not a power of two from 64 KB" -accel interp -bios "$emu"
refuse bios_folder "not a file" -accel interp -bios "$dir"
refuse bios_kernel "entered directly" -bios "$emu" -kernel "$guest"
refuse chardev_id "wants KIND,id=ID" -chardev null
refuse chardev_kind "no kind 'vc'" -chardev vc,id=a
refuse chardev_twice "there is an 'a' already" -chardev null,id=a -chardev null,id=a
refuse chardev_property "no property 'color'" -chardev null,id=a,color=red
refuse chardev_socket "wants path=PATH, or host= and port=" -chardev socket,id=a,server=on
refuse chardev_used "'a' is in use" -chardev null,id=a -serial chardev:a -debugcon chardev:a
refuse serial_stdio "stdio is taken already" -serial stdio -serial stdio
refuse serial_five "more than 4" -serial null -serial null -serial null -serial null -serial null
refuse chardev_path "wants path=F" -chardev file,id=a
refuse chardev_none "there is no chardev 'b'" -chardev null,id=a -device isa-debugcon,chardev=b
refuse debugcon_ports "its ports are taken" -accel interp -chardev null,id=a -device isa-debugcon,iobase=0x3f8,chardev=a
refuse append_alone "-append needs -kernel" -append x
refuse stray "is not an option" -
refuse image "$dir/none: No such file" "$dir/none"
refuse image_directory "$dir: Is a directory" -hda "$dir"
: >"$dir/empty"
refuse image_empty "the image is empty" -hda "$dir/empty"
refuse image_device "neither a file nor a disk" -hda /dev/full
printf 'QFI\373' | dd of="$dir/qcow2" bs=1024 conv=sync status=none
refuse image_format "looks like qcow2" -hda "$dir/qcow2"
refuse image_url "nbd+unix:///" -hda "nbd+unix:///?socket=$dir/none"
refuse image_url_words "nbd:unix:" -hda "nbd:unix:$dir/none"
refuse image_twice "for the same drive" -hda a -drive file=b,index=0
refuse cdrom_twice "for the same drive" -hdc a -cdrom b
refuse drive_property "no property 'speed'" -drive file=a,speed=9
refuse drive_value "'speed' has no value" -drive file=a,speed
refuse drive_index "no such drive" -drive file=a,if=floppy,index=2
refuse drive_index_text "index cannot be '17'" -drive file=a,index=17
refuse drive_switch "readonly cannot be 'maybe'" -drive file=a,readonly=maybe
refuse drive_interface "if=scsi is not supported" -drive file=a,if=scsi
refuse drive_none_id "if=none wants id=ID" -drive file=a,if=none
refuse drive_none_twice "two with id=d" -drive file=a,if=none,id=d -drive file=b,if=none,id=d
refuse drive_none_alone "no -device has drive=d" -drive file=a,if=none,id=d
refuse drive_cache "cache cannot be 'fast'" -drive file=a,cache=fast
refuse blk_no_drive "no -drive with if=none,id=d" -device virtio-blk-pci,drive=d
refuse blk_two "two want drive=d" -drive file=a,if=none,id=d -device virtio-blk-pci,drive=d -device ide-hd,drive=d
refuse blk_wants "wants drive=ID" -device virtio-blk-pci,addr=5
refuse blk_property "no property 'speed'" -device virtio-blk-pci,drive=d,speed=1
refuse blk_slot "addr cannot be '2'" -device virtio-blk-pci,drive=d,addr=2
refuse blk_neither "neither legacy nor modern" -device virtio-blk-pci,drive=d,disable-legacy=on,disable-modern=on
refuse hd_bus "bus cannot be 'pci.0'" -device ide-hd,drive=d,bus=pci.0
refuse drive_format "only raw is read directly" -drive file=a,format=qcow2
refuse drive_media "there are disk and cdrom" -drive file=a,media=tape
refuse drive_file "a disk needs an image" -drive index=0
refuse drive_comma "$dir/a,b: No such file" -drive "file=$dir/a,,b,format=raw"
refuse boot "'x' is not up to" -boot x
refuse boot_once "'z' is not up to" -boot once=z
refuse boot_property "'reboot-timeout' is not supported yet" -boot reboot-timeout=5
refuse boot_menu "menu cannot be 'yes'" -boot menu=yes
refuse bootindex "bootindex cannot be '-1'" -drive "file=$emu,if=none,id=d" -device ide-hd,drive=d,bootindex=-1
refuse foreign "-vnc: not supported: there are -display sdl" -vnc :1 -kernel "$guest"
refuse daemonize "there is no terminal then" -daemonize -nographic -kernel "$guest"
refuse foreign_kvm "there is no KVM engine" -enable-kvm -kernel "$guest"
refuse alias_value "-M wants a value" -kernel "$guest" -M
refuse foreign_value "-name wants a value" -kernel "$guest" -name
refuse foreign_joined "-no-fd-bootchk takes no value" --no-fd-bootchk=1 -kernel "$guest"
refuse missing_kernel "$dir/none: No such file" -accel interp -kernel "$dir/none"
refuse memory_zero "-m: '0'" -m 0 -kernel "$guest"
refuse memory_text "-m: '12x'" -m 12x -kernel "$guest"
refuse memory_huge "-m: '4G'" -m 4G -kernel "$guest"
refuse memory_negative "-m: '-5'" -m -5 -kernel "$guest"
refuse accel "no engine 'fast'" -accel fast -kernel "$guest"
refuse accel_kvm "not supported yet" -machine pc,accel=kvm -kernel "$guest"
refuse accel_property "no property 'speed=1'" -accel tcg,speed=1 -kernel "$guest"
refuse icount "which is shift=0" -icount shift=3 -kernel "$guest"
refuse machine "'q35' is not supported yet" -machine q35 -kernel "$guest"
refuse machine_hpet "hpet is on or off, not 'maybe'" -machine pc,hpet=maybe -kernel "$guest"
refuse cpu "no model '586'; the nearest is '486'" -cpu 586 -kernel "$guest"
refuse cpu_feature "no feature 'avx3'; the nearest is 'avx'" -cpu max,+avx3 -kernel "$guest"
refuse serial "127.0.0.1:1: Connection refused" -serial tcp:127.0.0.1:1 -kernel "$guest"
refuse serial_file "$dir/no/where: No such file" -serial "file:$dir/no/where" -kernel "$guest"
refuse speaker "$dir/no/where: No such file" -speaker "$dir/no/where" -kernel "$guest"
refuse speaker_device "/dev/null: not a file" -speaker wav:/dev/null -kernel "$guest"
refuse display "'gtk' is not supported" -display gtk -kernel "$guest"
refuse vga "'cirrus' is not supported" -vga cirrus -kernel "$guest"
refuse monitor "'serial' is not stdio" -accel interp -monitor serial -kernel "$guest"
refuse monitor_stdio "on stdio already" -serial stdio -monitor stdio -kernel "$guest"
refuse gdb "-gdb serial: there are tcp:" -accel interp -gdb serial -kernel "$guest"
refuse gdb_port "-gdb tcp::99999: there are" -accel interp -gdb tcp::99999 -kernel "$guest"
refuse gdb_lockstep "do not go with --lockstep" -s --lockstep -kernel "$guest"
refuse smp "one processor" -smp 2 -kernel "$guest"
refuse smp_cores "'cores=2': there is one processor" -smp 1,cores=2 -kernel "$guest"
refuse memory_part "'1.3Q'" -m 1.3Q -kernel "$guest"
refuse device "'e1000' is not supported yet" -device e1000 -kernel "$guest"
refuse isa_serial "there is no chardev 'a'" -device isa-serial,chardev=a -kernel "$guest"
refuse isa_serial_chardev "wants chardev=ID" -device isa-serial -kernel "$guest"
refuse isa_serial_index "the next one is 0" -chardev null,id=a -device isa-serial,chardev=a,index=2 -kernel "$guest"
refuse device_property "no property 'iospeed=1'" -device isa-debug-exit,iospeed=1 -kernel "$guest"
refuse device_number "'0xzz' is not a number" -device isa-debug-exit,iobase=0xzz -kernel "$guest"
refuse device_ports "its ports are taken" -accel interp -device isa-debug-exit,iobase=0x3f8 -kernel "$guest"
refuse nic "'tap' is not supported" -nic tap -kernel "$guest"
refuse nic_model "no network card 'e1000'; there are: ne2k_pci virtio-net-pci" -nic user,model=e1000 -kernel "$guest"
refuse nic_mac "mac: '52:54' is not six bytes" -nic user,mac=52:54 -kernel "$guest"
refuse nic_group "an address of groups" -nic user,mac=01:00:5e:00:00:01 -kernel "$guest"
refuse netdev_id "wants id=ID" -netdev user -kernel "$guest"
refuse netdev_twice "two with id 'a'" -netdev user,id=a -netdev user,id=a -kernel "$guest"
refuse netdev_none "there is no netdev 'a'" -device ne2k_pci,netdev=a -kernel "$guest"
refuse netdev_shared "two network cards in netdev 'a'" -netdev user,id=a -device ne2k_pci,netdev=a -device ne2k_pci,netdev=a
refuse netdev_property "no property 'speed'" -netdev user,id=a,speed=9 -kernel "$guest"
refuse netdev_forward "is not [tcp|udp]" -nic user,hostfwd=tcp:80 -kernel "$guest"
refuse netdev_icount "does not go with --icount" -nic user --icount -kernel "$guest"
refuse netdev_lockstep "does not go with --lockstep" -nic user --lockstep -kernel "$guest"
refuse nic_rom "romfile $dir/none: No such file" -accel interp -nic "user,romfile=$dir/none" -kernel "$guest"
refuse nic_rom_what "not an option ROM" -accel interp -nic "user,romfile=$emu" -kernel "$guest"
refuse nic_slot "addr: '40' is not a PCI slot" -nic user,addr=40 -kernel "$guest"
refuse object "there is filter-dump" -object rng-random,id=a -kernel "$guest"
refuse object_netdev "there is no netdev 'b'" -object "filter-dump,netdev=b,file=$dir/f" -kernel "$guest"
refuse object_file "$dir/no/f: No such file" -accel interp -nic user,id=a -object "filter-dump,netdev=a,file=$dir/no/f" -kernel "$guest"
refuse set "no setting 'speed'" --set speed=9 -kernel "$guest"
refuse cache_small "jit_cache_bytes must be from 1 MB to 1 GB" --set jit_cache_bytes=1000 -kernel "$guest"
refuse cache_large "jit_cache_bytes must be from 1 MB to 1 GB" --set jit_cache_bytes=2147483648 -kernel "$guest"
refuse set_value "'fast' is not a value" --set quantum=fast -kernel "$guest"
refuse dump "no letter '!'" --dump '!' -kernel "$guest"
refuse stats "--stats $dir/no/stats.json: No such file" -accel interp --stats "$dir/no/stats.json" -kernel "$guest"
refuse rtc "'base=2026-02-31' is not" -rtc base=2026-02-31 -kernel "$guest"
refuse rtc_clock "'clock=sun' is not" -rtc base=utc,clock=sun -kernel "$guest"
refuse later_perf_map "-perf-map: not supported yet" -perf-map -kernel "$guest"
refuse hot "--hot $dir/no/hot.json: No such file" -accel interp --hot "$dir/no/hot.json" -kernel "$guest"
refuse hot_lockstep "--lockstep runs two" --lockstep --hot "$dir/hot.json" -kernel "$guest"

# take NAME ARGS...: what QEMU's scripts have, and the guest runs
take() {
    local name=$1 message
    shift
    message=$(timeout 60 "$emu" -kernel "$guest" -device isa-debug-exit,iobase=0xf4,iosize=4 -no-reboot "$@" 2>&1 </dev/null)
    local rc=$?
    if [ $rc -eq 33 ]; then echo "ok options.take_$name"; else echo "FAIL options.take_$name: exit status $rc: $message"; fi
}
take machine -M pc-i440fx-7.2,usb=off,vmport=off,dump-guest-core=off
take accel_tcg -accel tcg,thread=single
take accel_first -machine type=pc,accel=kvm:tcg
take accel_two -accel kvm -accel interp
take memory -m size=16.5M,slots=2,maxmem=64M
take smp -smp cpus=1,sockets=1,cores=1,threads=1
take idle -name guest=x,debug-threads=on -k de -msg timestamp=on -no-user-config --no-fd-bootchk
take icount -icount shift=0 -accel interp
take isa_serial -chardev null,id=a -chardev null,id=b -device isa-serial,chardev=a,id=x -device isa-serial,index=1,chardev=b
take vga -device VGA
take rtc -rtc utc,clock=host
take drive -drive "driver=raw,file.filename=$guest,readonly=on,file.locking=off"

# "help" for a value lists what can be there; a long value is shown whole.
for option in machine accel device netdev chardev vga; do
    if "$emu" -$option help | grep -q -- "^  -$option .*[a-z]"; then
        echo "ok options.help_$option"
    else
        echo "FAIL options.help_$option: $("$emu" -$option help 2>&1)"
    fi
done
if "$emu" -netdev help | grep -qF '[,restrict=on][,...]' && "$emu" -h | cmp -s - <("$emu" --help); then
    echo "ok options.help_whole"
else
    echo "FAIL options.help_whole: cut off, or -h is another text"
fi

if "$emu" --help | grep -q -- '-kernel FILE' && "$emu" -version | grep -q tickmark-emu; then
    echo "ok options.help"
else
    echo "FAIL options.help: no help or version"
fi
