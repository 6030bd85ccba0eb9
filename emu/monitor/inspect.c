// What the monitor shows of processor and memory, in QEMU's layout. Nothing here changes anything
// of the guest: walks set no accessed bits, registers on the memory bus are not read.
#include <ctype.h>
#include <string.h>

#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"
#include "emu/machine/machine_state.h"
#include "emu/mmu/walk.h"
#include "emu/monitor/session.h"

enum { PAGE = 4096, COUNT_MAX = 65536, INSN_BYTES = 15 };

// --- registers ---

static void put_segment(FILE *out, const char *name, const struct segment *g)
{
    // The descriptor's second half without its base.
    uint32_t limit = g->attr & SEG_ATTR_G ? g->limit >> 12 : g->limit;
    uint32_t flags = (g->attr & 0xffu) << 8 | (g->attr & 0xf00u) << 12 | (limit & 0xf0000);
    fprintf(out, "%-3s=%04x %08x %08x %08x\n", name, g->selector, g->base, g->limit, flags);
}

static void put_fpu(FILE *out, const struct fpu_state *f)
{
    const struct fpu_image *i = &f->image;
    fprintf(out, "FCW=%04x FSW=%04x [ST=%u] FTW=%02x MXCSR=%08x\n", i->fcw, i->fsw, fpu_top(f),
            i->ftw, i->mxcsr);
    for (unsigned r = 0; r < 8; r++) {
        uint8_t b[10]; // FPR n is register n, not ST(n)
        memcpy(b, &i->st[(r - fpu_top(f)) & 7], sizeof b);
        fprintf(out, "FPR%u=", r);
        for (unsigned n = 8; n-- > 0;)
            fprintf(out, "%02x", b[n]);
        fprintf(out, " %02x%02x%c", b[9], b[8], r % 2 ? '\n' : ' ');
    }
    for (unsigned r = 0; r < 8; r++) {
        fprintf(out, "XMM%02u=", r);
        for (unsigned n = 16; n-- > 0;)
            fprintf(out, "%02x", i->xmm[r][n]);
        fputc(r % 2 ? '\n' : ' ', out);
    }
}

void inspect_registers(struct session *s)
{
    static const char *const names[SEG_COUNT] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    static const char flags[] = "ODSZAPC";
    static const uint32_t bits[] = {FLAG_OF, FLAG_DF, FLAG_SF, FLAG_ZF, FLAG_AF, FLAG_PF, FLAG_CF};
    const struct cpu *c = s->cpu;
    const uint32_t *g = c->gpr;
    fprintf(s->out, "EAX=%08x EBX=%08x ECX=%08x EDX=%08x\n", g[REG_EAX], g[REG_EBX], g[REG_ECX],
            g[REG_EDX]);
    fprintf(s->out, "ESI=%08x EDI=%08x EBP=%08x ESP=%08x\n", g[REG_ESI], g[REG_EDI], g[REG_EBP],
            g[REG_ESP]);
    fprintf(s->out, "EIP=%08x EFL=%08x [", c->eip, c->eflags);
    for (unsigned i = 0; i < 7; i++)
        fputc(c->eflags & bits[i] ? flags[i] : '-', s->out);
    fprintf(s->out, "] CPL=%u II=%d A20=%d HLT=%d\n", c->cpl, c->shadow,
            (c->mmu->a20_mask & 0x100000) != 0, c->halted);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        put_segment(s->out, names[i], &c->seg[i]);
    put_segment(s->out, "LDT", &c->ldtr);
    put_segment(s->out, "TR", &c->tr);
    fprintf(s->out, "GDT=     %08x %08x\nIDT=     %08x %08x\n", c->gdtr.base, c->gdtr.limit,
            c->idtr.base, c->idtr.limit);
    fprintf(s->out, "CR0=%08x CR2=%08x CR3=%08x CR4=%08x\n", c->cr0, c->cr2, c->cr3, c->cr4);
    fprintf(s->out, "DR0=%08x DR1=%08x DR2=%08x DR3=%08x\nDR6=%08x DR7=%08x\nEFER=%08x\n", c->dr[0],
            c->dr[1], c->dr[2], c->dr[3], c->dr[6], c->dr[7], c->efer);
    put_fpu(s->out, &c->fpu);
}

