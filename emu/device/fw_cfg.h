// What the machine tells its firmware: QEMU's firmware configuration device (QEMU documentation,
// specs/fw_cfg): items by number, and named files in items from 20h.
#ifndef TM_EMU_DEVICE_FW_CFG_H
#define TM_EMU_DEVICE_FW_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fw_cfg;

enum fw_cfg_item {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_RAM_SIZE = 0x03,
    FW_CFG_NOGRAPHIC = 0x04,
    FW_CFG_NB_CPUS = 0x05,
    FW_CFG_KERNEL_ADDR = 0x07,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_INITRD_ADDR = 0x0a,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_BOOT_MENU = 0x0e,
    FW_CFG_MAX_CPUS = 0x0f,
    FW_CFG_KERNEL_ENTRY = 0x10,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_CMDLINE_ADDR = 0x13,
    FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15,
    FW_CFG_SETUP_ADDR = 0x16,
    FW_CFG_SETUP_SIZE = 0x17,
    FW_CFG_SETUP_DATA = 0x18,
    FW_CFG_FILE_DIR = 0x19,
    FW_CFG_FILE_FIRST = 0x20,
    FW_CFG_FILES = 32,
    FW_CFG_ITEMS = FW_CFG_FILE_FIRST + FW_CFG_FILES,
};

// Add an item or a file. The bytes stay the caller's and must live as long as the machine. Adding
// one again replaces it. False if there is no room.
bool fw_cfg_add(struct fw_cfg *d, enum fw_cfg_item item, const void *bytes, size_t n);
bool fw_cfg_add_number(struct fw_cfg *d, enum fw_cfg_item item, uint32_t value);
bool fw_cfg_add_file(struct fw_cfg *d, const char *name, const void *bytes, size_t n);

#endif
