# docs/: the manual pages. The tables in them are the programs' own.
MAN_WORDS  := $(shell sed -n 's/^COMMAND.\([a-z]*\),.*/\1/p' collector/command.def)
MAN        := $(B)/docs/tickmark.1 $(B)/docs/tickmark-emu.1 $(MAN_WORDS:%=$(B)/docs/tickmark-%.1)
COMPLETION := $(B)/docs/tickmark.bash
MAN_TABLES := emu/options.def emu/machine/settings.def emu/machine/dump.def emu/monitor/words.def \
              collector/option.def collector/command.def

$(MAN_WORDS:%=$(B)/docs/tickmark-%.1): docs/commands.man docs/man.sh $(MAN_TABLES)
	@mkdir -p $(@D)
	docs/man.sh $(@F) >$@.tmp && mv $@.tmp $@
$(COMPLETION): docs/tickmark.bash docs/man.sh $(MAN_TABLES) collector/env/env.def
	@mkdir -p $(@D)
	docs/man.sh $(@F) >$@.tmp && mv $@.tmp $@
$(B)/docs/%.1: docs/%.1 docs/man.sh $(MAN_TABLES)
	@mkdir -p $(@D)
	docs/man.sh $(@F) >$@.tmp && mv $@.tmp $@
ALL += $(MAN) $(COMPLETION)
CHECK += docs/tests/man_test.sh docs/tests/completion_test.sh
ASAN_SKIP += docs/tests/man_test.sh docs/tests/completion_test.sh # nothing of ours is compiled into what it reads
CHECK += docs/tests/adding_test.sh
ASAN_SKIP += docs/tests/adding_test.sh # the bench is freestanding
