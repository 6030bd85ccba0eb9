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

static const struct source_word *source_find_int(const char *name)
{
    for (uint32_t i = 0; i < source_int_count; i++)
        if (!strcmp(source_int_words[i].name, name))
            return &source_int_words[i];
    return NULL;
}

static const struct source_word *source_find_word(const char *name)
{
    const struct source_word *word = source_find_int(name);
    if (word)
        return word;
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
    static const char narrow[] = "acdb";
    const char *p = *text + 1;
    for (uint32_t i = 0; i < 4; i++)
        if (p[0] == narrow[i] && (p[1] == 'l' || p[1] == 'h' || p[1] == 'x')) {
            *o = (struct source_operand){.place = p[1] == 'h' ? SOURCE_GPR_HIGH : SOURCE_GPR,
                                         .value = i,
                                         .bytes = p[1] == 'x' ? 2 : 1};
            *text = p + 2;
            return true;
        }
    for (uint32_t i = 0; i < 8; i++)
        if (source_begins(p, gpr[i])) {
            *o = (struct source_operand){.place = SOURCE_GPR, .value = i, .bytes = 4};
            *text = p + 3;
            return true;
        }
    for (uint32_t i = 0; i < 3; i++)
        if (source_begins(p, numbered[i].name)) {
            p += strlen_u32(numbered[i].name);
            *o = (struct source_operand){.place = numbered[i].place,
                                         .value = (uint32_t)(*p - '0'),
                                         .bytes = numbered[i].bytes};
            *text = p + 1;
            return o->value < 8;
        }
    if (!source_begins(p, "st"))
        return false;
    p += 2;
    *o = (struct source_operand){.place = SOURCE_ST, .bytes = 10};
    if (*p == '(') {
        o->value = (uint32_t)(p[1] - '0');
        p += 3;
    }
    *text = p;
    return o->value < 8;
}

/* displacement(base,index,scale); without an index, and from esi or edi, a place in the data. */
static bool source_read_memory(const char **text, struct source_operand *o)
{
    struct source_operand reg;
    *o = (struct source_operand){
        .place = SOURCE_INDEXED, .value = source_read_number(text), .base = 8, .index = 8};
    o->scale = 1;
    if (*(*text)++ != '(')
        return false;
    if (**text == '%') {
        if (!source_read_register(text, &reg) || reg.place != SOURCE_GPR || reg.bytes != 4)
            return false;
        o->base = (uint8_t)reg.value;
    }
    if (**text == ',') {
        ++*text;
        if (!source_read_register(text, &reg) || reg.place != SOURCE_GPR || reg.bytes != 4)
            return false;
        o->index = (uint8_t)reg.value;
        if (**text == ',') {
            ++*text;
            o->scale = (uint8_t)source_read_number(text);
        }
    }
    if (*(*text)++ != ')')
        return false;
    if (o->index == 8 && (o->base == 6 || o->base == 7)) {
        o->place = SOURCE_MEM;
        o->value += o->base == 7 ? TEST_HALF : 0;
        return o->value < TEST_DATA_BYTES - 32;
    }
    return true;
}

static bool source_read_operand(const char **text, struct source_operand *o)
{
    if (**text == '%')
        return source_read_register(text, o);
    if (**text == '$') {
        ++*text;
        *o = (struct source_operand){.place = SOURCE_IMM, .value = source_read_number(text)};
        return true;
    }
    return source_read_memory(text, o);
}

