# Both engines against this host's own CPU. The name says which; -full asks for 2000 cases a form.
ORACLE_OBJ := $(patsubst %,$(B)/emu/tests/%.o,interp_oracle oracle_native oracle_guest oracle_forms oracle_generate \
                oracle_vector oracle_fit_vector coverage)

ORACLES := $(B)/emu/tests/interp_oracle $(B)/emu/tests/jit_oracle
$(ORACLES) $(ORACLES:%=%-full): $(ORACLE_OBJ) $(EMU_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(ORACLES)
CHECK_FULL += $(ORACLES:%=%-full)

# Special operands of floating-point instructions, both engines against this host's own CPU.
FP_SPECIAL := $(B)/emu/tests/fp_special
$(FP_SPECIAL) $(FP_SPECIAL)-full: $(B)/emu/tests/fp_special.o $(B)/emu/tests/system_world.o \
                                  $(filter-out %/interp_oracle.o,$(ORACLE_OBJ)) $(EMU_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(FP_SPECIAL)
CHECK_FULL += $(FP_SPECIAL)-full

# What only ring 0 can show, with the manual's own expectations, on both engines. Without devices:
# no_machine.c answers for emu/machine/.
BARE_OBJ := $(B)/emu/tests/no_machine.o $(B)/emu/tests/system_world.o $(B)/emu/machine/settings.o $(B)/emu/nearest.o \
            $(filter $(foreach d,cpu decode dispatch fpu interp mmu profile translate,$(B)/emu/$(d)/%),$(EMU_LIB))
INTERP_SYSTEM_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %/system_world.c,$(wildcard emu/tests/system_*.c)))
$(B)/emu/tests/interp_system: $(B)/emu/tests/interp_system.o $(INTERP_SYSTEM_OBJ) $(BARE_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(B)/emu/tests/interp_system

# Random machines, on interp alone and on both engines. Without devices.
FUZZ_OBJ := $(B)/emu/tests/fuzz_machine.o $(B)/emu/tests/fuzz_modes.o $(BARE_OBJ)
FUZZERS := $(B)/emu/tests/interp_fuzz $(B)/emu/tests/engine_fuzz
$(B)/emu/tests/interp_fuzz $(B)/emu/tests/interp_fuzz-full: $(B)/emu/tests/interp_fuzz.o
$(B)/emu/tests/engine_fuzz $(B)/emu/tests/engine_fuzz-full: $(B)/emu/tests/engine_fuzz.o
$(FUZZERS) $(FUZZERS:%=%-full): $(FUZZ_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(FUZZERS)
FUZZ += $(FUZZERS)
CHECK_FULL += $(FUZZERS:%=%-full)

# 16-bit and other segments of ring 3, against this host's own CPU by modify_ldt().
SEGMENT_ORACLE := $(B)/emu/tests/segment_oracle $(B)/emu/tests/segment_oracle_jit
$(SEGMENT_ORACLE) $(SEGMENT_ORACLE:%=%-full): $(patsubst %,$(B)/emu/tests/%.o,segment_oracle segment_native segment_guest) $(B)/emu/tests/no_machine.o \
        $(filter-out $(B)/emu/tests/%,$(BARE_OBJ))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

CHECK += $(SEGMENT_ORACLE)
# Where it reaches below 4 GB nothing may be mapped; the sanitizers' shadow is.
ASAN_SKIP += $(SEGMENT_ORACLE)
CHECK_FULL += $(SEGMENT_ORACLE:%=%-full)
