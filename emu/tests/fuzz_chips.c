// Sequences for the chips of the ISA bus and for the screen: timers, interrupts, clock, keyboard,
// serial lines, firmware's configuration, power, VGA; each programmed as its data sheet says.
#include <stdlib.h>
#include <unistd.h>

#include "emu/tests/fuzz_board.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

void sequence_anywhere(struct board *b)
{
    for (unsigned i = 0; i < 8; i++)
        board_interlude(b);
}

void sequence_time(struct board *b)
{
    board_pass(b, board_chance(b, 16)  ? 1000000000ull + board_below(b, 100000000)
                  : board_chance(b, 2) ? board_below(b, 1000)
                                       : board_below(b, 2000000));
}

void sequence_people(struct board *b)
{
    switch (board_below(b, 6)) {
    case 0: machine_key(b->m, (uint16_t)board_any(b), board_chance(b, 2)); break;
    case 1:
        machine_mouse(b->m, (int)board_value(b), (int)board_value(b), (int)board_value(b),
                      (uint8_t)board_any(b));
        break;
    case 2: machine_power_button(b->m); break;
    case 3: {
        uint8_t typed[16];
        for (unsigned i = 0; i < sizeof typed; i++)
            typed[i] = (uint8_t)board_any(b);
        if (write(b->serial_in, typed, 1 + board_below(b, sizeof typed)) < 0)
            break; // the pipe is full: as a typist, wait
        break;
    }
    case 4: uart_poll(b->m->uart); break;
    default: machine_keyboard_leds(b->m); break;
    }
}

void sequence_pit(struct board *b)
{
    unsigned n = board_below(b, 3), access = board_below(b, 4);
    static const uint32_t counts[] = {0, 1, 2, 3, 0xFFFF, 0x9999, 18, 4096};
    uint32_t count = board_chance(b, 2) ? counts[board_below(b, COUNT(counts))] : board_any(b);
    board_out(b, 0x43, 1, n << 6 | access << 4 | board_below(b, 8) << 1 | board_below(b, 2));
    if (access != 2)
        board_out(b, (uint16_t)(0x40 + n), 1, count & 0xff);
    if (access & 2)
        board_out(b, (uint16_t)(0x40 + n), 1, count >> 8 & 0xff);
    if (board_chance(b, 2))
        board_out(b, 0x61, 1, board_below(b, 4));
    board_pass(b, board_below(b, 200000));
    if (board_chance(b, 2))
        board_out(b, 0x43, 1, 0xC0 | board_below(b, 64)); // read-back
    for (unsigned i = board_below(b, 5); i; i--)
        board_in(b, (uint16_t)(0x40 + board_below(b, 4)), 1);
    board_in(b, 0x61, 1);
}

void sequence_pic(struct board *b)
{
    uint16_t base = board_chance(b, 2) ? 0x20 : 0xA0;
    if (board_chance(b, 3)) {
        uint32_t icw1 = 0x10 | (board_any(b) & 0x0F);
        board_out(b, base, 1, icw1);
        for (unsigned i = 0; i < 3; i++)
            board_out(b, (uint16_t)(base + 1), 1,
                      i == 2 ? board_below(b, 32) : board_value(b) & 0xff);
    }
    board_out(b, (uint16_t)(base + 1), 1, board_chance(b, 2) ? 0 : board_value(b) & 0xff);
    board_out(b, base, 1, board_below(b, 8) << 5 | board_below(b, 8)); // OCW2
    board_out(b, base, 1, 0x08 | (board_any(b) & 0x67));               // OCW3
    board_in(b, base, 1);
    board_out(b, (uint16_t)(0x4D0 + board_below(b, 2)), 1, board_value(b) & 0xff);
    if (b->m->cpu->intr)
        machine_intr_acknowledge(b->m);
}

void sequence_rtc(struct board *b)
{
    static const uint8_t times[] = {0x00, 0x59, 0x23, 0x99, 0xFF, 0x12, 0x31, 0x80, 0x92, 0xC0};
    for (unsigned i = 1 + board_below(b, 6); i; i--) {
        uint32_t r = board_chance(b, 2) ? board_below(b, 14) : board_below(b, 256);
        board_out(b, 0x70, 1, r);
        if (board_chance(b, 3))
            board_in(b, 0x71, 1);
        else
            board_out(b, 0x71, 1,
                      board_chance(b, 2) ? times[board_below(b, COUNT(times))]
                                         : board_value(b) & 0xff);
    }
    board_pass(b, board_chance(b, 8) ? 2000000000 : board_below(b, 2000000));
    board_out(b, 0x70, 1, 0x0C);
    board_in(b, 0x71, 1);
}

