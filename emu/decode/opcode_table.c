// opcodes.def, expanded into constant tables. See opcode_table.h.
//
// Two expansions: one struct per row, and one array initialiser per row with ranges as designators
// (a GNU extension that gcc and clang share). Overlapping rows would be overlapping initialisers,
// which is an error by -Woverride-init.
#include "emu/decode/opcode_table.h"

#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"

// Operand notation -> spec. Constants, so that the rules below can be computed from them by the
// compiler.
enum operand_notation {
    SPEC___ = 0,
    SPEC_Eb = OPERAND_SPEC(PLACE_E, OPSZ_B, 0),
    SPEC_Ew = OPERAND_SPEC(PLACE_E, OPSZ_W, 0),
    SPEC_Ed = OPERAND_SPEC(PLACE_E, OPSZ_D, 0),
    SPEC_Ev = OPERAND_SPEC(PLACE_E, OPSZ_V, 0),
    SPEC_Evw = OPERAND_SPEC(PLACE_E, OPSZ_VW, 0),
    SPEC_M = OPERAND_SPEC(PLACE_E, OPSZ_0, 0),
    SPEC_Mp = OPERAND_SPEC(PLACE_E, OPSZ_P, 0),
    SPEC_Ma = OPERAND_SPEC(PLACE_E, OPSZ_A, 0),
    SPEC_Mq = OPERAND_SPEC(PLACE_E, OPSZ_Q, 0),
    SPEC_Ms = OPERAND_SPEC(PLACE_E, OPSZ_S, 0),
    SPEC_Gb = OPERAND_SPEC(PLACE_G, OPSZ_B, 0),
    SPEC_Gw = OPERAND_SPEC(PLACE_G, OPSZ_W, 0),
    SPEC_Gd = OPERAND_SPEC(PLACE_G, OPSZ_D, 0),
    SPEC_Gv = OPERAND_SPEC(PLACE_G, OPSZ_V, 0),
    SPEC_Rd = OPERAND_SPEC(PLACE_R, OPSZ_D, 0),
    SPEC_Sw = OPERAND_SPEC(PLACE_S, OPSZ_W, 0),
    SPEC_Cd = OPERAND_SPEC(PLACE_C, OPSZ_D, 0),
    SPEC_Dd = OPERAND_SPEC(PLACE_D, OPSZ_D, 0),
    SPEC_Zb = OPERAND_SPEC(PLACE_Z, OPSZ_B, 0),
    SPEC_Zv = OPERAND_SPEC(PLACE_Z, OPSZ_V, 0),
    SPEC_AL = OPERAND_SPEC(PLACE_REG, OPSZ_B, REG_EAX),
    SPEC_CL = OPERAND_SPEC(PLACE_REG, OPSZ_B, REG_ECX),
    SPEC_DX = OPERAND_SPEC(PLACE_REG, OPSZ_W, REG_EDX),
    SPEC_eAX = OPERAND_SPEC(PLACE_REG, OPSZ_V, REG_EAX),
    SPEC_ES = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_ES),
    SPEC_CS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_CS),
    SPEC_SS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_SS),
    SPEC_DS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_DS),
    SPEC_FS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_FS),
    SPEC_GS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_GS),
    SPEC_Ib = OPERAND_SPEC(PLACE_I, OPSZ_B, 0),
    SPEC_Iw = OPERAND_SPEC(PLACE_I, OPSZ_W, 0),
    SPEC_Iz = OPERAND_SPEC(PLACE_I, OPSZ_V, 0),
    SPEC_Ibs = OPERAND_SPEC(PLACE_IS, OPSZ_V, 0),
    SPEC_Jb = OPERAND_SPEC(PLACE_J, OPSZ_B, 0),
    SPEC_Jz = OPERAND_SPEC(PLACE_J, OPSZ_V, 0),
    SPEC_Ob = OPERAND_SPEC(PLACE_O, OPSZ_B, 0),
    SPEC_Ov = OPERAND_SPEC(PLACE_O, OPSZ_V, 0),
    SPEC_Ap = OPERAND_SPEC(PLACE_A, OPSZ_V, 0),
    SPEC_Xb = OPERAND_SPEC(PLACE_X, OPSZ_B, 0),
    SPEC_Xv = OPERAND_SPEC(PLACE_X, OPSZ_V, 0),
    SPEC_Yb = OPERAND_SPEC(PLACE_Y, OPSZ_B, 0),
    SPEC_Yv = OPERAND_SPEC(PLACE_Y, OPSZ_V, 0),
    SPEC_one = OPERAND_SPEC(PLACE_ONE, OPSZ_B, 0),
    SPEC_XLATb = OPERAND_SPEC(PLACE_XLAT, OPSZ_B, 0),
    SPEC_AX = OPERAND_SPEC(PLACE_REG, OPSZ_W, REG_EAX),
    SPEC_Bd = OPERAND_SPEC(PLACE_B, OPSZ_D, 0),
    SPEC_Edb = OPERAND_SPEC(PLACE_E, OPSZ_DB, 0),
    SPEC_Edw = OPERAND_SPEC(PLACE_E, OPSZ_DW, 0),
    SPEC_Hd = OPERAND_SPEC(PLACE_H, OPSZ_D, 0),
    SPEC_Hdq = OPERAND_SPEC(PLACE_H, OPSZ_DQ, 0),
    SPEC_Hh = OPERAND_SPEC(PLACE_H, OPSZ_H, 0),
    SPEC_Hq = OPERAND_SPEC(PLACE_H, OPSZ_Q, 0),
    SPEC_Hqq = OPERAND_SPEC(PLACE_H, OPSZ_QQ, 0),
    SPEC_Hx = OPERAND_SPEC(PLACE_H, OPSZ_X, 0),
    SPEC_Lx = OPERAND_SPEC(PLACE_L, OPSZ_X, 0),
    SPEC_Mb = OPERAND_SPEC(PLACE_E, OPSZ_B, 0),
    SPEC_Md = OPERAND_SPEC(PLACE_E, OPSZ_D, 0),
    SPEC_Mdq = OPERAND_SPEC(PLACE_E, OPSZ_DQ, 0),
    SPEC_Menv = OPERAND_SPEC(PLACE_E, OPSZ_ENV, 0),
    SPEC_Mfx = OPERAND_SPEC(PLACE_E, OPSZ_FX, 0),
    SPEC_Mh = OPERAND_SPEC(PLACE_E, OPSZ_H, 0),
    SPEC_Msave = OPERAND_SPEC(PLACE_E, OPSZ_SAVE, 0),
    SPEC_Mt = OPERAND_SPEC(PLACE_E, OPSZ_T, 0),
    SPEC_Mv = OPERAND_SPEC(PLACE_E, OPSZ_V, 0),
    SPEC_Mw = OPERAND_SPEC(PLACE_E, OPSZ_W, 0),
    SPEC_Mx = OPERAND_SPEC(PLACE_E, OPSZ_X, 0),
    SPEC_Nq = OPERAND_SPEC(PLACE_N, OPSZ_Q, 0),
    SPEC_Pd = OPERAND_SPEC(PLACE_P, OPSZ_D, 0),
    SPEC_Pq = OPERAND_SPEC(PLACE_P, OPSZ_Q, 0),
    SPEC_Qd = OPERAND_SPEC(PLACE_Q, OPSZ_D, 0),
    SPEC_Qq = OPERAND_SPEC(PLACE_Q, OPSZ_Q, 0),
    SPEC_Rv = OPERAND_SPEC(PLACE_R, OPSZ_V, 0),
    SPEC_ST0 = OPERAND_SPEC(PLACE_ST, OPSZ_T, 0),
    SPEC_STi = OPERAND_SPEC(PLACE_STI, OPSZ_T, 0),
    SPEC_Tdq = OPERAND_SPEC(PLACE_T, OPSZ_DQ, 0),
    SPEC_Tq = OPERAND_SPEC(PLACE_T, OPSZ_Q, 0),
    SPEC_Ud = OPERAND_SPEC(PLACE_U, OPSZ_D, 0),
    SPEC_Udq = OPERAND_SPEC(PLACE_U, OPSZ_DQ, 0),
    SPEC_Uq = OPERAND_SPEC(PLACE_U, OPSZ_Q, 0),
    SPEC_Ux = OPERAND_SPEC(PLACE_U, OPSZ_X, 0),
    SPEC_VMd = OPERAND_SPEC(PLACE_VM, OPSZ_D, 0),
    SPEC_VMq = OPERAND_SPEC(PLACE_VM, OPSZ_Q, 0),
    SPEC_Vd = OPERAND_SPEC(PLACE_V, OPSZ_D, 0),
    SPEC_Vdq = OPERAND_SPEC(PLACE_V, OPSZ_DQ, 0),
    SPEC_Vh = OPERAND_SPEC(PLACE_V, OPSZ_H, 0),
    SPEC_Vq = OPERAND_SPEC(PLACE_V, OPSZ_Q, 0),
    SPEC_Vqq = OPERAND_SPEC(PLACE_V, OPSZ_QQ, 0),
    SPEC_Vx = OPERAND_SPEC(PLACE_V, OPSZ_X, 0),
    SPEC_Wb = OPERAND_SPEC(PLACE_W, OPSZ_B, 0),
    SPEC_Wd = OPERAND_SPEC(PLACE_W, OPSZ_D, 0),
    SPEC_Wdq = OPERAND_SPEC(PLACE_W, OPSZ_DQ, 0),
    SPEC_We = OPERAND_SPEC(PLACE_W, OPSZ_EI, 0),
    SPEC_Wf = OPERAND_SPEC(PLACE_W, OPSZ_F, 0),
    SPEC_Wh = OPERAND_SPEC(PLACE_W, OPSZ_H, 0),
    SPEC_Wq = OPERAND_SPEC(PLACE_W, OPSZ_Q, 0),
    SPEC_Wqq = OPERAND_SPEC(PLACE_W, OPSZ_QQ, 0),
    SPEC_Wqx = OPERAND_SPEC(PLACE_W, OPSZ_QX, 0),
    SPEC_Ww = OPERAND_SPEC(PLACE_W, OPSZ_W, 0),
    SPEC_Wx = OPERAND_SPEC(PLACE_W, OPSZ_X, 0),
    SPEC_XMM0 = OPERAND_SPEC(PLACE_XMM, OPSZ_DQ, 0),
};

