// A decoded instruction: what decode/ produces, and what interp/ and translate/ consume.
//
// The decoder is driven by two tables: mnemonics.def (one row a mnemonic: flags read, written,
// undefined) and opcodes.def (one row an encoding: bytes -> mnemonic and operand kinds).
#ifndef TM_EMU_DECODE_INSN_H
#define TM_EMU_DECODE_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/cpu/features.h"

// MN_ADD, MN_MOV, ... in the order of mnemonics.def. Jcc, SETcc and CMOVcc are one mnemonic each
// with insn.cond = the condition 0-15 of the opcode's low four bits.
enum mnemonic {
#define MNEMONIC(name, ...) MN_##name,
#include "emu/decode/mnemonics.def"
#undef MNEMONIC
    MN_COUNT
};

enum operand_kind {
    OPND_NONE,
    OPND_REG,   // general register `reg` of `size` bytes; size 1: 0-3 = AL..BL, 4-7 = AH..BH
    OPND_MEM,   // memory, described by insn.mem, `size` bytes (size 0: address only, as in LEA,
                // INVLPG)
    OPND_IMM,   // insn.imm, already sign- or zero-extended as the instruction wants it
    OPND_IMM2,  // insn.imm2: the second immediate of ENTER, the selector of far pointers
    OPND_REL,   // branch displacement in insn.imm, sign-extended; relative to the next instruction
    OPND_SREG,  // segment register `reg`
    OPND_CREG,  // control register `reg`
    OPND_DREG,  // debug register `reg`
    OPND_MOFFS, // memory at absolute offset insn.mem.disp in segment insn.mem.seg (A0-A3)
    OPND_ST,    // x87 register ST(reg)
    OPND_MM,    // MMX register `reg`
    OPND_XMM,   // XMM register `reg`
    OPND_YMM,   // YMM register `reg`
};

struct operand {
    uint8_t kind; // enum operand_kind
    uint8_t reg;
    uint16_t size; // bytes read or written, which may be less than the register has (MOVSS: 4)
};

enum { REG_NONE = 0xff };
struct mem_ref {
    uint8_t seg;   // enum cpu_seg after overrides and the SS default of (E)BP and (E)SP bases
    uint8_t base;  // register 0-7 or REG_NONE
    uint8_t index; // register 0-7 or REG_NONE
    uint8_t scale; // 0-3: index << scale
    uint32_t disp; // sign-extended; the sum wraps at insn.addr_size
};

enum {
    PREFIX_LOCK = 1 << 0,
    PREFIX_REP = 1 << 1,   // F3
    PREFIX_REPNE = 1 << 2, // F2
};

// How opcodes.def fills the operands, where it is not plain from the manual's notation:
//  - strings: opnd[0] has the element's size (OUTS: element, then port). X operands are seg:(E)SI
//  and Y
//    operands ES:(E)DI, both OPND_MEM; insn.mem describes the X one if there is one, else the Y
//    one. REP and REPNE: the last of them counts, and is the only one in `prefixes`; others ignore
//    both.
//  - far pointers in the code: opnd[0] = OPND_IMM2, the selector; opnd[1] = OPND_IMM, the offset.
//  - shifts by 1 (D0, D1): opnd[1] = OPND_IMM with imm = 1 and imm_at = 0.
//  - XLAT: opnd[0] = OPND_MEM at seg:(E)BX without AL added.
//  - immediates fit their size: 66 83 /0 FF has imm = 0xFFFF, 83 /0 FF has 0xFFFFFFFF. OPND_REL is
//    sign-extended to 32 bits whatever its size; the target wraps at op_size.
//  - MOV Sw, SLDT, STR, SMSW: as register of op_size bytes, as memory 2 bytes. MOV CR, DR:
//  always 4.
//  - CBW, CWD, LAHF, PUSHA, DAA, SALC and the like, and MUL, DIV, ..., do not list implicit
//  registers.
//  - x87: arithmetic and compares have ST(0) as an operand; loads, stores and FCHS and the like do
//    not. FLDENV, FNSTENV: 14 or 28 bytes by op_size, FRSTOR, FNSAVE: 94 or 108.
//  - implicit XMM0 is an operand: the third of BLENDVPS, BLENDVPD, PBLENDVB and SHA256RNDS2 (read),
//    the fourth of PCMPESTRM and PCMPISTRM (written). The register in imm8 of VBLENDVPS and its
//    like is the fourth operand, and imm the whole byte.
//  - MASKMOVQ, MASKMOVDQU: opnd[0] = OPND_MEM at seg:(E)DI, then source and mask.
//  - masked moves and gathers: the size is the whole vector's, and one element's.
//  - XSAVE and its family: size 0; what they access depends on XCR0, EAX and EDX.
//
// To run an instruction of class X87, MMX, SSE or AVX on the host with another memory operand, this
// is all that its encoding needs (VEX.vvvv is the operand behind the first that is no ModRM one):
//   legacy  simd_prefix (66 F3 F2), 0F 38 3A by map, opcode, ModRM.reg and rm of modrm, imm if
//   imm_at VEX     map, simd_prefix as pp, vex_l, vex_w, vvvv = the register of that operand (1111b
//   where
//           there is none), opcode, ModRM, imm if imm_at. vex_w is 0 where W is ignored in 32-bit
//           code, so that it may be used in 64-bit code, where W would mean 64 bits.
// General registers among the operands are OPND_REG; implicit ones: insn_implicit_registers().
struct insn {
    uint16_t mnemonic; // enum mnemonic
    uint16_t row;      // row of opcodes.def, for statistics and coverage
    uint8_t len;       // bytes, 1-15
    uint8_t op_size;   // 2 or 4: the effective operand size attribute
    uint8_t addr_size; // 2 or 4
    uint8_t prefixes;  // PREFIX_*
    uint8_t cond;      // condition of Jcc, SETcc, CMOVcc
    uint8_t map;       // 0: one-byte map, 1: 0F, 2: 0F 38, 3: 0F 3A (VEX.mmmmm alike)
    uint8_t opcode;    // last opcode byte
    uint8_t modrm;     // as read; 0 where there is none
    uint8_t nopnd;
    struct operand opnd[4];
    struct mem_ref mem;
    uint32_t imm, imm2;
    uint8_t simd_prefix; // 0, 0x66, 0xF3 or 0xF2 where it selects the instruction (mandatory prefix
                         // or VEX.pp); F3 and F2 do not show in `prefixes` then
    uint8_t cls;         // enum insn_class
    bool vex;            // encoded with C4 or C5; VEX.vvvv, where used, is an ordinary operand
    bool vex_l;          // VEX.L: 256 bits
    bool vex_w;          // VEX.W where it selects the instruction, else false
    uint8_t vsib;        // gathers: mem.index is a vector register of so many bytes, 16 or 32; the
                         // memory operand is one element. Else 0
    uint8_t prefix_len;  // bytes before the opcode (legacy prefixes)
    uint8_t modrm_at;    // offset of the ModRM byte, 0 if none
    uint8_t imm_at;      // offset of the first immediate/relative/absolute-offset byte, 0 if none
};