// --- address space ---

// Where a linear page leads, and with what rights: 0, or 'r' and 'u', 'w'.
enum { RIGHT_READ = 1, RIGHT_USER = 2, RIGHT_WRITE = 4 };

static unsigned rights_of(struct cpu *cpu, uint32_t linear, uint64_t *phys)
{
    struct mmu_translation t;
    if (!mmu_walk(cpu, linear, MMU_READ, MMU_SET_OPEN, false, &t))
        return 0;
    *phys = t.phys;
    bool user = mmu_walk(cpu, linear, MMU_READ, MMU_SET_USER, false, &t);
    bool write = mmu_walk(cpu, linear, MMU_WRITE, user ? MMU_SET_USER : MMU_SET_OPEN, false, &t);
    return RIGHT_READ | (user ? RIGHT_USER : 0u) | (write ? RIGHT_WRITE : 0u);
}

static bool paging(struct session *s)
{
    if (s->cpu->cr0 & CR0_PG)
        return true;
    fprintf(s->out, "PG disabled\n");
    return false;
}

// Runs of pages with the same rights.
void inspect_mem(struct session *s)
{
    unsigned before = 0;
    uint64_t first = 0, phys;
    if (!paging(s))
        return;
    for (uint64_t at = 0; at <= 1ull << 32; at += PAGE) {
        unsigned now = at >> 32 ? 0 : rights_of(s->cpu, (uint32_t)at, &phys);
        if (now == before)
            continue;
        if (before)
            fprintf(s->out, "%016llx-%016llx %016llx %cr%c\n", (unsigned long long)first,
                    (unsigned long long)at, (unsigned long long)(at - first),
                    before & RIGHT_USER ? 'u' : '-', before & RIGHT_WRITE ? 'w' : '-');
        before = now;
        first = at;
    }
}

// Runs of pages that lead to consecutive ones, a line each.
void inspect_tlb(struct session *s)
{
    unsigned before = 0;
    uint64_t first = 0, to = 0, phys = 0;
    if (!paging(s))
        return;
    for (uint64_t at = 0; at <= 1ull << 32; at += PAGE) {
        unsigned now = at >> 32 ? 0 : rights_of(s->cpu, (uint32_t)at, &phys);
        if (now == before && (!now || phys == to + (at - first)))
            continue;
        if (before)
            fprintf(s->out, "%08llx-%08llx: %016llx %cr%c\n", (unsigned long long)first,
                    (unsigned long long)at - 1, (unsigned long long)to,
                    before & RIGHT_USER ? 'u' : '-', before & RIGHT_WRITE ? 'w' : '-');
        before = now;
        first = at;
        to = phys;
    }
}

// --- memory ---

struct format {
    unsigned count, size;
    char kind; // x d u o c i
};

// "/16xb ": what is left out stays as it is. NULL with a message.
static const char *read_format(struct session *s, const char *text, struct format *f)
{
    while (isspace((unsigned char)*text))
        text++;
    if (*text != '/')
        return text;
    text++;
    if (isdigit((unsigned char)*text)) {
        unsigned n = 0;
        while (isdigit((unsigned char)*text))
            n = n > COUNT_MAX ? n : n * 10 + (unsigned)(*text - '0'), text++;
        if (n > COUNT_MAX) {
            fprintf(s->out, "a count of at most %d\n", COUNT_MAX);
            return NULL;
        }
        f->count = n;
    }
    for (; *text && !isspace((unsigned char)*text); text++) {
        switch (*text) {
        case 'b': f->size = 1; break;
        case 'h': f->size = 2; break;
        case 'w': f->size = 4; break;
        case 'x':
        case 'd':
        case 'u':
        case 'o':
        case 'c':
        case 'i': f->kind = *text; break;
        default:
            fprintf(s->out, "'%c' is no format; there are x d u o c i and b h w\n",
                    isprint((unsigned char)*text) ? *text : '?');
            return NULL;
        }
    }
    return text;
}

