# emu/: the emulator, $(B)/tickmark-emu.
EMU_C   := $(filter-out emu/tests/% emu/profile/sde_list.c,$(shell find emu -name '*.c'))
EMU_S   := $(filter-out emu/tests/%,$(shell find emu -name '*.S'))
# `make NO_JIT=1 B=build-interp` leaves the translator out.
ifeq ($(shell grep -ls 'struct engine engine_jit' emu/dispatch/*.c),)
NO_JIT := 1
endif
ifdef NO_JIT
EMU_C   := $(filter-out emu/dispatch/% emu/translate/%,$(EMU_C))
EMU_S   := $(filter-out emu/dispatch/% emu/translate/%,$(EMU_S))
EMU_DEF := -DNO_JIT
endif
EMU_OBJ := $(EMU_C:%.c=$(B)/%.o) $(EMU_S:%.S=$(B)/%.o)
# Everything but main(), for tests.
EMU_LIB := $(filter-out $(B)/emu/main.o,$(EMU_OBJ))
EMU_LDLIBS := -lZydis -ljansson -lnbd -lpng -lslirp -pthread

# Guest memory is read and written through pointers of many types.
emu_CFLAGS := -fno-strict-aliasing $(EMU_DEF)

ALL += $(B)/tickmark-emu $(B)/libtickmark-sde.so

# for PAPI's tools: names of the counters
$(B)/libtickmark-sde.so: emu/profile/sde_list.c $(wildcard emu/profile/*.def) emu/profile/sde_event.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<

$(B)/tickmark-emu: $(EMU_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EMU_LDLIBS)

$(B)/emu/%.o: emu/%.S
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -g -MMD -MP $(emu_CFLAGS) -c $< -o $@

-include emu/tests/*.mk
