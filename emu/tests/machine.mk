# Tests of emu/machine, emu/device and emu/profile. $(B)/libemu.a holds all of the emulator but main().
$(B)/libemu.a: $(EMU_LIB)
	rm -f $@ && ar rcs $@ $^

$(B)/emu/tests/%: $(B)/emu/tests/%.o $(B)/libemu.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(B)/emu/tests/apic_test $(B)/emu/tests/hpet_test $(B)/emu/tests/acpi_tables_test $(B)/emu/tests/rtc_test $(B)/emu/tests/pic_modes_test $(B)/emu/tests/pic_pit_test $(B)/emu/tests/chips_test $(B)/emu/tests/pc_test $(B)/emu/tests/coprocessor_test $(B)/emu/tests/slice_test

# Guests: freestanding multiboot kernels.
$(B)/emu/tests/guests/%.elf: emu/tests/guests/%.S emu/tests/guests/guest.ld
	@mkdir -p $(@D)
	gcc -m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -T emu/tests/guests/guest.ld -o $@ $<

# The library comes last: the objects want what is in it.
FUZZ_BOARD := $(patsubst %,$(B)/emu/tests/%.o,fuzz_board fuzz_board_make fuzz_storage fuzz_chips fuzz_buses watchdog)
$(B)/emu/tests/pc_fuzz: $(B)/emu/tests/pc_fuzz.o $(FUZZ_BOARD) $(B)/libemu.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)
MUTATE := $(patsubst %,$(B)/emu/tests/%.o,mutate mutation mutate_media mutate_boot mutate_words watchdog)
$(B)/emu/tests/mutate: $(MUTATE) $(B)/libemu.a | $(B)/emu/tests/guests/basic.elf $(B)/emu/tests/guests/bzimage.bin
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)
CHECK += $(B)/emu/tests/pc_fuzz $(B)/emu/tests/mutate
CHECK_FULL += emu/tests/mutate_full.sh
FUZZ += $(B)/emu/tests/pc_fuzz
CHECK += $(B)/emu/tests/multiboot_test emu/tests/options.sh emu/tests/boot_words.sh emu/tests/guest.sh emu/tests/apic_guest.sh emu/tests/seabios.sh emu/tests/linux_boot.sh
# `check` builds what it runs; a script's guest has to be named.
CHECK_NEEDS += $(B)/emu/tests/guests/basic.elf $(B)/emu/tests/guests/apic.elf $(B)/emu/tests/guests/bzimage.bin
$(B)/emu/tests/guests/bzimage.bin: emu/tests/guests/bzimage.S
	@mkdir -p $(@D)
	gcc -m32 -c -o $@.o $<
	objcopy -O binary -j .text $@.o $@
CHECK += emu/tests/processor.sh emu/tests/bench_disk.sh
CHECK_FULL += emu/tests/lockstep_bench.sh
