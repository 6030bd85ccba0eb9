# Tests of emu/net and of the network cards.
CHECK += $(B)/emu/tests/ne2k_test $(B)/emu/tests/net_test
CHECK_FULL += emu/tests/boot_network.sh
