# Tickmark: one Makefile, one fragment per folder.
#   make            build everything into build/
#   make sweep      set up, build, measure, draw the report
#   make check      set up, build, run the quick tests (closing line: N passed, N failed)
#   make check-full the same with the long proofs, a program for each processor at a time (JOBS=N: N)
#   make lint       format, warnings of gcc and clang, include arrows, file lengths
#   make asan       the tests under the address and undefined behaviour sanitizers
#   make coverage   docs/coverage.md: which encodings which proof has reached
#   make fuzz       random machines on the engines under the sanitizers, FUZZ_SECONDS each (3600)
#   make deps       install what all of these need (each of them does its part by itself)
#   make install    programs and manual pages below PREFIX (/usr/local); DESTDIR is put before it
#   make uninstall  take them away again
#   make clean      remove what was built; results and report stay
# Each <folder>/rules.mk adds to the variables below and knows only its own folder.
.DEFAULT_GOAL := all
B       := build
CC      := gcc
WARN    := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
OPT     ?= -O2 -g
# -I. : every include names its folder, so that the arrows between folders can be checked.
CPPFLAGS += -I. -I$(B) -D_GNU_SOURCE
CFLAGS  += -std=c11 $(OPT) $(WARN) -Werror -MMD -MP
ALL         :=   # what `make all` leaves in build/
CHECK       :=   # test programs of `make check`: run from here, print `ok NAME` or `FAIL NAME: why`
FUZZ        :=   # programs of `make fuzz`: take -t SECONDS, print verdicts as those of CHECK
CHECK_NEEDS :=   # what its scripts use, built with them (not prerequisites of `check`: those would come before deps)
CHECK_FULL  :=   # the long proofs; `make check-full` runs CHECK and these
ASAN_SKIP   :=   # of CHECK, what `make asan` leaves out, with the reason in the fragment
LINT_SKIP   :=   # files that `make lint` leaves alone, with the reason in the fragment
SWEEP       ?= --quick --minutes 11  # options for the sweep of `make sweep`

include $(wildcard */rules.mk)
ifdef ASAN
CHECK := $(filter-out $(ASAN_SKIP),$(CHECK))
endif

all: $(ALL)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $($(firstword $(subst /, ,$*))_CFLAGS) -c $< -o $@

# An object made with other flags is made again, whichever rule makes it: each that exists depends on this file,
# which changes only when they do.
FLAGS := $(CC) $(shell $(CC) -dumpfullversion 2>/dev/null) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(emu_CFLAGS) $(BENCH_CC) $(BENCH_FLAGS)
$(B)/flags: always
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' >$@
$(shell find $(B) -type f -name '*.o' 2>/dev/null): $(B)/flags

# What is built comes after what is installed, also with -j: so a second make, on all processors unless told, and
# without its commands unless V=1.
BUILD = +@$(if $(V),,echo building; )$(MAKE) --no-print-directory $(if $(V),,-s) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

deps:
	@tests/deps.sh build check sweep lint

check:
	@tests/deps.sh build check
	$(BUILD) all $(CHECK) $(CHECK_NEEDS)
	@tests/run.sh $(CHECK)

check-full:
	@tests/deps.sh build check
	$(BUILD) all $(CHECK) $(CHECK_NEEDS) $(CHECK_FULL) $(CHECK_FULL_NEEDS)
	@JOBS=$${JOBS:-$$(nproc)} tests/run.sh $(CHECK) $(CHECK_FULL)

# The report is drawn even if an answer was wrong: it says so, and the exit status does.
sweep:
	@tests/deps.sh build sweep
	$(BUILD) all
	$(B)/tickmark sweep $(SWEEP); status=$$?; $(B)/tickmark report && exit $$status

