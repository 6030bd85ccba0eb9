# Tests of the VGA, the displays and the monitor.
CHECK += $(B)/emu/tests/vga_test $(B)/emu/tests/vga_machine_test $(B)/emu/tests/monitor_test
