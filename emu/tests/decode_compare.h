// Our decoder against Zydis on one byte string: what they disagree about, as a set of DIFF_* bits.
#ifndef TM_EMU_TESTS_DECODE_COMPARE_H
#define TM_EMU_TESTS_DECODE_COMPARE_H

#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/decode/insn.h"

// One bit for each thing that is compared.
#define DECODE_DIFFS(D)                                                                            \
    D(ONLY_OURS)  /* we decode it, Zydis does not */                                               \
    D(ONLY_ZYDIS) /* Zydis decodes it, we do not, and it belongs to this stage */                  \
    D(BEYOND)     /* both decode it, but to Zydis it is of a kind that we leave out */             \
    D(LENGTH)                                                                                      \
    D(MNEMONIC)                                                                                    \
    D(COND)                                                                                        \
    D(OP_SIZE)                                                                                     \
    D(ADDR_SIZE)                                                                                   \
    D(PREFIXES)                                                                                    \
    D(OFFSETS) /* of prefixes, ModRM, immediate */                                                 \
    D(MODRM)                                                                                       \
    D(OPND_COUNT)                                                                                  \
    D(OPND_KIND)                                                                                   \
    D(OPND_REG)                                                                                    \
    D(OPND_SIZE)                                                                                   \
    D(MEM_SEG)                                                                                     \
    D(MEM_ADDRESS) /* base, index, scale, displacement */                                          \
    D(IMM)         /* immediates, displacements */                                                 \
    D(REG_ACCESS)  /* read, written or both: operands in registers */                              \
    D(MEM_ACCESS)  /* in memory */                                                                 \
    D(IMPLICIT)    /* general registers that no operand names */                                   \
    D(FEATURE)     /* decodes without the feature, or not with it alone */

enum decode_diff_bit {
#define DIFF_ENUM(name) DIFF_BIT_##name,
    DECODE_DIFFS(DIFF_ENUM)
#undef DIFF_ENUM
        DIFF_BIT_COUNT
};
enum decode_diff {
#define DIFF_ENUM(name) DIFF_##name = 1 << DIFF_BIT_##name,
    DECODE_DIFFS(DIFF_ENUM)
#undef DIFF_ENUM
};

// One byte string through both.
struct decode_pair {
    const uint8_t *code;
    bool code32;
    enum decode_status status;
    struct insn insn;
    bool zydis_ok;
    bool left_out; // Zydis decodes it, and it is of a kind that we leave out at this stage
    ZydisDecodedInstruction zydis;
    ZydisDecodedOperand opnd[ZYDIS_MAX_OPERAND_COUNT];
};

// Call once before all others. False if Zydis does not know a mnemonic of ours.
bool decode_compare_init(void);
// Decode `bytes` bytes with both.
void decode_both(const uint8_t *code, size_t bytes, bool code32, struct decode_pair *pair);
// DIFF_* bits; 0 = they agree (or it is left out by us).
uint32_t decode_differences(const struct decode_pair *pair);
// The names of DIFF_* bits, for messages.
void decode_name_diffs(uint32_t diffs, char *buf, size_t size);

#endif
