# bench: the same measured code for three ports. Everything is 32-bit, freestanding and integer only, and built with its
# own flags: neither -O choices nor sanitizers of the rest may change what is measured.
BENCH_CC      ?= gcc
BENCH_FLAGS   := -m32 -march=i686 -mtune=generic -std=c11 -O2 -ffreestanding -fno-pic -fno-stack-protector \
                 -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing \
                 -mno-sse -mno-mmx -mno-80387 -I. -I$(B) $(WARN) -Werror -MMD -MP
BENCH_SHARED  := $(patsubst %,$(B)/%.o,$(basename $(wildcard bench/*.c bench/*.S bench/families/*.c)))
BENCH_LINUX   := $(patsubst %,$(B)/%.o,$(basename $(wildcard bench/port/linux/*.[cS])))
BENCH_BARE    := $(patsubst %,$(B)/%.o,$(basename bench/port/bare/boot.S $(wildcard bench/port/bare/*.c)))

include bench/compiled/rules.mk

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

include bench/port/windows/rules.mk

# The floppy: boot sector, an empty command line, the ELF without symbols, and zeros up to 1.44 MB.
ALL += $(B)/tickbench.img
$(B)/tickbench.img: bench/port/bare/floppy.S $(B)/tickbench.elf bench/rules.mk
	objcopy --strip-all $(B)/tickbench.elf $(B)/bench/floppy.elf
	@sectors=$$(( ($$(stat -c %s $(B)/bench/floppy.elf) + 511) / 512 )); \
	if [ $$sectors -gt 1200 ]; then echo "tickbench.elf is too large for the loader's 600 KB: $$sectors sectors" >&2; exit 1; fi; \
	$(BENCH_CC) -m32 -DFLOPPY_LINE_SECTORS=4 -DFLOPPY_SECTORS=$$sectors -c $< -o $(B)/bench/floppy.o
	ld -m elf_i386 -Ttext 0x7C00 -e floppy_start --oformat binary -o $(B)/bench/floppy.bin $(B)/bench/floppy.o
	head -c 2048 /dev/zero | cat $(B)/bench/floppy.bin - $(B)/bench/floppy.elf > $@.new
	truncate -s 1474560 $@.new
	mv $@.new $@

# The CD: the floppy in an ISO 9660 file system, for El Torito.
ALL += $(B)/tickbench.iso
$(B)/tickbench.iso: bench/port/bare/cd.S $(B)/tickbench.img bench/rules.mk
	$(BENCH_CC) -m32 -DCD_IMAGE='"$(B)/tickbench.img"' -c $< -o $(B)/bench/cd.o
	objcopy -O binary -j .data $(B)/bench/cd.o $@

# Tests run on the host: the ordinary flags, not the freestanding ones.
export TICKBENCH_BUILD := $(B)
CHECK += bench/tests/bench_test.sh bench/tests/disk_test.sh
bench/tests/bench_test.sh bench/tests/disk_test.sh: $(B)/bench/tests/check_lines
$(B)/bench/tests/%.o: bench/tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(B)/bench/tests/check_lines: $(B)/bench/tests/check_lines.o
	$(CC) $(CFLAGS) -o $@ $^ -ljansson