// The words of the rules column. SSEC and its like are no rules: class_of() looks for them.
#define LOCK  RULE_LOCK
#define COND  RULE_COND
#define MODRM RULE_MODRM
#define NP    RULE_NP
#define U     RULE_UNALIGNED
#define A     RULE_ALIGNED
#define ELSE  RULE_ELSE
#define L0    RULE_L0
#define L1    RULE_L1
#define Y2    RULE_Y2
#define RW    RULE_RW
#define IXH   RULE_IXH
#define SSEC  (CLASS_SSE << CLASS_SHIFT)
#define MMXC  (CLASS_MMX << CLASS_SHIFT)
#define AVXC  (CLASS_AVX << CLASS_SHIFT)
enum { CLASS_SHIFT = 24 };

// The words of the needs column.
enum needs {
#define FEATURE(name, ...) NEEDS_##name = FEATURE_##name,
#include "emu/cpu/features.def"
#undef FEATURE
    NEEDS_I86 = FEATURE_COUNT,
    NEEDS_I186 = FEATURE_COUNT,
    NEEDS_I286 = FEATURE_COUNT,
    NEEDS_I386 = FEATURE_COUNT,
    NEEDS_I486 = FEATURE_COUNT,
};

// The ext column of VEX rows: does VEX.W select?
enum { EXT_RULE_W0 = RULE_W, EXT_RULE_W1 = RULE_W, EXT_RULE_ANY = 0, EXT_RULE_1 = 0 };
enum { EXT_RULE_2 = 0, EXT_RULE_3 = 0, EXT_RULE_4 = 0, EXT_RULE_6 = 0, EXT_RULE_7 = 0 };

