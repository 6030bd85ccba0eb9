// The ends of an instruction: every shorter piece of a valid one is DECODE_MORE and is decoded
// without a look at the byte behind it (it lies before an unmapped page); made up to 15 bytes by
// prefixes it is still valid, and with 16 it is DECODE_TOO_LONG.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/decode/insn.h"
#include "emu/tests/decode_walk.h"

enum { INSN_MAX_BYTES = 15 };

struct tally {
    uint8_t *edge; // the first unmapped byte
    uint64_t insns, pieces, bad_more, bad_long, bad_same;
};

static enum decode_status decode_at_edge(const struct tally *tally, const uint8_t *code,
                                         unsigned bytes, bool code32, struct insn *insn)
{
    memcpy(tally->edge - bytes, code, bytes);
    return insn_decode(tally->edge - bytes, bytes, code32, NULL, insn);
}

static void check_insn(const uint8_t code[WALK_BYTES], bool code32, void *opaque)
{
    struct tally *tally = opaque;
    struct insn whole, part;
    if (insn_decode(code, INSN_MAX_BYTES, code32, NULL, &whole) != DECODE_OK)
        return;
    tally->insns++;
    for (unsigned bytes = 0; bytes < whole.len; bytes++, tally->pieces++)
        if (decode_at_edge(tally, code, bytes, code32, &part) != DECODE_MORE)
            tally->bad_more++;
    if (decode_at_edge(tally, code, whole.len, code32, &part) != DECODE_OK ||
        memcmp(&whole, &part, sizeof(whole)))
        tally->bad_same++;

    uint8_t padded[INSN_MAX_BYTES + 1];
    unsigned pad = INSN_MAX_BYTES + 1u - whole.len;
    memset(padded, 0x3e, pad); // DS: changes no length
    memcpy(padded + pad, code, whole.len);
    if (decode_at_edge(tally, padded, INSN_MAX_BYTES + 1, code32, &part) != DECODE_TOO_LONG)
        tally->bad_long++;
    if (decode_at_edge(tally, padded, INSN_MAX_BYTES, code32, &part) != DECODE_TOO_LONG)
        tally->bad_long++;
    if (insn_decode(padded + 1, INSN_MAX_BYTES, code32, NULL, &part) != DECODE_OK ||
        part.len != INSN_MAX_BYTES)
        tally->bad_long++;
}

static void report(const char *name, uint64_t bad, uint64_t of)
{
    if (bad || of == 0)
        printf("FAIL decode_truncated.%s: %" PRIu64 " of %" PRIu64 "\n", name, bad, of);
    else
        printf("ok decode_truncated.%s (%" PRIu64 ")\n", name, of);
}

int main(void)
{
    struct tally tally = {0};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) {
        printf("FAIL decode_truncated: no memory\n");
        return 1;
    }
    tally.edge = pages + page;
    decode_walk(0, 1, check_insn, &tally);
    decode_walk(1, 3, check_insn, &tally);
    decode_walk_sib(check_insn, &tally);
    decode_walk_vex(0x8001, 7, check_insn, &tally);
    report("more", tally.bad_more, tally.pieces);
    report("same_at_page_end", tally.bad_same, tally.insns);
    report("too_long", tally.bad_long, tally.insns);
    return 0;
}
