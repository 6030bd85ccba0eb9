/* Integer instructions of the text model (source.h), with the flags they define. A flag that the
 * manual leaves undefined is unknown afterwards, and a text that reads one is an error of the text:
 * so no answer depends on what one processor happens to do (Intel SDM vol. 2; AMD APM vol. 3). */
#include "bench/freestanding.h"
#include "bench/source_machine.h"

#define CF        0x001u
#define PF        0x004u
#define AF        0x010u
#define ZF        0x040u
#define SF        0x080u
#define OF        0x800u
#define ALL_FLAGS (CF | PF | AF | ZF | SF | OF)

enum int_op {
    INT_MOV,
    INT_ADD,
    INT_ADC,
    INT_SUB,
    INT_SBB,
    INT_AND,
    INT_OR,
    INT_XOR,
    INT_CMP,
    INT_TEST,
    INT_INC,
    INT_DEC,
    INT_NEG,
    INT_NOT,
    INT_SHL,
    INT_SHR,
    INT_SAR,
    INT_ROL,
    INT_ROR,
    INT_RCL,
    INT_RCR,
    INT_BT,
    INT_BTS,
    INT_BTR,
    INT_BTC,
    INT_BSF,
    INT_BSR,
    INT_POPCNT,
    INT_LZCNT,
    INT_TZCNT,
    INT_ANDN,
    INT_BLSI,
    INT_BLSR,
    INT_BLSMSK,
    INT_BEXTR,
    INT_BZHI,
    INT_PDEP,
    INT_PEXT,
    INT_CLC,
    INT_STC,
    INT_CMC,
    INT_LAHF,
    INT_SAHF,
    INT_CWTL,
    INT_CLTD,
    INT_CBTW,
    INT_CWTD
};

static uint32_t int_mask(uint32_t bytes)
{
    return bytes == 4 ? ~0u : (1u << 8 * bytes) - 1;
}

static uint32_t int_get(struct source_run *run, const struct source_operand *o, uint32_t bytes)
{
    uint32_t value = 0;
    if (o->place == SOURCE_IMM)
        return o->value & int_mask(bytes);
    memcpy(&value, source_bytes(run, o), bytes);
    return value;
}

static void int_put(struct source_run *run, const struct source_operand *o, uint32_t bytes,
                    uint32_t value)
{
    memcpy(source_bytes(run, o), &value, bytes);
}

static void int_flags(struct source_run *run, uint32_t known, uint32_t set)
{
    run->m.flags = (run->m.flags & ~known) | (set & known);
    run->m.known |= known;
}

static void int_forget(struct source_run *run, uint32_t flags)
{
    run->m.known &= ~flags;
    run->m.flags &= ~flags; /* so that states compare equal */
}

static uint32_t int_flag(struct source_run *run, uint32_t flag)
{
    if (!(run->m.known & flag))
        run->why = "the kernel's text reads a flag that is undefined there";
    return run->m.flags & flag ? 1 : 0;
}

/* SF, ZF and PF of a result */
static uint32_t int_result_flags(uint32_t value, uint32_t bytes)
{
    uint32_t parity = value ^ value >> 4, flags = 0;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    flags |= parity & 1 ? 0 : PF;
    flags |= value & int_mask(bytes) ? 0 : ZF;
    return flags | (value >> (8 * bytes - 1) & 1 ? SF : 0);
}

static uint32_t int_add(struct source_run *run, uint32_t a, uint32_t b, uint32_t carry,
                        uint32_t bytes, uint32_t known)
{
    const uint32_t top = 8 * bytes - 1, sum = (a + b + carry) & int_mask(bytes);
    const uint64_t wide = (uint64_t)a + b + carry;
    uint32_t flags = int_result_flags(sum, bytes);
    flags |= wide >> (top + 1) & 1 ? CF : 0;
    flags |= (a ^ b ^ sum) & 0x10 ? AF : 0;
    flags |= (~(a ^ b) & (a ^ sum)) >> top & 1 ? OF : 0;
    int_flags(run, known, flags);
    return sum;
}

static uint32_t int_sub(struct source_run *run, uint32_t a, uint32_t b, uint32_t borrow,
                        uint32_t bytes, uint32_t known)
{
    const uint32_t top = 8 * bytes - 1, rest = (a - b - borrow) & int_mask(bytes);
    uint32_t flags = int_result_flags(rest, bytes);
    flags |= (uint64_t)b + borrow > a ? CF : 0;
    flags |= (a ^ b ^ rest) & 0x10 ? AF : 0;
    flags |= ((a ^ b) & (a ^ rest)) >> top & 1 ? OF : 0;
    int_flags(run, known, flags);
    return rest;
}

