# Paging, control registers, MSRs, debug registers: system tests on both engines.
PAGING_TESTS := $(B)/emu/tests/paging_system
$(PAGING_TESTS): %: %.o $(B)/emu/tests/system_world.o $(EMU_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(PAGING_TESTS)
