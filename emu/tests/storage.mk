# Tests of emu/block and of the chips of disks, CD-ROM drives and floppies.
CHECK += $(B)/emu/tests/ide_test
