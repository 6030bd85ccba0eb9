# Tickmark: one Makefile, one fragment per folder.
#   make            build everything into build/
#   make sweep      set up, build, measure, draw the report
#   make check      set up, build, run the quick tests (closing line: N passed, N failed)
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
CHECK_FULL  :=   # the long proofs; `make check-full` runs CHECK and these
LINT_SKIP   :=   # files that `make lint` leaves alone, with the reason in the fragment

include $(wildcard */rules.mk)

all: $(ALL)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $($(firstword $(subst /, ,$*))_CFLAGS) -c $< -o $@

check: deps all $(CHECK)
	tests/run.sh $(CHECK)

check-full: deps all $(CHECK) $(CHECK_FULL)
	tests/run.sh $(CHECK) $(CHECK_FULL)

lint: all
	tests/lint.sh

asan:
	$(MAKE) B=build-asan OPT='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined' all check

clean:
	rm -rf build build-asan

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all check check-full lint asan clean deps sweep
