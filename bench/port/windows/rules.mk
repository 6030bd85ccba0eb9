# The windows port, where there is a compiler for it. Only this folder is built by it; the rest are the objects of the
# other ports, with the underscore that this system's C names begin with, so that the measured bytes are the same.
# The stack is committed as a whole: those objects do not probe it page by page.
WINDOWS_CC    ?= i686-w64-mingw32-gcc
WINDOWS_FLAGS := -march=i686 -mtune=generic -std=c11 -O2 -ffreestanding -fno-stack-protector -fno-strict-aliasing \
                 -mno-sse -mno-stack-arg-probe -I. $(WARN) -Werror -MMD -MP
BENCH_WINDOWS := $(patsubst %.c,$(B)/%.o,$(wildcard bench/port/windows/*.c))

ifneq ($(shell command -v $(WINDOWS_CC) 2>/dev/null),)
ALL += $(B)/tickbench.exe
else
ALL += no-windows-port
endif
no-windows-port:
	@echo "tickbench.exe is left out: $(WINDOWS_CC) is not here (package gcc-mingw-w64-i686)"
.PHONY: no-windows-port

$(B)/bench/port/windows/%.o: bench/port/windows/%.c bench/port/windows/rules.mk
	@mkdir -p $(@D)
	$(WINDOWS_CC) $(WINDOWS_FLAGS) -c $< -o $@
$(B)/bench/port/windows/shared.obj: $(BENCH_SHARED)
	@mkdir -p $(@D)
	ld -m elf_i386 -r -o $@.elf $^
	objcopy --prefix-symbols=_ --remove-section=.note.GNU-stack --remove-section=.comment $@.elf $@
$(B)/tickbench.exe: $(B)/bench/port/windows/shared.obj $(BENCH_WINDOWS)
	$(WINDOWS_CC) -nostdlib -s -Wl,-e,_windows_entry -Wl,--subsystem=console -Xlinker --stack -Xlinker 1048576,1048576 \
	    -Wl,--no-insert-timestamp -o $@ $(BENCH_WINDOWS) $< -lkernel32 -luser32

# Another system's headers and compiler; -Werror with the same warnings is in the rule above.
LINT_SKIP += $(wildcard bench/port/windows/*.[ch])
