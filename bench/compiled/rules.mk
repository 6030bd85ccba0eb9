# Compiled kernels: see compiled.h. Their flags are fixed, apart from those of the bench around them: what is measured is
# what these give. One image per kernel; nd32.c gives fifteen.
COMPILED_FLAGS  := -m32 -march=i686 -mtune=generic -std=c11 -O2 -ffreestanding -fno-pic -fno-stack-protector \
                   -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-jump-tables \
                   -fno-tree-loop-distribute-patterns -mno-sse -mno-mmx -mno-80387 -I. $(WARN) -Werror -MMD -MP
COMPILED_ND32   := a b c d e f g h i j k l m n o
COMPILED_OTHERS := t1fast t1slow simp fractal
COMPILED_IMAGES := $(patsubst %,$(B)/bench/compiled/nd32_%.bin,$(COMPILED_ND32)) \
                   $(patsubst %,$(B)/bench/compiled/%.bin,$(COMPILED_OTHERS))

$(patsubst %,$(B)/bench/compiled/nd32_%.o,$(COMPILED_ND32)): $(B)/bench/compiled/nd32_%.o: bench/compiled/nd32.c bench/compiled/rules.mk
	@mkdir -p $(@D)
	$(BENCH_CC) $(COMPILED_FLAGS) -DND32_VERSION=nd32_run_$* -c $< -o $@
$(patsubst %,$(B)/bench/compiled/%.o,$(COMPILED_OTHERS)): $(B)/bench/compiled/%.o: bench/compiled/%.c bench/compiled/rules.mk
	@mkdir -p $(@D)
	$(BENCH_CC) $(COMPILED_FLAGS) -c $< -o $@
$(B)/bench/compiled/t1slow.o: COMPILED_FLAGS += -fno-omit-frame-pointer

# Code may refer to itself relative to where it is (R_386_PC32, R_386_PLT32) and in no other way.
$(B)/bench/compiled/%.bin: $(B)/bench/compiled/%.o $(B)/bench/compiled/entry.o bench/compiled/compiled.ld
	@objdump -r -j .text $< | grep -q 'R_386_32\|R_386_GOT' && { echo "$<: its code holds an address" >&2; exit 1; } || true
	ld -m elf_i386 -z noexecstack --no-warn-rwx-segments -T bench/compiled/compiled.ld -o $(@:.bin=.elf) $(B)/bench/compiled/entry.o $<
	objcopy -O binary -j .image $(@:.bin=.elf) $@
$(B)/bench/families/nd32.o $(B)/bench/families/prog.o: $(COMPILED_IMAGES)
-include $(COMPILED_IMAGES:.bin=.d)
