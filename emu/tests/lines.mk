CHECK += $(B)/emu/tests/lines_test
