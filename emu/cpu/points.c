#include "emu/cpu/points.h"

#include <string.h>

static void update_pages(struct points *p)
{
    p->code_pages = 0;
    for (unsigned i = 0; i < p->n; i++)
        if (point_is_code(p->point[i].kind))
            p->code_pages |= 1ull << (p->point[i].first >> 12 & 63);
}

static bool same(const struct point *a, const struct point *b)
{
    return a->first == b->first && a->bytes == b->bytes && a->kind == b->kind;
}

bool points_add(struct points *p, struct point point)
{
    for (unsigned i = 0; i < p->n; i++)
        if (same(&p->point[i], &point))
            return true; // to insert one twice is to insert it once
    if (p->n == POINTS_MAX)
        return false;
    p->point[p->n++] = point;
    update_pages(p);
    return true;
}

bool points_remove(struct points *p, struct point point)
{
    for (unsigned i = 0; i < p->n; i++) {
        if (!same(&p->point[i], &point))
            continue;
        p->point[i] = p->point[--p->n];
        update_pages(p);
        return true;
    }
    return false;
}

static const struct point *find_code(const struct points *p, uint32_t linear)
{
    if (!points_code_page(p, linear))
        return NULL;
    for (unsigned i = 0; i < p->n; i++)
        if (point_is_code(p->point[i].kind) && p->point[i].first == linear)
            return &p->point[i];
    return NULL;
}

bool points_at(const struct points *p, uint32_t linear)
{
    return find_code(p, linear) != NULL;
}

static void note(struct cpu *cpu, const struct point *point, uint32_t address)
{
    struct points *p = cpu->points;
    if (!p->hit) { // the first of several
        p->hit = true;
        p->hit_is = *point;
        p->hit_address = address;
    }
    cpu->poll = 1;
}

static struct point_begun begun_now(const struct cpu *cpu, bool rep)
{
    return (struct point_begun){true,
                                rep,
                                cpu->seg[SEG_CS].base + cpu->eip,
                                cpu->gpr[REG_ECX],
                                cpu->gpr[REG_ESI],
                                cpu->gpr[REG_EDI],
                                cpu->gpr[REG_ESP],
                                cpu_icount(cpu)};
}

void points_begun(struct cpu *cpu, struct points *p)
{
    p->begun = begun_now(cpu, true);
}

void points_seen(struct cpu *cpu, struct points *p)
{
    struct point_begun now = begun_now(cpu, false);
    if (!p->begun.valid || p->begun.linear != now.linear || p->begun.icount != now.icount)
        p->begun = now;
}

void points_follow(struct cpu *cpu, struct points *p)
{
    struct point_begun now = begun_now(cpu, p->begun.rep);
    if (p->begun.valid && now.linear == p->begun.linear && now.icount == p->begun.icount)
        p->begun = now;
}

// Where nothing has retired since, or, after an interrupt in between, it stands as it was left.
static bool goes_on(const struct cpu *cpu, struct point_begun *begun)
{
    struct point_begun now = begun_now(cpu, true);
    if (!begun->valid || now.linear != begun->linear)
        return false;
    begun->valid = now.icount == begun->icount ||
                   (begun->rep && now.ecx == begun->ecx && now.esi == begun->esi &&
                    now.edi == begun->edi && now.esp == begun->esp);
    begun->icount = now.icount;
    return begun->valid;
}

bool points_reached(struct cpu *cpu)
{
    struct points *p = cpu->points;
    uint32_t linear = cpu->seg[SEG_CS].base + cpu->eip;
    const struct point *point = find_code(p, linear);
    if (!point)
        return false;
    if (cpu->pending_debug && !cpu->shadow_ss)
        return false; // the guest's own #DB comes first
    if (goes_on(cpu, &p->begun))
        return false;
    note(cpu, point, linear);
    return true;
}

// Does [first, first + bytes) have a byte in common with [at, at + size)? Neither is cut at 4 GB.
static bool meets(uint32_t first, uint32_t bytes, uint32_t at, uint32_t size)
{
    return at - first < bytes || first - at < size;
}

static bool watches(const struct point *point, bool write)
{
    switch (point->kind) {
    case POINT_WRITE: return write;
    case POINT_READ: return !write;
    case POINT_ACCESS: return true;
    default: return false;
    }
}

bool points_watch_page(const struct points *p, uint32_t linear, bool write)
{
    for (unsigned i = 0; i < p->n; i++) {
        const struct point *point = &p->point[i];
        // A read-modify-write goes through the entry for writes.
        bool looks = watches(point, write) || (write && watches(point, false));
        if (looks && meets(point->first, point->bytes, linear & ~0xfffu, 0x1000))
            return true;
    }
    return false;
}

void points_data(struct cpu *cpu, uint32_t linear, uint32_t size, bool write)
{
    const struct points *p = cpu->points;
    for (unsigned i = 0; i < p->n; i++) {
        const struct point *point = &p->point[i];
        if (!watches(point, write) || !meets(point->first, point->bytes, linear, size))
            continue;
        note(cpu, point, linear - point->first < point->bytes ? linear : point->first);
        cpu->debug_hits |= DEBUG_HIT_OUTSIDE;
        return;
    }
}
