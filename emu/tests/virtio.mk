# Tests of virtio: the transport and its devices.
CHECK += $(B)/emu/tests/virtio_test $(B)/emu/tests/virtio_blk_test
CHECK_FULL += emu/tests/boot_disk_errors.sh
