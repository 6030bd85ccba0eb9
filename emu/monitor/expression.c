// Addresses as people write them: 0x7c00, $esp+8, $eip-0x10.
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/cpu/cpu.h"
#include "emu/monitor/session.h"

static bool read_register(const struct cpu *cpu, const char *name, size_t length, uint32_t *value)
{
    static const char *const gpr[REG_COUNT] = {"eax", "ecx", "edx", "ebx",
                                               "esp", "ebp", "esi", "edi"};
    static const char *const seg[SEG_COUNT] = {"es", "cs", "ss", "ds", "fs", "gs"};
    const struct {
        const char *name;
        uint32_t value;
    } other[] = {{"eip", cpu->eip},       {"pc", cpu->seg[SEG_CS].base + cpu->eip},
                 {"eflags", cpu->eflags}, {"cr0", cpu->cr0},
                 {"cr2", cpu->cr2},       {"cr3", cpu->cr3},
                 {"cr4", cpu->cr4}};
    for (unsigned i = 0; i < REG_COUNT; i++)
        if (strlen(gpr[i]) == length && strncmp(gpr[i], name, length) == 0) {
            *value = cpu->gpr[i];
            return true;
        }
    for (unsigned i = 0; i < SEG_COUNT; i++)
        if (strlen(seg[i]) == length && strncmp(seg[i], name, length) == 0) {
            *value = cpu->seg[i].selector;
            return true;
        }
    for (unsigned i = 0; i < sizeof other / sizeof *other; i++)
        if (strlen(other[i].name) == length && strncmp(other[i].name, name, length) == 0) {
            *value = other[i].value;
            return true;
        }
    return false;
}

static const char *skip_blanks(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

// One number or register; NULL with a message.
static const char *read_term(struct session *s, const char *text, uint32_t *value)
{
    if (*text == '$') {
        size_t n = 0;
        while (isalnum((unsigned char)text[1 + n]))
            n++;
        if (read_register(s->cpu, text + 1, n, value))
            return text + 1 + n;
        fprintf(s->out, "no register '%.*s'\n", (int)(n < 32 ? n : 32), text + 1);
        return NULL;
    }
    char *end;
    errno = 0;
    unsigned long long n = isdigit((unsigned char)*text) ? strtoull(text, &end, 0) : 0;
    if (!isdigit((unsigned char)*text) || errno || n > 0xffffffffu) {
        fprintf(s->out, "'%.32s' is not a number up to 0xffffffff or a $register\n", text);
        return NULL;
    }
    *value = (uint32_t)n;
    return end;
}

bool expression_read(struct session *s, const char *text, uint32_t *value)
{
    uint32_t sum = 0;
    char sign = '+';
    for (;;) {
        uint32_t term;
        text = read_term(s, skip_blanks(text), &term);
        if (!text)
            return false;
        sum = sign == '+' ? sum + term : sum - term;
        text = skip_blanks(text);
        if (*text == 0)
            break;
        if (*text != '+' && *text != '-') {
            fprintf(s->out, "'%.32s': + or - was expected\n", text);
            return false;
        }
        sign = *text++;
    }
    *value = sum;
    return true;
}
