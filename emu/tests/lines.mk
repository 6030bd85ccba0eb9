CHECK += $(B)/emu/tests/lines_test
CHECK += emu/tests/lines.sh
