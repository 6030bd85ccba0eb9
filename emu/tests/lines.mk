CHECK += $(B)/emu/tests/lines_test $(B)/emu/tests/terminal_test
CHECK += emu/tests/lines.sh
$(B)/emu/tests/terminal_test: | $(B)/tickmark-emu