static bool source_read_step(const char **text, struct source_step *step)
{
    char name[SOURCE_WORD] = "";
    const char *p = *text;
    uint32_t len = 0, suffix = 0;
    if (source_begins(p, "lock "))
        p += 5;
    while (*p && *p != ' ' && *p != '\n' && len < SOURCE_WORD - 1)
        name[len++] = *p++;
    name[len] = 0;
    *step = (struct source_step){.word = source_find_word(name)};
    if (!step->word && name[0] == 'v')
        *step = (struct source_step){.word = source_find_word(name + 1), .vex = true};
    if (!step->word && len > 1) { /* an integer instruction's suffix */
        char last = name[len - 1];
        suffix = last == 'b' ? 1 : last == 'w' ? 2 : last == 'l' ? 4 : 0;
        name[len - 1] = 0;
        *step = (struct source_step){.word = suffix ? source_find_int(name) : NULL};
    }
    while (*p == ' ')
        p++;
    while (step->word && *p && *p != '\n') {
        if (step->operands == 4 || !source_read_operand(&p, &step->operand[step->operands++]))
            return false;
        while (*p == ' ' || *p == ',')
            p++;
    }
    /* else the width is that of the last register: a count in cl comes first */
    step->bytes = suffix ? suffix : 4;
    for (uint32_t i = 0; i < step->operands && !suffix; i++)
        if (step->operand[i].place == SOURCE_GPR || step->operand[i].place == SOURCE_GPR_HIGH)
            step->bytes = step->operand[i].bytes;
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

uint32_t source_address(const struct source_run *run, const struct source_operand *o)
{
    if (o->place == SOURCE_MEM)
        return run->base + o->value;
    return o->value + (o->base < 8 ? run->m.gpr[o->base] : 0) +
           (o->index < 8 ? run->m.gpr[o->index] * o->scale : 0);
}

uint8_t *source_bytes(struct source_run *run, const struct source_operand *o)
{
    uint32_t offset;
    switch (o->place) {
    case SOURCE_GPR_HIGH: return (uint8_t *)&run->m.gpr[o->value] + 1;
    case SOURCE_INDEXED:
        offset = source_address(run, o) - run->base;
        if (offset < TEST_DATA_BYTES - 32)
            return run->data + offset;
        run->why = "the kernel's text leaves its data";
        return run->data;
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
    uint32_t sum;
    uint8_t low[SOURCE_WATCHED], high[SOURCE_WATCHED];
};

static void source_take_picture(const struct source_run *run, struct source_picture *out)
{
    memcpy(&out->m, &run->m, sizeof out->m);
    memcpy(&out->sum, run->data + SOURCE_SUM, 4);
    memcpy(out->low, run->data, SOURCE_WATCHED);
    memcpy(out->high, run->data + TEST_HALF, SOURCE_WATCHED);
}

static bool source_is_as_before(const struct source_run *run, const struct source_picture *picture)
{
    return !memcmp(&run->m, &picture->m, sizeof run->m) &&
           !memcmp(run->data, picture->low, SOURCE_WATCHED) &&
           !memcmp(run->data + TEST_HALF, picture->high, SOURCE_WATCHED);
}

/* What whole turns of the cycle would add to the sum. */
static void source_add_turns(const struct source_run *run, const struct source_picture *picture,
                             uint32_t turns)
{
    uint32_t sum;
    memcpy(&sum, run->data + SOURCE_SUM, 4);
    sum += (sum - picture->sum) * turns;
    memcpy(run->data + SOURCE_SUM, &sum, 4);
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
        run->m.known &= 1; /* the loop's dec leaves only the carry alone */
        run->m.flags &= 1;
        since++;
        if (turning)
            continue;
        if (source_is_as_before(run, &picture)) {
            source_add_turns(run, &picture, n / since);
            n %= since;
            turning = true;
        } else if (since == power) {
            power *= 2;
            since = 0;
            source_take_picture(run, &picture);
        }
    }
}

static struct source_run source_machine_run;

/* The test's text, n iterations of it; registers in from s, and left in source_machine_run. */
static void source_run_text(struct test_state *s, uint32_t n)
{
    static struct source_program head, body, end, tail;
    struct source_run *run = &source_machine_run;
    const struct test_source *source = s->test->source;
    memset(run, 0, sizeof *run);
    run->data = s->data;
    run->base = s->base;
    const uint32_t gpr[8] = {s->regs.eax, s->regs.ecx, s->regs.edx, s->regs.ebx,
                             0,           0,           s->regs.esi, s->regs.edi};
    memcpy(run->m.gpr, gpr, sizeof gpr);
    run->m.flags = s->regs.eflags & 1;
    run->m.known = 1;
    run->m.control = 0x37F;
    run->m.mxcsr = 0x1F80;
    if (!source_read(source->head, &head) || !source_read(source->body, &body) ||
        !source_read(source->end, &end) || !source_read(source->tail, &tail)) {
        s->why = "the model does not understand the kernel's text";
        return;
    }
    source_do(run, &head);
    source_iterate(run, &body, source->count, &end, n);
    source_do(run, &tail);
    if (run->m.depth || run->m.pushed)
        run->why = "the kernel's text leaves something on the stack";
    s->why = run->why;
}

void source_model(struct test_state *s, uint32_t n)
{
    source_run_text(s, n);
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = source_machine_run.m.gpr[1];
    s->regs.edx = source_machine_run.m.gpr[2];
}

void source_model_integer(struct test_state *s, uint32_t n)
{
    const struct source_machine *m = &source_machine_run.m;
    source_run_text(s, n);
    s->regs.eax = m->gpr[0];
    s->regs.ecx = m->gpr[1];
    s->regs.edx = m->gpr[2];
    s->regs.ebx = m->gpr[3];
    s->cf = m->known & 1 ? (int)(m->flags & 1) : -1;
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