static void do_alu(struct source_run *run, const struct source_step *step)
{
    const uint32_t op = step->word->arg, size = step->bytes;
    const struct source_operand *to = &step->operand[step->operands - 1];
    uint32_t b = step->operands > 1 ? int_get(run, &step->operand[0], size) : 0;
    uint32_t a = op == INT_MOV ? 0 : int_get(run, to, size);
    switch (op) {
    case INT_MOV: a = b; break;
    case INT_ADD: a = int_add(run, a, b, 0, size, ALL_FLAGS); break;
    case INT_ADC: a = int_add(run, a, b, int_flag(run, CF), size, ALL_FLAGS); break;
    case INT_CMP: int_sub(run, a, b, 0, size, ALL_FLAGS); return;
    case INT_SUB: a = int_sub(run, a, b, 0, size, ALL_FLAGS); break;
    case INT_SBB: a = int_sub(run, a, b, int_flag(run, CF), size, ALL_FLAGS); break;
    case INT_INC: a = int_add(run, a, 1, 0, size, ALL_FLAGS & ~CF); break;
    case INT_DEC: a = int_sub(run, a, 1, 0, size, ALL_FLAGS & ~CF); break;
    case INT_NEG: a = int_sub(run, 0, a, 0, size, ALL_FLAGS); break;
    case INT_NOT: a = ~a; break;
    default:
        a = op == INT_OR ? a | b : op == INT_XOR ? a ^ b : a & b;
        int_flags(run, ALL_FLAGS & ~AF, int_result_flags(a, size));
        int_forget(run, AF);
        if (op == INT_TEST)
            return;
    }
    int_put(run, to, size, a);
    if (to->place == SOURCE_MEM && to->value == SOURCE_SUM) /* what it was is not in the state */
        int_forget(run, op == INT_INC ? ALL_FLAGS & ~CF : ALL_FLAGS);
}

static void do_shift(struct source_run *run, const struct source_step *step)
{
    const uint32_t op = step->word->arg, size = step->bytes, bits = 8 * size;
    const struct source_operand *to = &step->operand[step->operands - 1];
    uint32_t count = step->operands > 1 ? int_get(run, &step->operand[0], 1) & 31 : 1;
    uint32_t a = int_get(run, to, size), carry = 0;
    if (!count)
        return;
    if (op == INT_RCL || op == INT_RCR)
        carry = int_flag(run, CF);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t high = a >> (bits - 1) & 1, low = a & 1;
        switch (op) {
        case INT_SHL: a <<= 1, carry = high; break;
        case INT_SHR: a >>= 1, carry = low; break;
        case INT_SAR: a = a >> 1 | high << (bits - 1), carry = low; break;
        case INT_ROL: a = a << 1 | high, carry = high; break;
        case INT_ROR: a = a >> 1 | low << (bits - 1), carry = low; break;
        case INT_RCL: a = a << 1 | carry, carry = high; break;
        default: a = a >> 1 | carry << (bits - 1), carry = low;
        }
        a &= int_mask(size);
    }
    int_flags(run, CF, carry ? CF : 0);
    if (op == INT_SHL || op == INT_SHR || op == INT_SAR) {
        int_flags(run, SF | ZF | PF, int_result_flags(a, size));
        int_forget(run, AF);
    }
    int_forget(run, OF);
    int_put(run, to, size, a);
}

/* shld, shrd: count, source, destination; 16-bit ones of more than 16 are undefined, and not used
 */
static void do_double_shift(struct source_run *run, const struct source_step *step)
{
    const uint32_t size = step->bytes, bits = 8 * size;
    uint32_t count = int_get(run, &step->operand[0], 1) & 31;
    uint32_t in = int_get(run, &step->operand[1], size), a = int_get(run, &step->operand[2], size);
    if (!count || count >= bits) {
        run->why = "the kernel's text shifts by a count that the model leaves out";
        return;
    }
    uint32_t left = step->word->arg;
    int_flags(run, CF, (left ? a >> (bits - count) : a >> (count - 1)) & 1);
    a = (left ? a << count | in >> (bits - count) : a >> count | in << (bits - count)) &
        int_mask(size);
    int_flags(run, SF | ZF | PF, int_result_flags(a, size));
    int_forget(run, AF | OF);
    int_put(run, &step->operand[2], size, a);
}

