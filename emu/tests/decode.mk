# Proofs of emu/decode/: against Zydis, and of its own promises.
DECODE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard emu/decode/*.c)) $(B)/emu/tests/decode_walk.o
DECODE_ZYDIS_OBJ := $(DECODE_OBJ) $(B)/emu/tests/decode_compare.o $(B)/emu/tests/coverage.o
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

# Against this host's own CPU: what is an instruction and how long, and what memory operands are. -full: every ModRM byte.
DECODE_NATIVE_OBJ := $(patsubst %,$(B)/emu/tests/%.o,coverage decode_walk decode_compare oracle_native oracle_generate oracle_forms \
                        oracle_vector oracle_fit_vector)
DECODE_NATIVE := $(addprefix $(B)/emu/tests/decode_,native native_full memory)
CHECK += $(B)/emu/tests/decode_native $(B)/emu/tests/decode_memory
CHECK_FULL += $(B)/emu/tests/decode_native_full
# A signal for each byte string: 195 s and 40 s under the sanitizers; decode_zydis decodes the same strings there.
ASAN_SKIP += $(B)/emu/tests/decode_native $(B)/emu/tests/decode_memory
$(DECODE_NATIVE): %: %.o $(DECODE_NATIVE_OBJ) $(EMU_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

$(B)/emu/tests/decode_native_full.o: emu/tests/decode_native.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DMODRM_STEP=1 -DVEX_STEP=7 -DVVVV_MASK=0xd107 -c $< -o $@

# docs/coverage.md: which rows of opcodes.def which proof has reached.
COVERAGE := $(addprefix $(B)/emu/tests/,decode_zydis decode_native_full decode_memory interp_oracle jit_oracle)
coverage: $(COVERAGE)
	@rm -f $(B)/coverage.tsv
	@for t in $(COVERAGE); do COVERAGE=$(B)/coverage.tsv ./$$t >$(B)/coverage.log || { cat $(B)/coverage.log; exit 1; }; done
	awk -f emu/tests/coverage.awk $(B)/coverage.tsv >docs/coverage.md
.PHONY: coverage
