# docs/: the manual pages. The tables in them are the programs' own.
MAN        := $(B)/docs/tickmark.1 $(B)/docs/tickmark-emu.1
MAN_TABLES := emu/options.def emu/machine/settings.def emu/machine/dump.def emu/monitor/words.def \
              collector/option.def collector/command.def

$(B)/docs/%.1: docs/%.1 docs/man.sh $(MAN_TABLES)
	@mkdir -p $(@D)
	docs/man.sh $(@F) >$@.tmp && mv $@.tmp $@
ALL += $(MAN)
CHECK += docs/tests/man_test.sh
ASAN_SKIP += docs/tests/man_test.sh # nothing of ours is compiled into what it reads