// The prefix column: what it is in code.
enum { CODE_NP = 0, CODE_NF = 0, CODE_NF3 = 0, CODE_66 = 0x66, CODE_F2 = 0xf2, CODE_F3 = 0xf3 };

#define PLACE_IS(spec, place) (SPEC_PLACE(spec) == PLACE_##place)
#define IN_MODRM(spec)        (SPEC_PLACE(spec) != PLACE_NONE && SPEC_PLACE(spec) <= PLACE_LAST_MODRM)
#define IN_MEMORY(spec)                                                                            \
    (PLACE_IS(spec, E) || PLACE_IS(spec, W) || PLACE_IS(spec, Q) || PLACE_IS(spec, VM))
#define IN_VVVV(spec) (PLACE_IS(spec, H) || PLACE_IS(spec, B))
#define IN_VSIB(spec) PLACE_IS(spec, VM)
#define IN_XMM(spec)                                                                               \
    (PLACE_IS(spec, V) || PLACE_IS(spec, W) || PLACE_IS(spec, U) || PLACE_IS(spec, H))
#define IN_MMX(spec)           (PLACE_IS(spec, P) || PLACE_IS(spec, Q) || PLACE_IS(spec, N))
#define ANY_OF(is, a, b, c, d) (is(SPEC_##a) || is(SPEC_##b) || is(SPEC_##c) || is(SPEC_##d))
#define CLASS_OF(is_vex, word, a, b, c, d)                                                         \
    ((word) >> CLASS_SHIFT         ? (word) >> CLASS_SHIFT                                         \
     : !ANY_OF(IN_XMM, a, b, c, d) ? (ANY_OF(IN_MMX, a, b, c, d) ? CLASS_MMX : CLASS_INTEGER)      \
     : (is_vex)                    ? CLASS_AVX                                                     \
                                   : CLASS_SSE)
