// See coverage.h.
#include "emu/tests/coverage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/decode/insn.h"

void coverage_write(const char *proof, const uint64_t rows[ROW_COUNT])
{
    const char *path = getenv("COVERAGE");
    FILE *f = path ? fopen(path, "a") : NULL;
    if (path && !f)
        printf("FAIL coverage: %s cannot be written\n", path);
    if (!f)
        return;
    for (unsigned row = ROW_UNDEFINED + 1; row < ROW_COUNT; row++) {
        const struct opcode_row *r = &opcode_rows[row];
        const char *slash = strrchr(r->file, '/');
        fprintf(f, "%s\t%s\t%u\t%s\t%s\t%" PRIu64 "\n", proof, slash ? slash + 1 : r->file, r->line,
                insn_mnemonics[r->mnemonic].name, r->rules & RULE_MEM ? "m" : "-", rows[row]);
    }
    if (fclose(f) != 0)
        printf("FAIL coverage: %s cannot be written\n", path);
}
