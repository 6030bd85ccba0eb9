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