// Mnemonic facts, from mnemonics.def. Flag sets are FLAG_* bits of cpu.h (arithmetic ones only).
struct mnemonic_info {
    const char *name; // lower case
    uint32_t reads;   // arithmetic flags it may read
    uint32_t writes;  // arithmetic flags it always writes (so what was there before is dead)
    uint32_t changes; // arithmetic flags it may change (writes, plus "may": shifts by CL, rep with
                      // count 0)
    uint32_t undefined; // of those, what the manual leaves undefined
    uint32_t kind;      // MNK_* bits
};
enum {
    MNK_BRANCH = 1 << 0, // may set EIP to other than the next instruction
    MNK_END =
        1
        << 1, // ends a block for other reasons (mode, interrupt flag, segment, page tables change)
    MNK_PRIVILEGED = 1 << 2, // #GP outside ring 0 (or by IOPL)
    MNK_LOCKABLE = 1 << 3,   // LOCK is allowed with a memory destination
    MNK_STRING = 1 << 4,
    MNK_TO = 1 << 5,  // the first operand is only written
    MNK_RMW = 1 << 6, // the first operand is read and written; neither bit: it is only read
};
extern const struct mnemonic_info insn_mnemonics[MN_COUNT];

enum decode_status {
    DECODE_OK,
    DECODE_UD,       // undefined opcode or illegal form: #UD
    DECODE_TOO_LONG, // over 15 bytes: #GP(0)
    DECODE_MORE,     // the bytes given ended before the instruction did
};

// Decode one instruction from code[0..avail). `code32`: the D bit of CS. `features`: what the CPU
// has (NULL: everything); an encoding that needs more is DECODE_UD, or what it was before that
// feature came (F3 0F BC without BMI1 is BSF). Never reads past avail; avail may be more than 15.
// On DECODE_OK fills *insn. On DECODE_UD fills insn->len with the bytes looked at.
enum decode_status insn_decode(const uint8_t *code, size_t avail, bool code32,
                               const struct cpu_features *features, struct insn *insn);

// Which rules of CR0, CR4 and XCR0 an instruction is under. CLASS_INTEGER: none, or its handler
// looks itself (FXSAVE, XSAVE, FWAIT). Conversions between MMX and XMM are CLASS_SSE.
enum insn_class { CLASS_INTEGER, CLASS_X87, CLASS_MMX, CLASS_SSE, CLASS_AVX, CLASS_COUNT };
static inline enum insn_class insn_class(const struct insn *insn)
{
    return (enum insn_class)insn->cls;
}

// What the instruction does to operand i: ACCESS_* bits; 0 for an address only (size 0, NOP, LEA).
// A destination that may be left alone (CMOVcc, BSF, LAR) counts as read and written.
enum { ACCESS_READ = 1 << 0, ACCESS_WRITE = 1 << 1 };
unsigned insn_operand_access(const struct insn *insn, unsigned i);

// General registers that the instruction reads and writes although no operand and no address names
// them, as bits 1 << REG_*: EAX and EDX of MUL, ESP of PUSH, ECX of REP, EAX and EDX of PCMPESTRI.
// A register of which only a part is written counts as read, too.
struct insn_registers {
    uint8_t reads, writes;
};
struct insn_registers insn_implicit_registers(const struct insn *insn);

// True when the memory operand must be aligned to its size, else #GP(0): 16-byte operands of
// legacy SSE but for the unaligned moves and their like, and the aligned moves of AVX.
bool insn_needs_alignment(const struct insn *insn);

// Which flags this very instruction reads/writes/may change/leaves undefined: as the mnemonic's
// row, but refined by its operands (a shift by an immediate 0 changes nothing, by 1 defines OF,
// ...).
struct insn_flags {
    uint32_t reads, writes, changes, undefined;
};
struct insn_flags insn_flag_effects(const struct insn *insn);

// MNK_* bits of this very instruction: the mnemonic's, and for MOV and POP what their segment,
// control and debug register forms add (MNK_END for loads of segment registers, CRs and DRs;
// MNK_PRIVILEGED for CR, DR).
uint32_t insn_kind(const struct insn *insn);

// Disassemble into buf (Intel syntax), through Zydis; for people only.
void insn_format(const uint8_t *code, size_t avail, bool code32, uint32_t eip, char *buf,
                 size_t size);

#endif