void sequence_keyboard(struct board *b)
{
    static const uint8_t controller[] = {0x20, 0x60, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAD, 0xAE,
                                         0xC0, 0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xFE, 0xF0, 0xDD};
    static const uint8_t device[] = {0xED, 0xEE, 0xF0, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xFE,
                                     0xFF, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xF8};
    if (board_chance(b, 2))
        board_out(b, 0x64, 1, controller[board_below(b, COUNT(controller))]);
    if (board_chance(b, 2))
        board_out(b, 0x60, 1, device[board_below(b, COUNT(device))]);
    if (board_chance(b, 2))
        board_out(b, 0x60, 1, board_value(b) & 0xff);
    for (unsigned i = board_below(b, 8); i; i--) {
        board_in(b, 0x64, 1);
        board_in(b, 0x60, 1);
    }
    for (unsigned i = board_chance(b, 8) ? 64 : board_below(b, 3); i; i--)
        machine_key(b->m, (uint16_t)(board_below(b, 0x90) | (board_chance(b, 4) ? 0xE000 : 0)),
                    board_chance(b, 2));
    board_pass(b, board_below(b, 100000));
}

void sequence_uart(struct board *b)
{
    static const uint16_t bases[] = {0x3F8, 0x2F8, 0x378, 0x3E8};
    uint16_t base = bases[board_below(b, COUNT(bases))];
    for (unsigned i = 4 + board_below(b, 12); i; i--) {
        uint16_t port = (uint16_t)(base + board_below(b, 8));
        if (board_chance(b, 3))
            board_in(b, port, 1);
        else
            board_out(b, port, 1, board_value(b) & 0xff);
    }
    if (board_chance(b, 4)) // a line that sends: divisor, 8 bits, FIFO, all interrupts
        for (unsigned i = 0; i < 7; i++) {
            static const uint8_t set[7][2] = {{3, 0x83}, {0, 1},  {1, 0},   {3, 3},
                                              {2, 0xC7}, {1, 15}, {4, 0x1B}};
            board_out(b, (uint16_t)(base + set[i][0]), 1, set[i][1]);
        }
    board_pass(b, board_below(b, 3000000));
}

void sequence_fw_cfg(struct board *b)
{
    static const uint32_t lengths[] = {0, 1, 4, 16, 0x10000, 0x10001, 0xFFFFFFFF, 0x80000000};
    uint32_t at = board_dma_address(b),
             item = board_chance(b, 2) ? board_below(b, 0x48) : board_any(b);
    uint32_t length =
        board_chance(b, 2) ? lengths[board_below(b, COUNT(lengths))] : board_below(b, 70000);
    // Now and then the descriptor lies in what it describes.
    uint32_t to = board_chance(b, 8) ? at - board_below(b, 32) : board_dma_address(b);
    board_poke_number(b, at, 4, __builtin_bswap32(item << 16 | (board_any(b) & 0x1F)));
    board_poke_number(b, at + 4, 4, __builtin_bswap32(length));
    board_poke_number(b, at + 8, 4, board_chance(b, 16) ? board_value(b) : 0);
    board_poke_number(b, at + 12, 4, __builtin_bswap32(to));
    if (board_chance(b, 2))
        board_out(b, 0x514, 4, board_chance(b, 8) ? board_value(b) : 0);
    board_out(b, 0x518, 4, __builtin_bswap32(at));
    board_out(b, 0x510, 2, item & 0xffff);
    for (unsigned i = board_below(b, 64); i; i--)
        board_in(b, 0x511, 1);
}

void sequence_power(struct board *b)
{
    const struct board_function *f = board_find(b, 0x8086, 0x7113, 0);
    if (f && board_chance(b, 2)) {
        board_config_write(b, f->devfn, 0x40, 4, board_chance(b, 8) ? board_value(b) : 0xB001);
        board_config_write(b, f->devfn, 0x80, 1, 1);
        board_config_write(b, f->devfn, 0x90, 4, 0xB101);
        board_config_write(b, f->devfn, 0xD2, 1, 1);
    }
    for (unsigned i = board_below(b, 8); i; i--) {
        uint16_t port = (uint16_t)(0xB000 + board_below(b, 64));
        if (board_chance(b, 2))
            board_out(b, port, board_size(b), board_value(b));
        else
            board_in(b, port, board_size(b));
    }
    board_out(b, 0xB2, 1, board_value(b) & 0xff);
}