// One byte of memory, or false: nothing is mapped there, or it is no memory.
static bool read_byte(struct session *s, uint32_t at, bool physical, uint8_t *byte)
{
    struct mmu_translation t = {.phys = at};
    if (!physical && (s->cpu->cr0 & CR0_PG) &&
        !mmu_walk(s->cpu, at, MMU_READ, MMU_SET_OPEN, false, &t))
        return false;
    if (t.phys > 0xffffffffu)
        return false;
    return mmu_phys_read(s->cpu->mmu, (uint32_t)t.phys, byte, 1) ||
           vga_peek(s->m->vga, (uint32_t)t.phys, byte);
}

static unsigned read_bytes(struct session *s, uint32_t at, bool physical, uint8_t *to, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!read_byte(s, at + i, physical, &to[i]))
            return i;
    return n;
}

static void put_value(FILE *out, const struct format *f, uint32_t v)
{
    int32_t narrow = f->size == 1 ? (int8_t)v : f->size == 2 ? (int16_t)v : (int32_t)v;
    switch (f->kind) {
    case 'd': fprintf(out, " %*d", (int)f->size * 2 + 3, narrow); break;
    case 'u': fprintf(out, " %*u", (int)f->size * 2 + 2, v); break;
    case 'o': fprintf(out, " 0%0*o", (int)f->size * 3, v); break;
    case 'c':
        if (v < 0x80 && isprint((int)v))
            fprintf(out, " '%c'", (char)v);
        else
            fprintf(out, " '\\x%02x'", v & 0xff);
        break;
    default: fprintf(out, " 0x%0*x", (int)f->size * 2, v); break;
    }
}

static void put_address(FILE *out, uint32_t at, bool physical)
{
    fprintf(out, physical ? "%016x:" : "%08x:", at); // as wide as QEMU's
}

static void put_insns(struct session *s, const struct format *f, uint32_t at, bool physical)
{
    for (unsigned i = 0; i < f->count; i++) {
        uint8_t code[INSN_BYTES];
        char text[128];
        struct insn insn;
        bool code32 = s->cpu->seg[SEG_CS].attr & SEG_ATTR_DB;
        unsigned n = read_bytes(s, at, physical, code, INSN_BYTES);
        put_address(s->out, at, physical);
        if (n == 0) {
            fprintf(s->out, " Cannot access memory\n");
            return;
        }
        insn_format(code, n, code32, at, text, sizeof text);
        fprintf(s->out, "  %s\n", text);
        at += insn_decode(code, n, code32, NULL, &insn) == DECODE_OK ? insn.len : 1;
    }
}

static void put_values(struct session *s, const struct format *f, uint32_t at, bool physical)
{
    unsigned columns = f->kind == 'c' ? 8 : 16 / f->size;
    if (f->kind == 'd' || f->kind == 'u')
        columns = columns > 4 ? 4 : columns;
    for (unsigned i = 0; i < f->count; i++, at += f->size) {
        uint8_t b[4] = {0};
        if (i % columns == 0)
            put_address(s->out, at, physical);
        if (read_bytes(s, at, physical, b, f->size) < f->size) {
            fprintf(s->out, " Cannot access memory\n");
            return;
        }
        put_value(s->out, f,
                  b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24);
        if (i % columns == columns - 1 || i == f->count - 1)
            fputc('\n', s->out);
    }
}

void inspect_memory(struct session *s, const char *text, bool physical)
{
    struct format f = {.count = 1, .size = 4, .kind = 'x'};
    uint32_t at;
    text = read_format(s, text, &f);
    if (!text || !expression_read(s, text, &at))
        return;
    if (f.kind == 'i') {
        put_insns(s, &f, at, physical);
        return;
    }
    if (f.kind == 'c')
        f.size = 1;
    put_values(s, &f, at, physical);
}