static uint64_t int_widen(uint32_t a, uint32_t size, bool is_signed)
{
    uint64_t sign = is_signed && a >> (8 * size - 1) & 1 ? ~(uint64_t)int_mask(size) : 0;
    return a | sign;
}

/* one operand: (e)dx:(e)ax, or ax of bytes; two and three: cut. arg: signed */
static void do_mul(struct source_run *run, const struct source_step *step)
{
    const uint32_t size = step->bytes;
    const struct source_operand *to = &step->operand[step->operands - 1],
                                ax = {.place = SOURCE_GPR, .value = 0},
                                dx = {.place = SOURCE_GPR, .value = 2};
    const uint32_t a = int_get(run, step->operands == 1 ? &ax : &step->operand[0], size),
                   b = int_get(run, step->operands == 3 ? &step->operand[1] : to, size);
    const uint64_t product =
        int_widen(a, size, step->word->arg) * int_widen(b, size, step->word->arg);
    const uint32_t low = (uint32_t)product & int_mask(size);
    int_flags(run, CF | OF, product != int_widen(low, size, step->word->arg) ? CF | OF : 0);
    int_forget(run, SF | ZF | AF | PF);
    if (step->operands > 1) {
        int_put(run, to, size, low);
    } else if (size == 1) {
        int_put(run, &ax, 2, (uint32_t)product);
    } else {
        int_put(run, &ax, size, low);
        int_put(run, &dx, size, (uint32_t)(product >> 8 * size));
    }
}

/* arg: signed. By long division of the magnitudes; a quotient that does not fit is an error. */
static void do_div(struct source_run *run, const struct source_step *step)
{
    const uint32_t size = step->bytes, top = 8 * size - 1;
    const struct source_operand ax = {.place = SOURCE_GPR, .value = 0},
                                dx = {.place = SOURCE_GPR, .value = 2};
    uint32_t by = int_get(run, &step->operand[0], size);
    uint64_t value = size == 1
                         ? int_get(run, &ax, 2)
                         : (uint64_t)int_get(run, &dx, size) << 8 * size | int_get(run, &ax, size);
    const uint32_t negative = step->word->arg ? (uint32_t)(value >> (2 * top + 1)) & 1 : 0,
                   by_negative = step->word->arg ? by >> top & 1 : 0;
    if (negative)
        value = 0 - (size == 4 ? value : int_widen((uint32_t)value, 2 * size, true));
    if (by_negative)
        by = (0 - by) & int_mask(size);
    uint32_t rest, limit = step->word->arg ? int_mask(size) >> 1 : int_mask(size);
    if (!by) {
        run->why = "the kernel's text divides by zero";
        return;
    }
    uint64_t quotient = div_u64_u32(value, by, &rest);
    if (quotient > limit + (negative != by_negative))
        run->why = "the kernel's text divides what does not fit";
    uint32_t q = (uint32_t)(negative != by_negative ? 0 - quotient : quotient),
             r = negative ? 0 - rest : rest;
    if (size == 1) {
        int_put(run, &ax, 2, (q & 0xFF) | (r & 0xFF) << 8);
    } else {
        int_put(run, &ax, size, q);
        int_put(run, &dx, size, r);
    }
    int_forget(run, ALL_FLAGS);
}

/* A number of a bit in a register may be any, and that in memory is of a string of bits. */
static void do_bit(struct source_run *run, const struct source_step *step)
{
    const uint32_t op = step->word->arg, size = step->bytes;
    struct source_operand to = step->operand[1];
    uint32_t bit = int_get(run, &step->operand[0], size);
    if (to.place == SOURCE_MEM && step->operand[0].place != SOURCE_IMM) {
        to.value += bit / (8 * size) * size;
        if (to.value >= TEST_DATA_BYTES - 32) {
            run->why = "the kernel's text reads a bit outside of its data";
            return;
        }
    }
    bit &= 8 * size - 1;
    uint32_t a = int_get(run, &to, size);
    int_forget(run, OF | SF | AF | PF);
    int_flags(run, CF, a >> bit & 1);
    a = op == INT_BTS ? a | 1u << bit : op == INT_BTR ? a & ~(1u << bit) : a ^ 1u << bit;
    if (op != INT_BT)
        int_put(run, &to, size, a);
}

