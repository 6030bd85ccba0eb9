/* MMX, SSE and AVX instructions of the text model (source.h): each as its lanes say in the manual,
 * 16 bytes at a time (8 of an MMX register). A leading v is the VEX form of the same. */
#include "bench/freestanding.h"
#include "bench/source_machine.h"

enum simd_op {
    /* floating point, by lanes */
    SIMD_FADD,
    SIMD_FSUB,
    SIMD_FMUL,
    SIMD_FDIV,
    SIMD_FSQRT,
    SIMD_FMIN,
    SIMD_FMAX,
    SIMD_FADDSUB,
    /* integers, by lanes */
    SIMD_ADD,
    SIMD_SUB,
    SIMD_ADDUS,
    SIMD_SUBUS,
    SIMD_ADDS,
    SIMD_SUBS,
    SIMD_MUL,
    SIMD_MULH,
    SIMD_MULHU,
    SIMD_AVG,
    SIMD_MINU,
    SIMD_MAXU,
    SIMD_MINS,
    SIMD_MAXS,
    SIMD_EQ,
    SIMD_GT,
    SIMD_ABS,
    SIMD_AND,
    SIMD_ANDN,
    SIMD_OR,
    SIMD_XOR,
    SIMD_MULUDQ,
    /* integers, by immediate */
    SIMD_SLL,
    SIMD_SRL,
    SIMD_SRA,
    /* 16 bytes at a time */
    SIMD_MADD,
    SIMD_SAD,
    SIMD_PACKSS,
    SIMD_PACKUS,
    SIMD_UNPACKL,
    SIMD_UNPACKH,
    SIMD_SHUFPS,
    SIMD_SHUFPD,
    SIMD_PSHUFD,
    SIMD_PSHUFLW,
    SIMD_PSHUFB,
    SIMD_ALIGNR,
    SIMD_HADD,
    SIMD_DP,
    SIMD_BLEND,
    SIMD_BSLL,
    SIMD_BSRL,
    SIMD_DUPL
};

#define SIMD_SCALAR 0x100u
#define SIMD_CHUNK  16u

static struct exact_env simd_env(const struct source_run *run)
{
    return (struct exact_env){.unit = EXACT_SSE,
                              .rounding = (enum exact_rounding)(run->m.mxcsr >> 13 & 3),
                              .precision = 64,
                              .daz = run->m.mxcsr >> 6 & 1,
                              .ftz = run->m.mxcsr >> 15};
}

static uint64_t simd_get(const uint8_t *bytes, uint32_t lane, uint32_t size)
{
    uint64_t value = 0;
    memcpy(&value, bytes + lane * size, size);
    return value;
}

static void simd_put(uint8_t *bytes, uint32_t lane, uint32_t size, uint64_t value)
{
    memcpy(bytes + lane * size, &value, size);
}

