# The system tests: one multiboot program of many cases (emu/tests/system/), and the floppy of it for Bochs.
SYSTEM_DIR   := $(B)/emu/tests/system
SYSTEM_OBJ   := $(patsubst %,$(B)/%.o,$(basename $(wildcard emu/tests/system/*.c emu/tests/system/*.S)))
SYSTEM_FLAGS := -m32 -march=i686 -std=c11 -O1 -ffreestanding -fno-pic -fno-stack-protector -fcf-protection=none \
                -fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-toplevel-reorder -mno-sse -mno-mmx -mno-80387 \
                -I. $(WARN) -Wno-array-bounds -Werror -MMD -MP

$(SYSTEM_DIR)/%.o: emu/tests/system/%.c emu/tests/system.mk
	@mkdir -p $(@D)
	gcc $(SYSTEM_FLAGS) -c $< -o $@
$(SYSTEM_DIR)/%.o: emu/tests/system/%.S emu/tests/system.mk
	@mkdir -p $(@D)
	gcc $(SYSTEM_FLAGS) -c $< -o $@
$(SYSTEM_DIR)/system.elf: $(SYSTEM_OBJ) emu/tests/system/system.ld
	ld -m elf_i386 -static -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments -T emu/tests/system/system.ld -o $@ $(SYSTEM_OBJ)

# As the bench's: boot sector, command line, the ELF without symbols.
$(SYSTEM_DIR)/system.img: bench/port/bare/floppy.S $(SYSTEM_DIR)/system.elf
	objcopy --strip-all $(SYSTEM_DIR)/system.elf $(SYSTEM_DIR)/floppy.elf
	@sectors=$$(( ($$(stat -c %s $(SYSTEM_DIR)/floppy.elf) + 511) / 512 )); \
	if [ $$sectors -gt 1144 ]; then echo "system.elf is too large for the loader's 572 KB: $$sectors sectors" >&2; exit 1; fi; \
	gcc -m32 -DFLOPPY_SECTORS=$$sectors -c $< -o $(SYSTEM_DIR)/floppy.o
	ld -m elf_i386 -Ttext 0x7C00 -e floppy_start --oformat binary -o $(SYSTEM_DIR)/floppy.bin $(SYSTEM_DIR)/floppy.o
	head -c 512 /dev/zero | cat $(SYSTEM_DIR)/floppy.bin - $(SYSTEM_DIR)/floppy.elf > $@.new
	truncate -s 1474560 $@.new
	mv $@.new $@

CHECK += emu/tests/system_suite.sh
CHECK_FULL += emu/tests/system_suite_full.sh
CHECK_NEEDS += $(SYSTEM_DIR)/system.elf $(SYSTEM_DIR)/system.img
ALL += $(SYSTEM_DIR)/system.elf $(SYSTEM_DIR)/system.img

# Which emulator does what, case by case: docs/system-tests.md.
system-table: all
	emu/tests/system_suite.sh table
.PHONY: system-table
