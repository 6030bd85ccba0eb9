/* listing.c: see listing.h. The disassembler is Zydis. */
#include "collector/listing.h"

#include <Zydis/Zydis.h>
#include <string.h>

enum { TEXT = 96, GUEST_WIDTH = 42 };

/* One instruction as text; its length, at least 1. */
static size_t disassemble(int is_host, const uint8_t *code, size_t bytes, uint64_t address,
                          char *to, size_t room)
{
    ZydisMachineMode mode = is_host ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32;
    ZydisDisassembledInstruction text;
    if (ZYAN_SUCCESS(ZydisDisassembleIntel(mode, address, code, bytes, &text))) {
        snprintf(to, room, "%s", text.text);
        return text.info.length;
    }
    snprintf(to, room, "db 0x%02x", code[0]);
    return 1;
}

/* Blank where nothing was seen: a column of zeros hides what counts. */
static void print_figure(FILE *out, double value)
{
    if (value > 0)
        fprintf(out, " %9.2f", value);
    else
        fprintf(out, " %9s", "");
}

static void print_head(const struct profile_block *b, FILE *out)
{
    char name[200];
    snprintf(name, sizeof name, "%08x %s%s", b->linear, b->symbol,
             b->mode & 0x80 ? " (without shared lookups)" : "");
    fprintf(out, "%s: %.0f executions, %.0f clk each", name, b->execs,
            b->execs > 0 ? b->clk / b->execs : 0);
    if (b->exits > 0)
        fprintf(out, ", C called %.0f times", b->exits);
    fprintf(out, "\n%9s %9s %9s  %-*s %s\n", "clk", "clk in C", "C calls", GUEST_WIDTH, "guest",
            "host");
}

/* The host instructions of code from..to, the first one behind what is on the line already. */
static void print_host(const struct profile_block *b, size_t from, size_t to, FILE *out)
{
    char text[TEXT];
    int first = 1;
    if (from >= to)
        fputc('\n', out);
    while (from < to) {
        from += disassemble(1, b->host + from, to - from, from, text, sizeof text);
        if (!first)
            fprintf(out, "%*s", 9 * 3 + 2 + 2 + GUEST_WIDTH + 1, "");
        fprintf(out, "%s\n", text);
        first = 0;
    }
}

void listing_name_insn(const struct profile_block *b, size_t k, char *to, size_t room)
{
    char text[TEXT] = "?";
    const struct profile_insn *i = &b->insn[k];
    if (b->guest && i->guest < b->guest_bytes)
        disassemble(0, b->guest + i->guest, b->guest_bytes - i->guest, b->linear + i->guest, text,
                    sizeof text);
    snprintf(to, room, "%08x %s", b->linear + i->guest, text);
}

void listing_print(const struct profile_block *b, FILE *out)
{
    print_head(b, out);
    if (!b->guest || !b->insn_count) {
        fprintf(out, "  (its code is not in the file)\n");
        return;
    }
    double executions = b->execs > 0 ? b->execs : 1;
    for (size_t k = 0; k < b->insn_count; k++) {
        const struct profile_insn *i = &b->insn[k];
        char guest[TEXT + 16] = "(entry)";
        if (k)
            listing_name_insn(b, k, guest, sizeof guest);
        double figures[] = {i->clk / executions, i->c_clk / executions, i->exits / executions};
        for (size_t f = 0; f < 3; f++)
            print_figure(out, figures[f]);
        fprintf(out, "  %-*s ", GUEST_WIDTH, guest);
        size_t to = k + 1 < b->insn_count ? b->insn[k + 1].host : b->host_bytes;
        print_host(b, b->host ? i->host : to, to <= b->host_bytes ? to : b->host_bytes, out);
    }
}

void listing_print_side(const struct profile_block *b, int is_host, FILE *out)
{
    const uint8_t *code = is_host ? b->host : b->guest;
    size_t bytes = is_host ? b->host_bytes : b->guest_bytes;
    char text[TEXT];
    for (size_t at = 0; code && at < bytes;) {
        uint64_t address = is_host ? at : b->linear + at;
        at += disassemble(is_host, code + at, bytes - at, address, text, sizeof text);
        fprintf(out, "%s\n", text);
    }
}
