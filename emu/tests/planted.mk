# An emulator with a slow path planted in it, in a folder of its own with the bench: what the profiling views must find.
$(B)/planted/tickmark-emu: $(EMU_OBJ) $(B)/emu/tests/planted_slow.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--wrap=translate_alu -o $@ $^ $(EMU_LDLIBS)

$(B)/planted/tickbench $(B)/planted/tickbench.elf: $(B)/planted/%: $(B)/%
	@mkdir -p $(@D)
	ln -f $< $@

CHECK_FULL += collector/tests/planted_test.sh
CHECK_FULL_NEEDS += $(B)/planted/tickmark-emu $(B)/planted/tickbench $(B)/planted/tickbench.elf
