// The guest's memory as a debugger sees it: through the page tables of the current address space,
// whatever the privilege, and without a mark in them. RAM, ROM and framebuffers; registers on the
// memory bus are not touched, since to read one may change it.
#include <string.h>

#include "emu/device/device.h"
#include "emu/gdb/gdb_state.h"
#include "emu/machine/machine_state.h"
#include "emu/mmu/walk.h"

enum { PAGE_BYTES = 4096 };

static bool find(struct gdb *g, struct cpu *cpu, uint32_t at, uint32_t *phys)
{
    struct mmu_translation t = {.phys = at};
    if (!g->physical && !mmu_walk(cpu, at, MMU_READ, MMU_SET_OPEN, false, &t))
        return false;
    *phys = (uint32_t)t.phys;
    return t.phys <= 0xffffffffu;
}

static size_t first_part(uint32_t at, size_t n)
{
    size_t room = PAGE_BYTES - (at & (PAGE_BYTES - 1));
    return n < room ? n : room;
}

// The VGA's window is no memory of the map.
static bool peek(struct gdb *g, uint32_t phys, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!vga_peek(g->m->vga, phys + (uint32_t)i, to + i))
            return false;
    return true;
}

size_t memory_read(struct gdb *g, struct cpu *cpu, uint32_t at, uint8_t *to, size_t n)
{
    size_t got = 0;
    while (got < n) {
        uint32_t phys, here = at + (uint32_t)got;
        size_t part = first_part(here, n - got);
        if (!find(g, cpu, here, &phys) ||
            (!mmu_phys_read(cpu->mmu, phys, to + got, part) && !peek(g, phys, to + got, part)))
            break;
        got += part;
    }
    return got;
}

static bool may_write(struct gdb *g, struct cpu *cpu, uint32_t at, size_t n)
{
    for (size_t done = 0, part; done < n; done += part) {
        uint32_t phys, here = at + (uint32_t)done;
        part = first_part(here, n - done);
        if (!find(g, cpu, here, &phys) || !cpu->mmu->write_map[phys >> 12])
            return false;
    }
    return true;
}

bool memory_write(struct gdb *g, struct cpu *cpu, uint32_t at, const uint8_t *from, size_t n)
{
    if (!may_write(g, cpu, at, n))
        return false;
    for (size_t done = 0, part; done < n; done += part) {
        uint32_t phys, here = at + (uint32_t)done;
        part = first_part(here, n - done);
        // What was translated from there is forgotten on the way. A write may change page tables.
        if (!find(g, cpu, here, &phys) || !mmu_phys_write(cpu->mmu, phys, from + done, part))
            return false;
    }
    return true;
}
