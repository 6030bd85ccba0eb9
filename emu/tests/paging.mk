# Paging, control registers, MSRs, debug registers: system tests on both engines.
PAGING_TESTS := $(patsubst %,$(B)/emu/tests/%_system,paging crossing pae msr models debug processor)
# Without devices: no_machine.c answers for emu/machine/.
$(PAGING_TESTS): %: %.o $(BARE_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(PAGING_TESTS)
CHECK_FULL += emu/tests/fuzz_models.sh
