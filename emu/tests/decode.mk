# Proofs of emu/decode/: against Zydis, and of its own promises.
DECODE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard emu/decode/*.c)) $(B)/emu/tests/decode_walk.o
DECODE_ZYDIS_OBJ := $(DECODE_OBJ) $(B)/emu/tests/decode_compare.o
DECODE_TESTS := $(addprefix $(B)/emu/tests/decode_,zydis flags kind truncated)

CHECK += $(DECODE_TESTS)
CHECK_FULL += $(B)/emu/tests/decode_zydis_full

$(DECODE_TESTS): $(B)/emu/tests/decode_%: $(B)/emu/tests/decode_%.o $(DECODE_ZYDIS_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lZydis

# The same program with many more byte strings.
$(B)/emu/tests/decode_zydis_full.o: emu/tests/decode_zydis.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DRANDOM_COUNT=200000000 -DPAIR_STEP=1 -c $< -o $@

$(B)/emu/tests/decode_zydis_full: $(B)/emu/tests/decode_zydis_full.o $(DECODE_ZYDIS_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lZydis

# Against this host's own CPU: what is an instruction, and its length. -full: every ModRM byte, every VEX.vvvv.
DECODE_NATIVE_OBJ := $(DECODE_ZYDIS_OBJ) $(B)/emu/tests/oracle_native.o
CHECK += $(B)/emu/tests/decode_native
CHECK_FULL += $(B)/emu/tests/decode_native_full
$(B)/emu/tests/decode_native $(B)/emu/tests/decode_native_full: %: %.o $(DECODE_NATIVE_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lZydis

$(B)/emu/tests/decode_native_full.o: emu/tests/decode_native.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DMODRM_STEP=5 -DVVVV_MASK=0xffff -c $< -o $@

# The same of memory operands: size, written or not, alignment.
CHECK += $(B)/emu/tests/decode_memory
$(B)/emu/tests/decode_memory: $(B)/emu/tests/decode_memory.o $(DECODE_OBJ) $(B)/emu/tests/oracle_native.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lZydis