#define ROW(is_vex, pfx, name, a, b, c, d, words, feature, row_class)                              \
    {.mnemonic = MN_##name,                                                                        \
     .spec = {SPEC_##a, SPEC_##b, SPEC_##c, SPEC_##d},                                             \
     .rules = ((words)&0xffff) | (ANY_OF(IN_MODRM, a, b, c, d) ? RULE_MODRM : 0) |                 \
              (ANY_OF(IN_MEMORY, a, b, c, d) ? RULE_MEM : 0) |                                     \
              (ANY_OF(IN_VVVV, a, b, c, d) ? RULE_VVVV : 0) |                                      \
              (ANY_OF(IN_VSIB, a, b, c, d) ? RULE_VSIB : 0),                                       \
     .needs = NEEDS_##feature,                                                                     \
     .cls = row_class,                                                                             \
     .prefix = pfx,                                                                                \
     .vex = is_vex,                                                                                \
     .line = __LINE__,                                                                             \
     .file = __FILE__},
#define OP(map, opcode, ext, form, name, a, b, c, words, feature)                                  \
    ROW(false, 0, name, a, b, c, __, words, feature, CLASS_INTEGER)
#define OP01(modrm, name, words, feature)                                                          \
    ROW(false, 0, name, __, __, __, __, (words) | MODRM, feature, CLASS_INTEGER)
#define X87M(opcode, ext, name, a, b, feature)                                                     \
    ROW(false, 0, name, a, b, __, __, 0, feature, CLASS_X87)
#define X87R(opcode, modrm, name, a, b, feature)                                                   \
    ROW(false, 0, name, a, b, __, __, MODRM, feature, CLASS_X87)
#define SIMD(map, prefix, opcode, ext, form, name, a, b, c, d, words, feature)                     \
    ROW(false, CODE_##prefix, name, a, b, c, d, words, feature, CLASS_OF(false, words, a, b, c, d))
#define VEX(map, prefix, opcode, ext, form, name, a, b, c, d, words, feature)                      \
    ROW(true, CODE_##prefix, name, a, b, c, d, (words) | EXT_RULE_##ext, feature,                  \
        CLASS_OF(true, words, a, b, c, d))
const struct opcode_row opcode_rows[ROW_COUNT] = {
    {.mnemonic = MN_COUNT, .needs = FEATURE_COUNT},
#include "emu/decode/opcodes.def"
};
#undef OP
#undef OP01
#undef X87M
#undef X87R
#undef SIMD
#undef VEX

#define RANGE(first, last) first... last
#define FORM_ANY           0 ... 1
#define FORM_MEM           0
#define FORM_REG           1
#define ANY                0 ... 7
#define W0                 0
#define W1                 1
// The spaces that a prefix column means, of the four beginning with `first`.
#define IN_NP(first)  (first) + OPFX_NP
#define IN_66(first)  (first) + OPFX_66
#define IN_F2(first)  (first) + OPFX_F2
#define IN_F3(first)  (first) + OPFX_F3
#define IN_NF(first)  (first) + OPFX_NP...(first) + OPFX_66
#define IN_NF3(first) (first) + OPFX_NP...(first) + OPFX_F2
#define OP_SPACES_0   0
#define OP_SPACES_1   SPACE_LEGACY... SPACE_LEGACY + OPFX_COUNT - 1
#define OP01(...)
#define X87R(...)
#define OP(map, opcode, ext, form, ...)                                                            \
    [OP_SPACES_##map][opcode][FORM_##form][ext] = ROW_NAME(ROW_I, __LINE__),
#define X87M(opcode, ext, ...) [0][opcode][FORM_MEM][ext] = ROW_NAME(ROW_X, __LINE__),
#define SIMD(map, prefix, opcode, ext, form, ...)                                                  \
    [IN_##prefix(SPACE_LEGACY + (map - 1) * OPFX_COUNT)][opcode][FORM_##form][ext] =               \
        ROW_NAME(ROW_S, __LINE__),
#define VEX(map, prefix, opcode, ext, form, ...)                                                   \
    [IN_##prefix(SPACE_VEX + (map - 1) * OPFX_COUNT)][opcode][FORM_##form][ext] =                  \
        ROW_NAME(ROW_V, __LINE__),
const uint16_t opcode_row_of[SPACE_COUNT][256][2][8] = {
#include "emu/decode/opcodes.def"
};
#undef OP
#undef OP01
#undef X87M
#undef X87R
#undef SIMD
#undef VEX

#define OP(...)
#define X87M(...)
#define SIMD(...)
#define VEX(...)
#define OP01(modrm, ...)         [MODRM_GROUP_0F01][modrm] = ROW_NAME(ROW_I, __LINE__),
#define X87R(opcode, modrm, ...) [(opcode)&7][modrm] = ROW_NAME(ROW_X, __LINE__),
const uint16_t modrm_row_of[MODRM_GROUPS][256] = {
#include "emu/decode/opcodes.def"
};
