/* See source.h: reading the text, running it, and noticing when it repeats. */
#include "bench/source.h"
#include "bench/freestanding.h"
#include "bench/source_machine.h"

#define SOURCE_STEPS 400u
#define SOURCE_WORD  16u

struct source_program {
    struct source_step step[SOURCE_STEPS];
    uint32_t steps;
};

/* ---- reading ---- */

static const struct source_word *source_find_word(const char *name)
{
    for (uint32_t i = 0; i < source_x87_count; i++)
        if (!strcmp(source_x87_words[i].name, name))
            return &source_x87_words[i];
    for (uint32_t i = 0; i < source_simd_count; i++)
        if (!strcmp(source_simd_words[i].name, name))
            return &source_simd_words[i];
    return NULL;
}

static bool source_begins(const char *text, const char *with)
{
    while (*with)
        if (*text++ != *with++)
            return false;
    return true;
}

static uint32_t source_read_number(const char **text)
{
    const char *p = *text;
    uint32_t value = 0, base = 10;
    bool negative = *p == '-';
    p += negative;
    if (source_begins(p, "0x")) {
        base = 16;
        p += 2;
    }
    for (;; p++) {
        uint32_t digit = *p >= '0' && *p <= '9'   ? (uint32_t)(*p - '0')
                         : *p >= 'a' && *p <= 'f' ? (uint32_t)(*p - 'a' + 10)
                         : *p >= 'A' && *p <= 'F' ? (uint32_t)(*p - 'A' + 10)
                                                  : 99;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    *text = p;
    return negative ? 0 - value : value;
}

static bool source_read_register(const char **text, struct source_operand *o)
{
    static const char *const gpr[8] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    static const struct {
        const char *name;
        enum source_place place;
        uint8_t bytes;
    } numbered[] = {{"xmm", SOURCE_VEC, 16}, {"ymm", SOURCE_VEC, 32}, {"mm", SOURCE_MMX, 8}};
    const char *p = *text + 1;
    for (uint32_t i = 0; i < 8; i++)
        if (source_begins(p, gpr[i])) {
            *o = (struct source_operand){SOURCE_GPR, i, 4};
            *text = p + 3;
            return true;
        }
    for (uint32_t i = 0; i < 3; i++)
        if (source_begins(p, numbered[i].name)) {
            p += strlen_u32(numbered[i].name);
            *o =
                (struct source_operand){numbered[i].place, (uint32_t)(*p - '0'), numbered[i].bytes};
            *text = p + 1;
            return o->value < 8;
        }
    if (!source_begins(p, "st"))
        return false;
    p += 2;
    *o = (struct source_operand){SOURCE_ST, 0, 10};
    if (*p == '(') {
        o->value = (uint32_t)(p[1] - '0');
        p += 3;
    }
    *text = p;
    return o->value < 8;
}

static bool source_read_operand(const char **text, struct source_operand *o)
{
    if (**text == '%')
        return source_read_register(text, o);
    if (**text == '$') {
        ++*text;
        *o = (struct source_operand){SOURCE_IMM, source_read_number(text), 4};
        return true;
    }
    uint32_t offset = source_read_number(text);
    bool half = source_begins(*text, "(%edi)");
    if (!half && !source_begins(*text, "(%esi)"))
        return false;
    *text += 6;
    *o = (struct source_operand){SOURCE_MEM, offset + (half ? TEST_HALF : 0), 0};
    return o->value < TEST_DATA_BYTES - 32;
}

static bool source_read_step(const char **text, struct source_step *step)
{
    char name[SOURCE_WORD] = "";
    const char *p = *text;
    uint32_t len = 0;
    while (*p && *p != ' ' && *p != '\n' && len < SOURCE_WORD - 1)
        name[len++] = *p++;
    name[len] = 0;
    *step = (struct source_step){.word = source_find_word(name)};
    if (!step->word && name[0] == 'v')
        *step = (struct source_step){.word = source_find_word(name + 1), .vex = true};
    while (*p == ' ')
        p++;
    while (step->word && *p && *p != '\n') {
        if (step->operands == 4 || !source_read_operand(&p, &step->operand[step->operands++]))
            return false;
        while (*p == ' ' || *p == ',')
            p++;
    }
    *text = p;
    return step->word;
}

static bool source_read(const char *text, struct source_program *program)
{
    program->steps = 0;
    for (;;) {
        while (*text == ' ' || *text == '\n')
            text++;
        if (!*text)
            return true;
        if (program->steps == SOURCE_STEPS ||
            !source_read_step(&text, &program->step[program->steps++]))
            return false;
    }
}

/* ---- running ---- */

uint8_t *source_bytes(struct source_run *run, const struct source_operand *o)
{
    switch (o->place) {
    case SOURCE_MMX: return run->m.mmx[o->value];
    case SOURCE_VEC: return run->m.vec[o->value];
    case SOURCE_GPR: return (uint8_t *)&run->m.gpr[o->value];
    case SOURCE_MEM: return run->data + o->value;
    case SOURCE_ST: return (uint8_t *)&run->m.st[o->value];
    default: run->why = "the model's text has an operand that cannot be there"; return run->data;
    }
}

static void source_do(struct source_run *run, const struct source_program *program)
{
    for (uint32_t i = 0; i < program->steps; i++)
        program->step[i].word->fn(run, &program->step[i]);
}

struct source_picture { /* all that a body can change */
    struct source_machine m;
    uint8_t low[SOURCE_WATCHED], high[SOURCE_WATCHED];
};

static void source_take_picture(const struct source_run *run, struct source_picture *out)
{
    memcpy(&out->m, &run->m, sizeof out->m);
    memcpy(out->low, run->data, SOURCE_WATCHED);
    memcpy(out->high, run->data + TEST_HALF, SOURCE_WATCHED);
}

static bool source_is_as_before(const struct source_run *run, const struct source_picture *picture)
{
    return !memcmp(&run->m, &picture->m, sizeof run->m) &&
           !memcmp(run->data, picture->low, SOURCE_WATCHED) &&
           !memcmp(run->data + TEST_HALF, picture->high, SOURCE_WATCHED);
}

/* n iterations; once the state was there before, whole turns of the cycle are left out (Brent). */
static void source_iterate(struct source_run *run, const struct source_program *body,
                           uint32_t count, const struct source_program *end, uint32_t n)
{
    static struct source_picture picture;
    uint32_t since = 0, power = 1;
    bool turning = false;
    source_take_picture(run, &picture);
    while (n-- && !run->why) {
        for (uint32_t i = 0; i < count; i++)
            source_do(run, body);
        source_do(run, end);
        since++;
        if (turning)
            continue;
        if (source_is_as_before(run, &picture)) {
            n %= since;
            turning = true;
        } else if (since == power) {
            power *= 2;
            since = 0;
            source_take_picture(run, &picture);
        }
    }
}

void source_model(struct test_state *s, uint32_t n)
{
    static struct source_program head, body, end, tail;
    static struct source_run run;
    const struct test_source *source = s->test->source;
    if (!source_read(source->head, &head) || !source_read(source->body, &body) ||
        !source_read(source->end, &end) || !source_read(source->tail, &tail)) {
        s->why = "the model does not understand the kernel's text";
        return;
    }
    memset(&run, 0, sizeof run);
    run.data = s->data;
    run.m.gpr[1] = s->regs.ecx;
    run.m.gpr[2] = s->regs.edx;
    run.m.control = 0x37F;
    run.m.mxcsr = 0x1F80;
    source_do(&run, &head);
    source_iterate(&run, &body, source->count, &end, n);
    source_do(&run, &tail);
    if (run.m.depth)
        run.why = "the kernel's text leaves something on the stack";
    s->why = run.why;
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = run.m.gpr[1];
    s->regs.edx = run.m.gpr[2];
}

/* ---- set-ups ---- */

static void source_put(struct test_state *s, uint32_t slot, uint32_t step, uint64_t value)
{
    for (uint32_t at = 0; at < SOURCE_SLOT; at += step)
        memcpy(s->data + slot * SOURCE_SLOT + at, &value, step);
}

/* Registers that no kernel finds as another left them. A test with MMX or SSE in it has the FPU. */
static void source_init_units(void)
{
    __asm__ volatile("fninit");
}

void source_setup_f32(struct test_state *s)
{
    source_init_units();
    for (uint32_t i = 0; i < TEST_DATA_BYTES / 4; i++)
        s->data32[i] = 0x3F800000u | s->data32[i] >> 9;
    source_put(s, 8, 4, 0x3F000000u);
    source_put(s, 9, 4, 0x3F7BCDEFu);
    source_put(s, 10, 4, 0x3F823457u);
    source_put(s, 11, 4, 0x3F800000u);
    source_put(s, 12, 4, 0x00123457u);
    source_put(s, 13, 4, 0x3D823457u);
}

void source_setup_f64(struct test_state *s)
{
    source_init_units();
    for (uint32_t i = 1; i < TEST_DATA_BYTES / 4; i += 2)
        s->data32[i] = 0x3FF00000u | s->data32[i] >> 12;
    source_put(s, 8, 8, 0x3FE0000000000000ull);
    source_put(s, 9, 8, 0x3FEF79BDE1234567ull);
    source_put(s, 10, 8, 0x3FF0468AE7654321ull);
    source_put(s, 11, 8, 0x3FF0000000000000ull);
    source_put(s, 12, 8, 0x000123456789ABCDull);
    source_put(s, 13, 8, 0x3FB0468AE7654321ull);
}

/* Random bytes, but slot 1 holds small addends: words below 2^9, so that 63 of them and a shift
 * right by four settle; slot 9 one small shift of every byte's place. */
void source_setup_int(struct test_state *s)
{
    source_init_units();
    for (uint32_t i = 8; i < 16; i++)
        s->data32[i] &= 0x01FF01FFu;
    for (uint32_t i = 0; i < SOURCE_SLOT; i++)
        s->data[9 * SOURCE_SLOT + i] = (uint8_t)((i * 7 + 3) & 15);
}

static void source_put_f80(struct test_state *s, uint32_t slot, uint16_t sign_exp, uint64_t frac)
{
    const struct exact_f80 value = {frac, sign_exp};
    memcpy(s->data + slot * SOURCE_SLOT, &value, sizeof value);
}

void source_setup_f80(struct test_state *s)
{
    source_init_units();
    for (uint32_t slot = 0; slot < SOURCE_WATCHED / SOURCE_SLOT; slot++) {
        uint8_t *at = s->data + slot * SOURCE_SLOT;
        at[7] |= 0x80;
        at[8] = 0xFF;
        at[9] = 0x3F;
    }
    source_put_f80(s, 8, 0x3FFE, 1ull << 63);
    source_put_f80(s, 9, 0x3FFE, 0xFBCDEF123456789Bull);
    source_put_f80(s, 10, 0x3FFF, 0x8234567ABCDEF123ull);
    source_put_f80(s, 11, 0x3FFF, 1ull << 63);
    source_put_f80(s, 12, 0, 0x0123456789ABCDEFull);
}
