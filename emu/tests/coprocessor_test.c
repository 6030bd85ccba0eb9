// The coprocessor error as DOS programs meet it: CR0.NE clear, IRQ 13, port F0h, IGNNE#. A
// real-mode program on a whole machine, on both engines (SDM vol. 1, 8.7.2; the handler does what a
// BIOS does).
#include <string.h>

#include "emu/machine/machine_state.h"
#include "emu/tests/verdict.h"

enum { CODE = 0x1000, HANDLER = 0x2000, VARIABLES = 0x3000, STACK = 0x8000, VECTOR = 0x75 };

static const uint8_t program[] = {
    0xdb, 0xe3,                         // fninit
    0xd9, 0x2e, 0x00, 0x30,             // fldcw [3000h]
    0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, // fld1; fldz; fdivp: the error
    0xfb, 0x90,                         // sti; nop: nothing happens yet
    0xff, 0x06, 0x14, 0x30,             // inc word [3014h]
    0xd9, 0xe8,                         // fld1: waits, and the interrupt comes
    0xff, 0x06, 0x10, 0x30,             // inc word [3010h]
    0xfa, 0xf4,                         // cli; hlt
};
enum { AT_WAIT = 18 };
static const uint8_t handler[] = {
    0xa1, 0x14, 0x30, 0xa3, 0x16, 0x30, // mov ax, [3014h]; mov [3016h], ax
    0x58, 0x50, 0xa3, 0x18, 0x30,       // pop ax; push ax; mov [3018h], ax: the return address
    0xe6, 0xf0,                         // out F0h, al
    0xdd, 0x3e, 0x20, 0x30,             // fnstsw [3020h]
    0xd9, 0xe8, 0xdd, 0xd8,             // fld1; fstp st0: run under IGNNE#
    0xdb, 0xe2,                         // fnclex
    0xff, 0x06, 0x12, 0x30,             // inc word [3012h]
    0xb0, 0x20, 0xe6, 0xa0, 0xe6, 0x20, // end of interrupt
    0xcf,
};

static void put_port(struct machine *m, uint16_t port, uint8_t value)
{
    machine_port_write(m, port, 1, value);
}

static uint16_t word(struct machine *m, uint32_t at)
{
    uint16_t v = 0;
    mmu_phys_read(m->mmu, at, &v, 2);
    return v;
}

static void prepare(struct machine *m)
{
    static const uint8_t icw[2][4] = {{0x11, 0x08, 4, 1}, {0x11, 0x70, 2, 1}};
    for (unsigned chip = 0; chip < 2; chip++) {
        uint16_t port = chip ? 0xa0 : 0x20;
        put_port(m, port, icw[chip][0]);
        for (unsigned i = 1; i < 4; i++)
            put_port(m, port + 1, icw[chip][i]);
        put_port(m, port + 1, chip ? 0xdf : 0xfb); // IRQ 13 and the cascade
    }
    const uint16_t control = 0x37b, vector[2] = {HANDLER, 0}; // ZE unmasked
    mmu_phys_write(m->mmu, CODE, program, sizeof program);
    mmu_phys_write(m->mmu, HANDLER, handler, sizeof handler);
    mmu_phys_write(m->mmu, VARIABLES, &control, 2);
    mmu_phys_write(m->mmu, VECTOR * 4, vector, 4);
    struct cpu *cpu = m->cpu;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = (struct segment){.limit = 0xffff, .attr = 0x93};
    cpu->idtr = (struct table_register){.base = 0, .limit = 0x3ff};
    cpu->eip = CODE;
    cpu->gpr[REG_ESP] = STACK;
}

static void run(const struct engine *engine)
{
    char why[256], name[64];
    struct machine_config config = {
        .ram_bytes = 2 << 20, .engine = engine, .icount = true, .serial_fd = -1, .debugcon_fd = -1};
    struct machine *m = machine_create(&config, why, sizeof why);
    CHECK(m, "no machine: %s", why);
    if (m) {
        prepare(m);
        for (unsigned i = 0; i < 200 && word(m, VARIABLES + 0x10) == 0; i++)
            machine_step(m, 50);
        CHECK(word(m, VARIABLES + 0x10) == 1, "the program did not reach its end, EIP %x",
              m->cpu->eip);
        CHECK(word(m, VARIABLES + 0x12) == 1, "%u interrupts", word(m, VARIABLES + 0x12));
        CHECK(word(m, VARIABLES + 0x16) == 1, "the interrupt came before an instruction waited");
        CHECK(word(m, VARIABLES + 0x18) == CODE + AT_WAIT, "return address %x",
              word(m, VARIABLES + 0x18));
        CHECK((word(m, VARIABLES + 0x20) & 0x80ff) == 0x8084, "status %x",
              word(m, VARIABLES + 0x20));
        CHECK(!m->cpu->fpu.ignne, "IGNNE# is still up");
        machine_destroy(m);
    }
    snprintf(name, sizeof name, "coprocessor %s", engine->name);
    case_end(name);
}

int main(void)
{
    run(&engine_interp);
    run(&engine_jit);
    return verdict_failures != 0;
}