static void do_count(struct source_run *run, const struct source_step *step)
{
    const uint32_t op = step->word->arg, size = step->bytes, bits = 8 * size;
    const uint32_t a = int_get(run, &step->operand[0], size);
    uint32_t ones = 0, low = 0, high = 0;
    while (low < bits && !(a >> low & 1))
        low++;
    while (high < bits && !(a >> (bits - 1 - high) & 1))
        high++;
    for (uint32_t i = 0; i < bits; i++)
        ones += a >> i & 1;
    if (!a && (op == INT_BSF || op == INT_BSR)) {
        run->why = "the kernel's text scans zero";
        return;
    }
    uint32_t result = op == INT_POPCNT  ? ones
                      : op == INT_LZCNT ? high
                      : op == INT_BSR   ? bits - 1 - high
                                        : low;
    int_put(run, &step->operand[1], size, result);
    int_forget(run, ALL_FLAGS);
    if (op == INT_POPCNT)
        int_flags(run, ALL_FLAGS, a ? 0 : ZF);
    else if (op == INT_LZCNT || op == INT_TZCNT)
        int_flags(run, CF | ZF, (a ? 0 : CF) | (result ? 0 : ZF));
    else
        int_flags(run, ZF, 0);
}

/* BMI1 and BMI2, 32 bits. AT&T order: the destination last, the first source before it. */
static void do_bmi(struct source_run *run, const struct source_step *step)
{
    const uint32_t op = step->word->arg, last = step->operands - 1;
    const uint32_t b = int_get(run, &step->operand[0], 4),
                   a = last > 1 ? int_get(run, &step->operand[1], 4) : b;
    uint32_t r = 0, k = 0;
    int_forget(run, op == INT_PDEP || op == INT_PEXT ? 0 : ALL_FLAGS);
    switch (op) {
    case INT_ANDN: r = ~a & b; break;
    case INT_BLSI: r = b & (0 - b); break;
    case INT_BLSR: r = b & (b - 1); break;
    case INT_BLSMSK: r = b ^ (b - 1); break;
    case INT_BEXTR: /* operand 0: start and length, operand 1: what it is taken from */
        k = b >> 8 & 0xFF;
        r = (b & 0xFF) > 31 ? 0 : a >> (b & 0xFF);
        r = k > 31 ? r : r & ((1u << k) - 1);
        break;
    case INT_BZHI: r = (b & 0xFF) > 31 ? a : a & ((1u << (b & 0xFF)) - 1); break;
    default: /* pdep, pext: operand 0 is the mask */
        for (uint32_t i = 0; i < 32; i++)
            if (b >> i & 1) {
                r |= op == INT_PDEP ? (a >> k & 1) << i : (a >> i & 1) << k;
                k++;
            }
    }
    int_put(run, &step->operand[last], 4, r);
}

/* shlx, shrx, sarx, rorx: count, source, destination; no flags */
static void do_shift_copy(struct source_run *run, const struct source_step *step)
{
    uint32_t count = int_get(run, &step->operand[0], 1) & 31,
             a = int_get(run, &step->operand[1], 4);
    switch (step->word->arg) {
    case INT_SHL: a <<= count; break;
    case INT_SHR: a >>= count; break;
    case INT_SAR: a = (uint32_t)((int32_t)a >> count); break;
    default: a = count ? a >> count | a << (32 - count) : a;
    }
    int_put(run, &step->operand[2], 4, a);
}

/* mulx: edx times the source to (low, high) */
static void do_mulx(struct source_run *run, const struct source_step *step)
{
    const uint64_t product = (uint64_t)run->m.gpr[2] * int_get(run, &step->operand[0], 4);
    int_put(run, &step->operand[1], 4, (uint32_t)product);
    int_put(run, &step->operand[2], 4, (uint32_t)(product >> 32));
}

/* The sixteen conditions by their numbers in the opcode */
static bool int_holds(struct source_run *run, uint32_t condition)
{
    bool holds;
    switch (condition >> 1) {
    case 0: holds = int_flag(run, OF); break;
    case 1: holds = int_flag(run, CF); break;
    case 2: holds = int_flag(run, ZF); break;
    case 3: holds = int_flag(run, CF) | int_flag(run, ZF); break;
    case 4: holds = int_flag(run, SF); break;
    case 5: holds = int_flag(run, PF); break;
    case 6: holds = int_flag(run, SF) != int_flag(run, OF); break;
    default: holds = int_flag(run, ZF) | (int_flag(run, SF) != int_flag(run, OF));
    }
    return holds != (condition & 1);
}

