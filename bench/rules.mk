# bench: the same measured code for two ports. Everything is 32-bit, freestanding and integer only, and built with its
# own flags: neither -O choices nor sanitizers of the rest may change what is measured.
BENCH_CC      ?= gcc
BENCH_FLAGS   := -m32 -march=i686 -mtune=generic -std=c11 -O2 -ffreestanding -fno-pic -fno-stack-protector \
                 -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing \
                 -mno-sse -mno-mmx -mno-80387 -I. $(WARN) -Werror -MMD -MP
BENCH_SHARED  := $(patsubst %,$(B)/%.o,$(basename $(wildcard bench/*.c bench/*.S bench/families/*.c)))
BENCH_LINUX   := $(patsubst %,$(B)/%.o,$(basename $(wildcard bench/port/linux/*.[cS])))
BENCH_BARE    := $(patsubst %,$(B)/%.o,$(basename bench/port/bare/boot.S bench/port/bare/bare.c))

ALL += $(B)/tickbench $(B)/tickbench.elf

$(B)/bench/%.o: bench/%.c bench/rules.mk
	@mkdir -p $(@D)
	$(BENCH_CC) $(BENCH_FLAGS) -c $< -o $@
$(B)/bench/%.o: bench/%.S bench/rules.mk
	@mkdir -p $(@D)
	$(BENCH_CC) $(BENCH_FLAGS) -c $< -o $@

$(B)/tickbench: $(BENCH_SHARED) $(BENCH_LINUX)
	ld -m elf_i386 -static -z noexecstack -o $@ $^
$(B)/tickbench.elf: $(BENCH_SHARED) $(BENCH_BARE) bench/port/bare/bare.ld
	ld -m elf_i386 -static -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments -T bench/port/bare/bare.ld -o $@ $(filter %.o,$^)
