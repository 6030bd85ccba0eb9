# Tests of the VGA, the displays, keyboard and mouse, and the monitor.
CHECK += $(B)/emu/tests/vga_test $(B)/emu/tests/vga_machine_test $(B)/emu/tests/monitor_test \
         $(B)/emu/tests/window_test $(B)/emu/tests/ps2_test $(B)/emu/tests/vga_scan_test

# Boot sectors that draw.
$(B)/emu/tests/guests/screen.bin $(B)/emu/tests/guests/modes.bin: $(B)/emu/tests/guests/%.bin: emu/tests/guests/%.S
	@mkdir -p $(@D)
	gcc -m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0x7c00 -Wl,--oformat=binary -o $@ $<
CHECK_NEEDS += $(B)/emu/tests/guests/screen.bin $(B)/emu/tests/screen_check $(B)/emu/tests/window_check \
                  $(B)/emu/tests/guests/modes.bin $(B)/emu/tests/modes_check $(B)/emu/tests/fractal_check
CHECK += emu/tests/screen.sh emu/tests/window.sh emu/tests/modes.sh emu/tests/fractal.sh
# half a million BIOS calls: a minute and a half under the sanitizers, which vga_test and screen.sh have look at the chip
ASAN_SKIP += emu/tests/modes.sh