static void do_set(struct source_run *run, const struct source_step *step)
{
    int_put(run, &step->operand[0], 1, int_holds(run, step->word->arg));
}

static void do_cmov(struct source_run *run, const struct source_step *step)
{
    uint32_t value = int_get(run, &step->operand[0], step->bytes);
    if (int_holds(run, step->word->arg))
        int_put(run, &step->operand[1], step->bytes, value);
}

/* movzbl and its kin: arg bytes, arg2: to how many, 0x10 signed */
static void do_extend(struct source_run *run, const struct source_step *step)
{
    const uint32_t from = step->word->arg, to = step->word->arg2 & 0xF;
    uint32_t value = int_get(run, &step->operand[0], from);
    int_put(run, &step->operand[1], to, (uint32_t)int_widen(value, from, step->word->arg2 & 0x10));
}

static void do_swap_bytes(struct source_run *run, const struct source_step *step)
{
    uint32_t a = int_get(run, &step->operand[0], 4);
    int_put(run, &step->operand[step->operands - 1], 4,
            a << 24 | (a << 8 & 0xFF0000) | (a >> 8 & 0xFF00) | a >> 24);
}

static void do_exchange(struct source_run *run, const struct source_step *step)
{
    uint32_t a = int_get(run, &step->operand[0], step->bytes),
             b = int_get(run, &step->operand[1], step->bytes);
    int_put(run, &step->operand[0], step->bytes, b);
    int_put(run, &step->operand[1], step->bytes,
            step->word->arg ? int_add(run, a, b, 0, step->bytes, ALL_FLAGS) : a);
}

static void do_compare_exchange(struct source_run *run, const struct source_step *step)
{
    const struct source_operand ax = {.place = SOURCE_GPR, .value = 0};
    const uint32_t size = step->bytes, old = int_get(run, &step->operand[1], size),
                   with = int_get(run, &ax, size);
    int_sub(run, with, old, 0, size, ALL_FLAGS);
    if (with == old)
        int_put(run, &step->operand[1], size, int_get(run, &step->operand[0], size));
    else
        int_put(run, &ax, size, old);
}

static void do_lea(struct source_run *run, const struct source_step *step)
{
    int_put(run, &step->operand[1], step->bytes, source_address(run, &step->operand[0]));
}

static void do_push(struct source_run *run, const struct source_step *step)
{
    if (run->m.pushed == SOURCE_STACK) {
        run->why = "the kernel's text pushes more than the model holds";
        return;
    }
    run->m.stack[run->m.pushed++] = int_get(run, &step->operand[0], step->bytes);
}

static void do_pop(struct source_run *run, const struct source_step *step)
{
    if (!run->m.pushed) {
        run->why = "the kernel's text pops what it did not push";
        return;
    }
    int_put(run, &step->operand[0], step->bytes, run->m.stack[--run->m.pushed]);
    run->m.stack[run->m.pushed] = 0;
}

static void do_implied(struct source_run *run, const struct source_step *step)
{
    uint32_t *eax = &run->m.gpr[0], *edx = &run->m.gpr[2];
    const uint32_t lahf = SF | ZF | AF | PF | CF;
    switch (step->word->arg) {
    case INT_CLC: int_flags(run, CF, 0); break;
    case INT_STC: int_flags(run, CF, CF); break;
    case INT_CMC: int_flags(run, CF, int_flag(run, CF) ? 0 : CF); break;
    case INT_LAHF:
        if ((run->m.known & lahf) != lahf)
            run->why = "the kernel's text reads a flag that is undefined there";
        *eax = (*eax & ~0xFF00u) | ((run->m.flags & lahf) | 2) << 8;
        break;
    case INT_SAHF: int_flags(run, lahf, *eax >> 8); break;
    case INT_CWTL: *eax = (uint32_t)(int16_t)*eax; break;
    case INT_CLTD: *edx = *eax >> 31 ? ~0u : 0; break;
    case INT_CBTW: *eax = (*eax & ~0xFFFFu) | (uint16_t)(int8_t)*eax; break;
    default: *edx = (*edx & ~0xFFFFu) | (*eax & 0x8000 ? 0xFFFFu : 0);
    }
}

