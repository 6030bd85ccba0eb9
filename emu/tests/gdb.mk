# Tests of the gdb stub: with a client of our own, and with gdb itself.
CHECK += $(B)/emu/tests/gdb_test
CHECK_NEEDS += $(B)/emu/tests/guests/gdb.elf
$(B)/emu/tests/gdb_test: | $(B)/emu/tests/guests/gdb.elf
CHECK_FULL += emu/tests/gdb_real.sh