void sequence_reset(struct board *b)
{
    char why[256];
    switch (board_below(b, 4)) {
    case 0: board_out(b, 0xCF9, 1, 6); break;
    case 1: board_out(b, 0x92, 1, board_below(b, 4)); break;
    case 2: board_out(b, 0x64, 1, 0xFE); break;
    default: b->m->reset_asked |= board_chance(b, 4); break;
    }
    if (b->m->reset_asked && machine_reset(b->m, why, sizeof why) == 0) {
        b->m->cpu->eflags = FLAG_ONE;
        if (!board_chance(b, 4))
            board_enumerate(b);
    }
}

// --- the screen ---

static void put_indexed(struct board *b, uint16_t port, uint32_t index, uint32_t value)
{
    if (board_chance(b, 4)) {
        board_out(b, port, 1, index);
        board_out(b, (uint16_t)(port + 1), 1, value);
    } else {
        board_out(b, port, 2, index | value << 8);
    }
}

static void set_vbe(struct board *b)
{
    static const uint16_t usual[][4] = {
        {640, 800, 1024, 1600}, {480, 600, 768, 1200}, {8, 16, 32, 4}, {0x41, 0x01, 0xE1, 0}};
    for (unsigned i = 1; i < 11; i++) {
        uint32_t value = i <= 4 && !board_chance(b, 6) ? usual[i - 1][board_below(b, 4)]
                                                       : board_value(b) & 0xffff;
        if (i > 4 && board_chance(b, 2))
            continue;
        board_out(b, 0x1CE, 2, i);
        board_out(b, 0x1CF, 2, value);
    }
    board_in(b, 0x1CF, 2);
}

// Values near those of a mode: all registers of one chip, one of each, or a mode register.
static void set_registers(struct board *b)
{
    static const struct {
        uint16_t port;
        uint8_t registers;
    } chips[] = {{0x3C4, 5}, {0x3CE, 9}, {0x3D4, 25}, {0x3B4, 25}};
    unsigned chip = board_below(b, COUNT(chips));
    if (board_chance(b, 4)) { // what chooses memory's mode and the raster
        put_indexed(b, 0x3C4, 4, board_below(b, 16));
        put_indexed(b, 0x3CE, 5, board_any(b) & 0x7B);
        put_indexed(b, 0x3CE, 6, board_below(b, 16));
        put_indexed(b, 0x3C4, 2, board_below(b, 16));
        return;
    }
    for (unsigned i = 1 + board_below(b, 6); i; i--)
        put_indexed(b, chips[chip].port, board_below(b, chips[chip].registers + 1u),
                    board_value(b) & 0xff);
    board_in(b, 0x3DA, 1);
    board_out(b, 0x3C0, 1, board_below(b, 64));
    board_out(b, 0x3C0, 1, board_value(b) & 0xff);
    board_out(b, 0x3C8, 1, board_value(b) & 0xff);
    for (unsigned i = 0; i < 4; i++)
        board_out(b, 0x3C9, 1, board_value(b) & 0xff);
    board_out(b, 0x3C2, 1, board_value(b) & 0xff);
}

void sequence_vga(struct board *b)
{
    if (board_chance(b, 3))
        set_vbe(b);
    else
        set_registers(b);
    for (unsigned i = board_below(b, 24); i; i--) {
        uint32_t at = 0xA0000 + (board_chance(b, 8) ? 0x1FFFF : board_below(b, 0x20000));
        if (board_chance(b, 3))
            board_load(b, at, 1u << board_below(b, 4));
        else
            board_store(b, at, 1u << board_below(b, 4), board_value(b));
    }
    const struct board_function *f = board_find(b, 0x1234, 0x1111, 0);
    if (f)
        board_bar_write(b, f, 2, 0x400 + board_below(b, 0x120), board_size(b), board_value(b));
}

void sequence_screen(struct board *b)
{
    struct vga_regs regs;
    uint8_t byte;
    if (!vga_is_present(b->m->vga))
        return;
    const uint8_t *memory = vga_snapshot(b->m->vga, &regs);
    vga_render_frame(b->render, &regs, memory, vga_frame_number(b->m->vga));
    vga_peek(b->m->vga, 0xA0000 + board_below(b, 0x20010), &byte);
}
