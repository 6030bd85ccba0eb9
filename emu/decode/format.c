// Disassembly for people, through Zydis: a second opinion on the bytes, independent of our tables.
#include <Zydis/Zydis.h>
#include <stdio.h>

#include "emu/decode/insn.h"

void insn_format(const uint8_t *code, size_t avail, bool code32, uint32_t eip, char *buf,
                 size_t size)
{
    ZydisMachineMode mode = code32 ? ZYDIS_MACHINE_MODE_LEGACY_32 : ZYDIS_MACHINE_MODE_LEGACY_16;
    ZydisDisassembledInstruction text;
    if (size == 0)
        return;
    if (avail == 0)
        snprintf(buf, size, "(no bytes)");
    else if (ZYAN_SUCCESS(ZydisDisassembleIntel(mode, eip, code, avail, &text)))
        snprintf(buf, size, "%s", text.text);
    else
        snprintf(buf, size, "db 0x%02x", code[0]);
}
