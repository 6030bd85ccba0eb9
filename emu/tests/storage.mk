# Tests of emu/block and of the chips of disks, CD-ROM drives and floppies.
CHECK += $(B)/emu/tests/ide_test $(B)/emu/tests/fdc_test $(B)/emu/tests/cdrom_test $(B)/emu/tests/block_test $(B)/emu/tests/block_worker_test $(B)/emu/tests/ide_worker_test
$(B)/emu/tests/guests/bootsector.bin: emu/tests/guests/bootsector.S
	@mkdir -p $(@D)
	gcc -m32 -c -o $(@:.bin=.o) $< && ld -m elf_i386 -Ttext 0x7c00 -e start --oformat binary -o $@ $(@:.bin=.o)
CHECK += emu/tests/boot_drives.sh
CHECK_NEEDS += $(B)/emu/tests/guests/bootsector.bin $(B)/emu/tests/system/system.img
CHECK += emu/tests/empty_drives.sh