static int64_t simd_signed(uint64_t value, uint32_t bits)
{
    return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

static uint64_t simd_clamp(int64_t value, int64_t low, int64_t high)
{
    return (uint64_t)(value < low ? low : value > high ? high : value);
}

static struct exact_num simd_from(uint64_t bits, uint32_t size)
{
    return size == 4 ? exact_from32((uint32_t)bits) : exact_from64(bits);
}

static uint64_t simd_to(struct exact_num a, uint32_t size)
{
    return size == 4 ? exact_to32(a) : exact_to64(a);
}

static uint64_t simd_float(struct exact_env *env, uint32_t op, uint64_t abits, uint64_t bbits,
                           uint32_t size, uint32_t lane)
{
    const enum exact_format to = size == 4 ? EXACT_F32 : EXACT_F64;
    struct exact_num a = simd_from(abits, size), b = simd_from(bbits, size), r;
    switch (op) {
    case SIMD_FADD: r = exact_add(env, to, a, b, false); break;
    case SIMD_FSUB: r = exact_add(env, to, a, b, true); break;
    case SIMD_FADDSUB: r = exact_add(env, to, a, b, !(lane & 1)); break;
    case SIMD_FMUL: r = exact_mul(env, to, a, b); break;
    case SIMD_FDIV: r = exact_div(env, to, a, b); break;
    case SIMD_FSQRT: r = exact_sqrt(env, to, b); break;
    default: r = exact_minmax(env, to, a, b, op == SIMD_FMAX);
    }
    return simd_to(r, size);
}

static uint64_t simd_lane(uint32_t op, uint64_t a, uint64_t b, uint32_t bits)
{
    const int64_t sa = simd_signed(a, bits), sb = simd_signed(b, bits);
    const int64_t top = (int64_t)(1ull << (bits - 1)), all = 2 * (top - 1) + 1;
    switch (op) {
    case SIMD_ADD: return a + b;
    case SIMD_SUB: return a - b;
    case SIMD_ADDUS: return simd_clamp((int64_t)(a + b), 0, all);
    case SIMD_SUBUS: return simd_clamp((int64_t)(a - b), 0, all);
    case SIMD_ADDS: return simd_clamp(sa + sb, -top, top - 1);
    case SIMD_SUBS: return simd_clamp(sa - sb, -top, top - 1);
    case SIMD_MUL: return a * b;
    case SIMD_MULH: return (uint64_t)(sa * sb) >> bits;
    case SIMD_MULHU: return a * b >> bits;
    case SIMD_AVG: return (a + b + 1) >> 1;
    case SIMD_MINU: return a < b ? a : b;
    case SIMD_MAXU: return a > b ? a : b;
    case SIMD_MINS: return sa < sb ? a : b;
    case SIMD_MAXS: return sa > sb ? a : b;
    case SIMD_EQ: return a == b ? ~0ull : 0;
    case SIMD_GT: return sa > sb ? ~0ull : 0;
    case SIMD_ABS: return sb < 0 ? 0 - b : b;
    case SIMD_AND: return a & b;
    case SIMD_ANDN: return ~a & b;
    case SIMD_OR: return a | b;
    case SIMD_XOR: return a ^ b;
    case SIMD_MULUDQ: return (uint64_t)(uint32_t)a * (uint32_t)b;
    case SIMD_SLL: return b >= bits ? 0 : a << b;
    case SIMD_SRL: return b >= bits ? 0 : a >> b;
    default: return (uint64_t)(sa >> (b >= bits ? bits - 1 : b)); /* SIMD_SRA */
    }
}

struct simd_args {
    uint8_t a[32], b[32]; /* first and second source */
    uint8_t *to;
    uint32_t bytes, imm;
};

static void simd_fetch(struct source_run *run, const struct source_step *step, struct simd_args *g)
{
    const struct source_operand *o = step->operand, *to = &step->operand[step->operands - 1];
    const bool has_imm = o[0].place == SOURCE_IMM;
    const struct source_operand *b = &o[has_imm];
    const struct source_operand *a = step->operands - has_imm > 2 ? b + 1 : to;
    g->imm = has_imm ? o[0].value : 0;
    g->to = source_bytes(run, to);
    g->bytes = to->place == SOURCE_MEM ? step->operand[0].bytes : to->bytes;
    memcpy(g->a, source_bytes(run, a), g->bytes);
    if (b != to || step->operands - has_imm == 1)
        memcpy(g->b, source_bytes(run, b), g->bytes);
}

static void simd_finish(const struct source_step *step, const struct simd_args *g)
{
    if (step->vex && g->bytes == 16)
        memset(g->to + 16, 0, 16);
}

static void do_lanes_float(struct source_run *run, const struct source_step *step)
{
    struct simd_args g;
    struct exact_env env = simd_env(run);
    const uint32_t size = step->word->arg2 & 0xFF;
    simd_fetch(run, step, &g);
    if (step->vex)
        memcpy(g.to, g.a, g.bytes); /* what a scalar leaves of its first source */
    for (uint32_t i = 0; i < (step->word->arg2 & SIMD_SCALAR ? 1 : g.bytes / size); i++)
        simd_put(g.to, i, size,
                 simd_float(&env, step->word->arg, simd_get(g.a, i, size), simd_get(g.b, i, size),
                            size, i));
    simd_finish(step, &g);
}

static void do_lanes(struct source_run *run, const struct source_step *step)
{
    struct simd_args g;
    const uint32_t size = step->word->arg2, op = step->word->arg;
    simd_fetch(run, step, &g);
    for (uint32_t i = 0; i < g.bytes / size; i++)
        simd_put(g.to, i, size,
                 op >= SIMD_SLL && op <= SIMD_SRA
                     ? simd_lane(op, simd_get(g.a, i, size), g.imm, size * 8)
                     : simd_lane(op, simd_get(g.a, i, size), simd_get(g.b, i, size), size * 8));
    simd_finish(step, &g);
}

static void simd_pack(uint8_t *to, const uint8_t *a, const uint8_t *b, uint32_t bytes,
                      uint32_t size, bool is_signed)
{
    const int64_t top = (int64_t)(1ull << (4 * size - 1));
    const uint32_t lanes = bytes / size;
    for (uint32_t i = 0; i < 2 * lanes; i++) {
        int64_t v = simd_signed(simd_get(i < lanes ? a : b, i % lanes, size), size * 8);
        simd_put(to, i, size / 2,
                 is_signed ? simd_clamp(v, -top, top - 1) : simd_clamp(v, 0, 2 * top - 1));
    }
}

static void simd_sad(uint8_t *to, const uint8_t *a, const uint8_t *b, uint32_t bytes)
{
    for (uint32_t q = 0; q < bytes / 8; q++) {
        uint64_t sum = 0;
        for (uint32_t i = 8 * q; i < 8 * q + 8; i++)
            sum += a[i] > b[i] ? (uint64_t)(a[i] - b[i]) : (uint64_t)(b[i] - a[i]);
        simd_put(to, q, 8, sum);
    }
}

/* DPPS: the products are summed in pairs (SDM vol. 2, DPPS). */
static void simd_dot(struct source_run *run, uint8_t *to, const uint8_t *a, const uint8_t *b,
                     uint32_t imm)
{
    struct exact_env env = simd_env(run);
    uint64_t p[4];
    for (uint32_t i = 0; i < 4; i++)
        p[i] = imm >> (4 + i) & 1
                   ? simd_float(&env, SIMD_FMUL, simd_get(a, i, 4), simd_get(b, i, 4), 4, i)
                   : 0;
    uint64_t low = simd_float(&env, SIMD_FADD, p[0], p[1], 4, 0),
             high = simd_float(&env, SIMD_FADD, p[2], p[3], 4, 0),
             sum = simd_float(&env, SIMD_FADD, low, high, 4, 0);
    for (uint32_t i = 0; i < 4; i++)
        simd_put(to, i, 4, imm >> i & 1 ? sum : 0);
}

static void simd_chunk(struct source_run *run, uint32_t op, uint32_t size, uint8_t *to,
                       const uint8_t *a, const uint8_t *b, uint32_t bytes, uint32_t imm)
{
    const uint32_t lanes = bytes / size;
    struct exact_env env = simd_env(run);
    for (uint32_t i = 0; i < lanes; i++)
        switch (op) {
        case SIMD_MADD: {
            int64_t sum =
                simd_signed(simd_get(a, 2 * i, 2), 16) * simd_signed(simd_get(b, 2 * i, 2), 16) +
                simd_signed(simd_get(a, 2 * i + 1, 2), 16) *
                    simd_signed(simd_get(b, 2 * i + 1, 2), 16);
            simd_put(to, i, 4, (uint64_t)sum);
            break;
        }
        case SIMD_UNPACKL:
            if (i < lanes / 2) {
                simd_put(to, 2 * i, size, simd_get(a, i, size));
                simd_put(to, 2 * i + 1, size, simd_get(b, i, size));
            }
            break;
        case SIMD_UNPACKH:
            if (i < lanes / 2) {
                simd_put(to, 2 * i, size, simd_get(a, i + lanes / 2, size));
                simd_put(to, 2 * i + 1, size, simd_get(b, i + lanes / 2, size));
            }
            break;
        case SIMD_SHUFPS: simd_put(to, i, 4, simd_get(i < 2 ? a : b, imm >> 2 * i & 3, 4)); break;
        case SIMD_SHUFPD: simd_put(to, i, 8, simd_get(i < 1 ? a : b, imm >> i & 1, 8)); break;
        case SIMD_PSHUFD: simd_put(to, i, 4, simd_get(b, imm >> 2 * i & 3, 4)); break;
        case SIMD_PSHUFLW: simd_put(to, i, 2, simd_get(b, i < 4 ? imm >> 2 * i & 3 : i, 2)); break;
        case SIMD_PSHUFB: to[i] = b[i] & 0x80 ? 0 : a[b[i] & (bytes - 1)]; break;
        case SIMD_ALIGNR:
            to[i] = i + imm < bytes ? b[i + imm] : i + imm < 2 * bytes ? a[i + imm - bytes] : 0;
            break;
        case SIMD_HADD: {
            const uint8_t *from = i < lanes / 2 ? a : b;
            uint32_t k = i % (lanes / 2) * 2;
            simd_put(to, i, size,
                     simd_float(&env, SIMD_FADD, simd_get(from, k, size),
                                simd_get(from, k + 1, size), size, 0));
            break;
        }
        case SIMD_BLEND: simd_put(to, i, size, simd_get(imm >> i & 1 ? b : a, i, size)); break;
        case SIMD_BSLL: to[i] = i >= imm ? a[i - imm] : 0; break;
        case SIMD_BSRL: to[i] = i + imm < bytes ? a[i + imm] : 0; break;
        case SIMD_DUPL: simd_put(to, i, size, simd_get(b, i & ~1u, size)); break;
        default: run->why = "the model lacks an operation"; break;
        }
}

static void do_chunks(struct source_run *run, const struct source_step *step)
{
    struct simd_args g;
    const uint32_t op = step->word->arg, size = step->word->arg2;
    simd_fetch(run, step, &g);
    const uint32_t chunk = g.bytes < SIMD_CHUNK ? g.bytes : SIMD_CHUNK;
    for (uint32_t at = 0; at < g.bytes; at += chunk) {
        const uint8_t *a = g.a + at, *b = g.b + at;
        uint8_t out[SIMD_CHUNK];
        switch (op) {
        case SIMD_PACKSS:
        case SIMD_PACKUS: simd_pack(out, a, b, chunk, size, op == SIMD_PACKSS); break;
        case SIMD_SAD: simd_sad(out, a, b, chunk); break;
        case SIMD_DP: simd_dot(run, out, a, b, g.imm); break;
        default: simd_chunk(run, op, size, out, a, b, chunk, g.imm);
        }
        memcpy(g.to + at, out, chunk);
    }
    simd_finish(step, &g);
}

/* arg bytes from one place to another; arg2: 0 the rest of a register stays, 1 it becomes 0, 2 so
 * only when loading from memory. */
static void do_move(struct source_run *run, const struct source_step *step)
{
    const struct source_operand *to = &step->operand[step->operands - 1];
    uint8_t value[32];
    uint32_t bytes = step->word->arg;
    if (!bytes) /* whole registers */
        bytes = to->place == SOURCE_MEM ? step->operand[0].bytes : to->bytes;
    memcpy(value, source_bytes(run, &step->operand[0]), bytes);
    uint8_t *at = source_bytes(run, to);
    bool clear = to->place == SOURCE_VEC || to->place == SOURCE_MMX;
    if (clear &&
        (step->word->arg2 == 1 || (step->word->arg2 == 2 && step->operand[0].place == SOURCE_MEM)))
        memset(at, 0, to->bytes);
    memcpy(at, value, bytes);
    if (step->vex && to->place == SOURCE_VEC && to->bytes == 16)
        memset(at + 16, 0, 16);
}

/* ---- conversions ---- */

enum simd_type { SIMD_I32, SIMD_F32, SIMD_F64, SIMD_I32T };

static uint64_t simd_convert(struct exact_env *env, enum simd_type from, enum simd_type to,
                             uint64_t bits)
{
    struct exact_num a = from == SIMD_I32   ? exact_from_int((int32_t)bits)
                         : from == SIMD_F32 ? exact_from32((uint32_t)bits)
                                            : exact_from64(bits);
    if (to == SIMD_I32T)
        env->rounding = EXACT_TO_ZERO;
    if (to == SIMD_I32 || to == SIMD_I32T)
        return (uint64_t)exact_to_int(env, a, 32);
    return simd_to(exact_convert(env, to == SIMD_F32 ? EXACT_F32 : EXACT_F64, a),
                   to == SIMD_F32 ? 4 : 8);
}

#define SIMD_TYPES(from, to) ((uint32_t)(from) | (uint32_t)(to) << 4)

/* arg2: how many lanes; 0: as many of the wider type as the register holds, the rest becomes 0 */
static void do_convert(struct source_run *run, const struct source_step *step)
{
    static const uint8_t size[] = {4, 4, 8, 4};
    const enum simd_type from = (enum simd_type)(step->word->arg & 15),
                         to = (enum simd_type)(step->word->arg >> 4);
    const struct source_operand *dst = &step->operand[step->operands - 1];
    struct exact_env env = simd_env(run);
    uint8_t source[32];
    uint32_t wide = size[from] > size[to] ? size[from] : size[to], lanes = step->word->arg2;
    memcpy(source, source_bytes(run, &step->operand[0]), 32);
    uint8_t *at = source_bytes(run, dst);
    if (!lanes) {
        lanes = 16 / wide;
        memset(at, 0, 16);
    }
    for (uint32_t i = 0; i < lanes; i++)
        simd_put(at, i, size[to], simd_convert(&env, from, to, simd_get(source, i, size[from])));
}

/* ---- others ---- */

static void do_mask(struct source_run *run, const struct source_step *step)
{
    const struct source_operand *from = &step->operand[0];
    const uint8_t *bytes = source_bytes(run, from);
    uint32_t mask = 0, size = step->word->arg;
    for (uint32_t i = 0; i < from->bytes / size; i++)
        mask |= (uint32_t)(bytes[i * size + size - 1] >> 7) << i;
    memcpy(source_bytes(run, &step->operand[1]), &mask, 4);
}

/* 213: to = second * to + first, in AT&T order of the last two operands. */
static void do_fma(struct source_run *run, const struct source_step *step)
{
    struct simd_args g;
    struct exact_env env = simd_env(run);
    const uint32_t size = step->word->arg2 & 0xFF;
    const enum exact_format to = size == 4 ? EXACT_F32 : EXACT_F64;
    simd_fetch(run, step, &g);
    uint8_t old[32];
    memcpy(old, g.to, 32);
    for (uint32_t i = 0; i < (step->word->arg2 & SIMD_SCALAR ? 1 : g.bytes / size); i++) {
        struct exact_num a = simd_from(simd_get(g.a, i, size), size),
                         b = simd_from(simd_get(g.b, i, size), size),
                         t = simd_from(simd_get(old, i, size), size);
        struct exact_num r =
            step->word->arg == 213 ? exact_fma(&env, to, a, t, b) : exact_fma(&env, to, a, b, t);
        simd_put(g.to, i, size, simd_to(r, size));
    }
    simd_finish(step, &g);
}

static void do_crc32(struct source_run *run, const struct source_step *step)
{
    uint32_t crc, value;
    uint8_t *at = source_bytes(run, &step->operand[1]);
    memcpy(&crc, at, 4);
    memcpy(&value, source_bytes(run, &step->operand[0]), 4);
    crc ^= value;
    for (uint32_t bit = 0; bit < 32; bit++) /* Castagnoli's polynomial, reflected */
        crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    memcpy(at, &crc, 4);
}

static void do_mxcsr(struct source_run *run, const struct source_step *step)
{
    uint8_t *at = source_bytes(run, &step->operand[0]);
    if (step->word->arg)
        memcpy(at, &run->m.mxcsr, 4);
    else
        memcpy(&run->m.mxcsr, at, 4);
}

static void do_insert(struct source_run *run, const struct source_step *step)
{
    memcpy(source_bytes(run, &step->operand[2]) + step->operand[0].value * step->word->arg,
           source_bytes(run, &step->operand[1]), step->word->arg);
}

static void do_extract(struct source_run *run, const struct source_step *step)
{
    uint32_t value = 0;
    memcpy(&value, source_bytes(run, &step->operand[1]) + step->operand[0].value * step->word->arg,
           step->word->arg);
    memcpy(source_bytes(run, &step->operand[2]), &value, 4);
}

static void do_zero_upper(struct source_run *run, const struct source_step *step)
{
    (void)step;
    for (uint32_t i = 0; i < 8; i++)
        memset(run->m.vec[i] + 16, 0, 16);
}

static void do_fence(struct source_run *run, const struct source_step *step)
{
    (void)run, (void)step;
}

#define FLOATS(name, op)                                                                           \
    {name "ps", do_lanes_float, op, 4}, {name "pd", do_lanes_float, op, 8},                        \
        {name "ss", do_lanes_float, op, 4 | SIMD_SCALAR},                                          \
        {name "sd", do_lanes_float, op, 8 | SIMD_SCALAR},
#define BWD(name, fn, op)  {name "b", fn, op, 1}, {name "w", fn, op, 2}, {name "d", fn, op, 4},
#define BWDQ(name, fn, op) BWD(name, fn, op){name "q", fn, op, 8},
#define WDQ(name, op)                                                                              \
    {name "w", do_lanes, op, 2}, {name "d", do_lanes, op, 4}, {name "q", do_lanes, op, 8},
#define BW(name, op) {name "b", do_lanes, op, 1}, {name "w", do_lanes, op, 2},
#define UNPACK(half, op)                                                                           \
    {"punpck" half "bw", do_chunks, op, 1}, {"punpck" half "wd", do_chunks, op, 2},                \
        {"punpck" half "dq", do_chunks, op, 4}, {"punpck" half "qdq", do_chunks, op, 8},           \
        {"unpck" half "ps", do_chunks, op, 4}, {"unpck" half "pd", do_chunks, op, 8},
#define LOGIC(name, op)                                                                            \
    {"p" name, do_lanes, op, 8}, {name "ps", do_lanes, op, 8}, {name "pd", do_lanes, op, 8},

/* clang-format off */
const struct source_word source_simd_words[] = {
    FLOATS("add", SIMD_FADD) FLOATS("sub", SIMD_FSUB) FLOATS("mul", SIMD_FMUL)
    FLOATS("div", SIMD_FDIV) FLOATS("sqrt", SIMD_FSQRT) FLOATS("min", SIMD_FMIN)
    FLOATS("max", SIMD_FMAX)
    {"addsubps", do_lanes_float, SIMD_FADDSUB, 4}, {"addsubpd", do_lanes_float, SIMD_FADDSUB, 8},
    BWDQ("padd", do_lanes, SIMD_ADD) BWDQ("psub", do_lanes, SIMD_SUB)
    BW("paddus", SIMD_ADDUS) BW("psubus", SIMD_SUBUS) BW("padds", SIMD_ADDS) BW("psubs", SIMD_SUBS)
    BW("pavg", SIMD_AVG) BWDQ("pcmpeq", do_lanes, SIMD_EQ) BWDQ("pcmpgt", do_lanes, SIMD_GT)
    BWD("pabs", do_lanes, SIMD_ABS) BWD("pminu", do_lanes, SIMD_MINU) BWD("pmaxu", do_lanes, SIMD_MAXU)
    BWD("pmins", do_lanes, SIMD_MINS) BWD("pmaxs", do_lanes, SIMD_MAXS)
    {"pmullw", do_lanes, SIMD_MUL, 2}, {"pmulld", do_lanes, SIMD_MUL, 4},
    {"pmulhw", do_lanes, SIMD_MULH, 2}, {"pmulhuw", do_lanes, SIMD_MULHU, 2},
    {"pmuludq", do_lanes, SIMD_MULUDQ, 8},
    LOGIC("and", SIMD_AND) LOGIC("or", SIMD_OR) LOGIC("xor", SIMD_XOR)
    {"pandn", do_lanes, SIMD_ANDN, 8}, {"andnps", do_lanes, SIMD_ANDN, 8},
    WDQ("psll", SIMD_SLL) WDQ("psrl", SIMD_SRL) WDQ("psra", SIMD_SRA)
    {"pmaddwd", do_chunks, SIMD_MADD, 4}, {"psadbw", do_chunks, SIMD_SAD, 1},
    {"packsswb", do_chunks, SIMD_PACKSS, 2}, {"packssdw", do_chunks, SIMD_PACKSS, 4},
    {"packuswb", do_chunks, SIMD_PACKUS, 2}, {"packusdw", do_chunks, SIMD_PACKUS, 4},
    UNPACK("l", SIMD_UNPACKL) UNPACK("h", SIMD_UNPACKH)
    {"shufps", do_chunks, SIMD_SHUFPS, 4}, {"shufpd", do_chunks, SIMD_SHUFPD, 8},
    {"pshufd", do_chunks, SIMD_PSHUFD, 4}, {"pshuflw", do_chunks, SIMD_PSHUFLW, 2},
    {"pshufw", do_chunks, SIMD_PSHUFLW, 2}, {"pshufb", do_chunks, SIMD_PSHUFB, 1},
    {"palignr", do_chunks, SIMD_ALIGNR, 1}, {"haddps", do_chunks, SIMD_HADD, 4},
    {"haddpd", do_chunks, SIMD_HADD, 8}, {"dpps", do_chunks, SIMD_DP, 4},
    {"blendps", do_chunks, SIMD_BLEND, 4}, {"pblendw", do_chunks, SIMD_BLEND, 2},
    {"pslldq", do_chunks, SIMD_BSLL, 1}, {"psrldq", do_chunks, SIMD_BSRL, 1},
    {"movsldup", do_chunks, SIMD_DUPL, 4}, {"movddup", do_chunks, SIMD_DUPL, 8},
    {"movaps", do_move, 0, 0}, {"movups", do_move, 0, 0}, {"movapd", do_move, 0, 0},
    {"movdqa", do_move, 0, 0}, {"movdqu", do_move, 0, 0}, {"lddqu", do_move, 0, 0},
    {"movntps", do_move, 0, 0}, {"movntdq", do_move, 0, 0}, {"movntq", do_move, 8, 0},
    {"movnti", do_move, 4, 0}, {"movq", do_move, 8, 1}, {"movd", do_move, 4, 1},
    {"movss", do_move, 4, 2}, {"movsd", do_move, 8, 2}, {"movlps", do_move, 8, 0},
    {"movdq2q", do_move, 8, 1}, {"movq2dq", do_move, 8, 1},
    {"cvtsi2ss", do_convert, SIMD_TYPES(SIMD_I32, SIMD_F32), 1},
    {"cvtsi2sd", do_convert, SIMD_TYPES(SIMD_I32, SIMD_F64), 1},
    {"cvtss2si", do_convert, SIMD_TYPES(SIMD_F32, SIMD_I32), 1},
    {"cvtsd2si", do_convert, SIMD_TYPES(SIMD_F64, SIMD_I32), 1},
    {"cvttss2si", do_convert, SIMD_TYPES(SIMD_F32, SIMD_I32T), 1},
    {"cvttsd2si", do_convert, SIMD_TYPES(SIMD_F64, SIMD_I32T), 1},
    {"cvtss2sd", do_convert, SIMD_TYPES(SIMD_F32, SIMD_F64), 1},
    {"cvtsd2ss", do_convert, SIMD_TYPES(SIMD_F64, SIMD_F32), 1},
    {"cvtps2pd", do_convert, SIMD_TYPES(SIMD_F32, SIMD_F64), 0},
    {"cvtpd2ps", do_convert, SIMD_TYPES(SIMD_F64, SIMD_F32), 0},
    {"cvtdq2ps", do_convert, SIMD_TYPES(SIMD_I32, SIMD_F32), 0},
    {"cvtdq2pd", do_convert, SIMD_TYPES(SIMD_I32, SIMD_F64), 0},
    {"cvtps2dq", do_convert, SIMD_TYPES(SIMD_F32, SIMD_I32), 0},
    {"cvttps2dq", do_convert, SIMD_TYPES(SIMD_F32, SIMD_I32T), 0},
    {"cvttpd2dq", do_convert, SIMD_TYPES(SIMD_F64, SIMD_I32T), 0},
    {"pmovmskb", do_mask, 1, 0}, {"movmskps", do_mask, 4, 0}, {"movmskpd", do_mask, 8, 0},
    {"fmadd213ps", do_fma, 213, 4}, {"fmadd213pd", do_fma, 213, 8},
    {"fmadd231ps", do_fma, 231, 4}, {"fmadd213sd", do_fma, 213, 8 | SIMD_SCALAR},
    {"fmadd231sd", do_fma, 231, 8 | SIMD_SCALAR},
    {"crc32l", do_crc32, 0, 0},
    {"ldmxcsr", do_mxcsr, 0, 0}, {"stmxcsr", do_mxcsr, 1, 0},
    {"pinsrw", do_insert, 2, 0}, {"pinsrd", do_insert, 4, 0},
    {"pextrw", do_extract, 2, 0}, {"pextrd", do_extract, 4, 0},
    {"zeroupper", do_zero_upper, 0, 0}, {"sfence", do_fence, 0, 0}, {"lfence", do_fence, 0, 0},
    {"mfence", do_fence, 0, 0},
};
/* clang-format on */
const uint32_t source_simd_count = sizeof source_simd_words / sizeof source_simd_words[0];