static void do_nothing(struct source_run *run, const struct source_step *step)
{
    (void)run, (void)step;
}

#define ALU(name, op)    {name, do_alu, op, 0},
#define SHIFT(name, op)  {name, do_shift, op, 0},
#define BIT(name, op)    {name, do_bit, op, 0},
#define COUNT(name, op)  {name, do_count, op, 0},
#define BMI(name, op)    {name, do_bmi, op, 0},
#define COND(name, code) {"set" name, do_set, code, 0}, {"cmov" name, do_cmov, code, 0},

/* clang-format off */
const struct source_word source_int_words[] = {
    ALU("mov", INT_MOV) ALU("add", INT_ADD) ALU("adc", INT_ADC) ALU("sub", INT_SUB)
    ALU("sbb", INT_SBB) ALU("and", INT_AND) ALU("or", INT_OR) ALU("xor", INT_XOR)
    ALU("cmp", INT_CMP) ALU("test", INT_TEST) ALU("inc", INT_INC) ALU("dec", INT_DEC)
    ALU("neg", INT_NEG) ALU("not", INT_NOT)
    SHIFT("shl", INT_SHL) SHIFT("shr", INT_SHR) SHIFT("sar", INT_SAR) SHIFT("rol", INT_ROL)
    SHIFT("ror", INT_ROR) SHIFT("rcl", INT_RCL) SHIFT("rcr", INT_RCR)
    {"shld", do_double_shift, 1, 0}, {"shrd", do_double_shift, 0, 0},
    {"imul", do_mul, 1, 0}, {"mul", do_mul, 0, 0}, {"idiv", do_div, 1, 0}, {"div", do_div, 0, 0},
    BIT("bt", INT_BT) BIT("bts", INT_BTS) BIT("btr", INT_BTR) BIT("btc", INT_BTC)
    COUNT("bsf", INT_BSF) COUNT("bsr", INT_BSR) COUNT("popcnt", INT_POPCNT)
    COUNT("lzcnt", INT_LZCNT) COUNT("tzcnt", INT_TZCNT)
    BMI("andn", INT_ANDN) BMI("blsi", INT_BLSI) BMI("blsr", INT_BLSR) BMI("blsmsk", INT_BLSMSK)
    BMI("bextr", INT_BEXTR) BMI("bzhi", INT_BZHI) BMI("pdep", INT_PDEP) BMI("pext", INT_PEXT)
    {"shlx", do_shift_copy, INT_SHL, 0}, {"shrx", do_shift_copy, INT_SHR, 0},
    {"sarx", do_shift_copy, INT_SAR, 0}, {"rorx", do_shift_copy, INT_ROR, 0},
    {"mulx", do_mulx, 0, 0},
    COND("o", 0) COND("no", 1) COND("c", 2) COND("nc", 3) COND("z", 4) COND("nz", 5) COND("be", 6)
    COND("a", 7) COND("s", 8) COND("ns", 9) COND("p", 10) COND("np", 11) COND("l", 12)
    COND("ge", 13) COND("le", 14) COND("g", 15)
    {"movzbl", do_extend, 1, 4}, {"movzwl", do_extend, 2, 4}, {"movzbw", do_extend, 1, 2},
    {"movsbl", do_extend, 1, 0x14}, {"movswl", do_extend, 2, 0x14}, {"movsbw", do_extend, 1, 0x12},
    {"bswap", do_swap_bytes, 0, 0}, {"movbe", do_swap_bytes, 0, 0}, {"xchg", do_exchange, 0, 0},
    {"xadd", do_exchange, 1, 0}, {"cmpxchg", do_compare_exchange, 0, 0}, {"lea", do_lea, 0, 0},
    {"push", do_push, 0, 0}, {"pop", do_pop, 0, 0}, {"nop", do_nothing, 0, 0},
    {"clc", do_implied, INT_CLC, 0}, {"stc", do_implied, INT_STC, 0},
    {"cmc", do_implied, INT_CMC, 0}, {"lahf", do_implied, INT_LAHF, 0},
    {"sahf", do_implied, INT_SAHF, 0}, {"cwtl", do_implied, INT_CWTL, 0},
    {"cltd", do_implied, INT_CLTD, 0}, {"cbtw", do_implied, INT_CBTW, 0},
    {"cwtd", do_implied, INT_CWTD, 0},
};
/* clang-format on */
const uint32_t source_int_count = sizeof source_int_words / sizeof source_int_words[0];
