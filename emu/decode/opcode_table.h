// opcodes.def as data: what each encoding is made of, and which row an opcode and its ModRM byte
// select.
//
// Interface: opcode_rows[] (one struct per row of opcodes.def, row 0 = undefined), opcode_row_of[].
// Invariants: all of it is constant data made by the compiler; nothing is set up at run time.
// For decode/ and its tests only: everybody else sees struct insn.
#ifndef TM_EMU_DECODE_OPCODE_TABLE_H
#define TM_EMU_DECODE_OPCODE_TABLE_H

#include <stdint.h>

// Where an operand comes from.
enum operand_place {
    PLACE_NONE,
    PLACE_E, // ModRM.rm: register or memory (also M: the row's form rules registers out)
    PLACE_G, // ModRM.reg: general register
    PLACE_R, // ModRM.rm: register whatever ModRM.mod says
    PLACE_S, // ModRM.reg: segment register
    PLACE_C, // ModRM.reg: control register
    PLACE_D, // ModRM.reg: debug register
    PLACE_LAST_MODRM = PLACE_D,
    PLACE_Z,    // low three bits of the opcode: general register
    PLACE_REG,  // the general register `arg`
    PLACE_SEG,  // the segment register `arg`
    PLACE_I,    // immediate, `size` bytes
    PLACE_IS,   // immediate of one byte, sign-extended to `size`
    PLACE_J,    // branch displacement
    PLACE_O,    // absolute offset of address size
    PLACE_A,    // far pointer: becomes two operands
    PLACE_X,    // seg:(E)SI
    PLACE_Y,    // ES:(E)DI
    PLACE_ONE,  // the constant 1
    PLACE_XLAT, // seg:(E)BX, to which AL is added
};

// How many bytes it has.
enum operand_size {
    OPSZ_0,  // an address only
    OPSZ_B,  // 1
    OPSZ_W,  // 2
    OPSZ_D,  // 4
    OPSZ_Q,  // 8
    OPSZ_S,  // 6: limit and base
    OPSZ_V,  // the operand size
    OPSZ_P,  // the operand size and a selector
    OPSZ_A,  // twice the operand size
    OPSZ_VW, // a register of the operand size, or a word in memory
    OPSZ_COUNT
};

// An operand in 16 bits: place in 0-4, size in 5-8, arg in 9-11.
#define OPERAND_SPEC(place, size, arg) ((place) | (size) << 5 | (arg) << 9)
#define SPEC_PLACE(spec)               ((unsigned)(spec)&31u)
#define SPEC_SIZE(spec)                ((unsigned)(spec) >> 5 & 15u)
#define SPEC_ARG(spec)                 ((unsigned)(spec) >> 9 & 7u)

enum {
    RULE_LOCK = 1 << 0,  // LOCK is allowed when operand 1 is memory
    RULE_COND = 1 << 1,  // the opcode's low four bits are a condition
    RULE_MODRM = 1 << 2, // a ModRM byte follows
    RULE_NP = 1 << 3,    // #UD with 66, F2 or F3
    RULE_RM1 = 1 << 4,   // ModRM.rm must be 1
    RULE_MEM = 1 << 5,   // some operand is E: ModRM.mod and rm may name memory
};

// First Intel CPU that has the encoding.
enum opcode_cpu {
    CPU_I86,
    CPU_I186,
    CPU_I286,
    CPU_I386,
    CPU_I486,
    CPU_P5,
    CPU_P6,
    CPU_P3,
    CPU_P4,
    CPU_LATER
};

struct opcode_row {
    uint16_t mnemonic; // enum mnemonic
    uint16_t spec[3];  // OPERAND_SPEC()
    uint8_t rules;     // RULE_*
    uint8_t cpu;       // enum opcode_cpu
    uint16_t line;     // of opcodes.def, for messages
};

// Row numbers, made from line numbers of opcodes.def.
#define ROW_PASTE(a, b) a##b
#define ROW_NAME(line)  ROW_PASTE(ROW_, line)
enum opcode_row_number {
    ROW_UNDEFINED,
#define OP(...) ROW_NAME(__LINE__),
#include "emu/decode/opcodes.def"
#undef OP
    ROW_COUNT
};

enum { OPCODE_MAPS = 2 };
extern const struct opcode_row opcode_rows[ROW_COUNT];
// [map][opcode][ModRM.mod == 3][ModRM.reg]; opcodes without ModRM have the same row in all 16
// places.
extern const uint16_t opcode_row_of[OPCODE_MAPS][256][2][8];

#endif