LINT_FLAGS = $(CPPFLAGS) $(filter-out -MMD -MP -O% -g,$(CFLAGS))
lint:
	@tests/deps.sh build lint
	$(BUILD) all
	@LINT_SKIP='$(strip $(LINT_SKIP))' LINT_FLAGS='$(LINT_FLAGS)' LINT_EMU_FLAGS='$(emu_CFLAGS)' \
	LINT_BENCH_FLAGS='$(filter-out -MMD -MP,$(BENCH_FLAGS))' \
	LINT_GUEST_FLAGS='$(filter-out -MMD -MP -fno-toplevel-reorder,$(SYSTEM_FLAGS))' tests/lint.sh

LSAN     := suppressions=$(CURDIR)/tests/leaks.supp:print_suppressions=0
ASAN_OPT := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
# Translated code and the bench run as they are; what is instrumented is everything around them.
asan:
	@LSAN_OPTIONS=$(LSAN) $(MAKE) --no-print-directory ASAN=1 B=build-asan OPT='$(ASAN_OPT)' check

# PROGRAMS, below build-asan/: for a test of check-full that wants the sanitizers.
asan-build:
	@$(MAKE) --no-print-directory ASAN=1 B=build-asan OPT='$(ASAN_OPT)' $(PROGRAMS:%=build-asan/%)

FUZZ_SECONDS ?= 3600
fuzz:
	@tests/deps.sh build check
	@LSAN_OPTIONS=$(LSAN) $(MAKE) --no-print-directory ASAN=1 B=build-asan OPT='$(ASAN_OPT)' fuzz-run
fuzz-run: $(FUZZ)
	@for f in $(FUZZ); do $$f -t $(FUZZ_SECONDS) & pids="$$pids $$!"; done; \
	status=0; for p in $$pids; do wait $$p || status=1; done; exit $$status

# The programs find each other by being in one folder; those that people start are linked from bin.
PREFIX  ?= /usr/local
DESTDIR ?=
PROGRAMS := tickmark tickmark-emu tickbench
INSTALLED_LIB := $(DESTDIR)$(PREFIX)/lib/tickmark
INSTALLED_MAN := $(DESTDIR)$(PREFIX)/share/man/man1
INSTALLED_BASH := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
INSTALLED_DOC := $(DESTDIR)$(PREFIX)/share/doc/tickmark
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(INSTALLED_LIB) $(INSTALLED_MAN) $(INSTALLED_DOC) $(INSTALLED_BASH)
	install -m 755 $(PROGRAMS:%=$(B)/%) $(INSTALLED_LIB)
	install -m 644 $(B)/tickbench.elf $(B)/tickbench.img $(B)/tickbench.iso $(wildcard $(B)/tickbench.exe) $(INSTALLED_LIB)
	install -m 644 $(B)/libtickmark-sde.so $(INSTALLED_LIB)
	for p in $(PROGRAMS); do ln -sf ../lib/tickmark/$$p $(DESTDIR)$(PREFIX)/bin/$$p || exit 1; done
	install -m 644 $(MAN) $(INSTALLED_MAN)
	install -m 644 $(COMPLETION) $(INSTALLED_BASH)/tickmark
	install -m 644 LICENSE README.md $(INSTALLED_DOC)

uninstall:
	for p in $(PROGRAMS); do rm -f $(DESTDIR)$(PREFIX)/bin/$$p $(INSTALLED_LIB)/$$p; done
	rm -f $(INSTALLED_LIB)/libtickmark-sde.so $(INSTALLED_LIB)/tickbench.elf $(addprefix $(INSTALLED_LIB)/tickbench.,img iso exe)
	for p in $(notdir $(MAN)); do rm -f $(INSTALLED_MAN)/$$p; done
	rm -f $(INSTALLED_BASH)/tickmark
	rm -f $(INSTALLED_DOC)/LICENSE $(INSTALLED_DOC)/README.md
	for d in $(INSTALLED_LIB) $(INSTALLED_DOC); do [ ! -d $$d ] || rmdir $$d; done

clean:
	rm -rf build build-*

-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)
.PHONY: asan-build install uninstall fuzz fuzz-run all check check-full lint asan clean deps sweep always
