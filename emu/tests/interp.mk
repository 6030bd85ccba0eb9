# The interpreter against this host's own CPU. The -full name asks for 2000 cases a form.
ORACLE_OBJ := $(patsubst %,$(B)/emu/tests/%.o,interp_oracle oracle_native oracle_guest oracle_generate)

$(B)/emu/tests/interp_oracle $(B)/emu/tests/interp_oracle-full: $(ORACLE_OBJ) $(EMU_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(B)/emu/tests/interp_oracle
CHECK_FULL += $(B)/emu/tests/interp_oracle-full
