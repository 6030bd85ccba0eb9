// What machine/ knows of the chips. Each lives in a file of its own, keeps its state to itself, and
// speaks with the rest through ports, machine_set_irq() and timers. Every value a hostile guest
// writes is safe.
#ifndef TM_EMU_DEVICE_DEVICE_H
#define TM_EMU_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/machine/machine.h"

struct machine;
struct block;

// name_create() returns NULL when out of memory or when its ports are taken.
#define DEVICE(name, what)                                                                         \
    struct name;                                                                                   \
    struct name *name##_create(struct machine *m);                                                 \
    void name##_reset(struct name *d);                                                             \
    void name##_destroy(struct name *d);
#include "emu/device/device.def"
#undef DEVICE

// Level of interrupt input 0-15.
void pic_set_irq(struct pic *pic, unsigned irq, bool level);
// Has what that input asked for not been acknowledged yet? A masked one does not wait.
bool pic_irq_waits(const struct pic *pic, unsigned irq);
// The CPU's two INTA cycles: the vector, IRQ7's or IRQ15's if there is no request any more.
unsigned pic_acknowledge(struct pic *pic);

// Port CF9h: PIIX3's reset control.
uint8_t reset_read_cf9(const struct reset *d);
void reset_write_cf9(struct reset *d, uint8_t value);

// Put a disc into CD-ROM drive 0-3, or take it out (NULL). False: no such drive, or the guest has
// locked it and `force` is not set. The one that was in it is the caller's again.
bool ide_change_medium(struct ide *ide, unsigned number, struct block *medium, bool force);

// DMA: ready() is called when `channel` can serve a device whose request is up.
void dma_connect(struct dma *d, unsigned channel, void (*ready)(void *opaque), void *opaque);
void dma_request(struct dma *d, unsigned channel, bool level);
// Move up to n bytes between the device and memory, as the channel is programmed; how many were
// moved. *ended: that was the terminal count.
uint32_t dma_move(struct dma *d, unsigned channel, uint8_t *bytes, uint32_t n, bool to_memory,
                  bool *ended);

// Another floppy, or none. The one that was in it is the caller's again.
bool fdc_change_medium(struct fdc *f, unsigned unit, struct block *medium);
// The kind of drive as CMOS register 10h has it; 0: there is none.
unsigned fdc_drive_type(const struct fdc *f, unsigned unit);
// What an image of so many bytes has when it is filled up to a floppy's format; 0: too large.
uint64_t fdc_full_size(uint64_t bytes);

// Send what the guest wrote to COM1 so far; look for input. Cheap when there is nothing to do.
void uart_poll(struct uart *u);
void uart_flush(struct uart *u);
// The descriptors whose readability wakes a sleeping machine, and how many; COM1's, or -1.
unsigned uart_wake_fds(const struct uart *u, int fds[MACHINE_SERIALS]);
int uart_wake_fd(const struct uart *u);
void debugcon_flush(struct debugcon *d);
void parallel_flush(struct parallel *p);
// What the guest wrote so far, as a number that differs when the bytes do.
uint64_t uart_digest(const struct uart *u);
uint64_t debugcon_digest(const struct debugcon *d);

struct vga_regs; // device/vga_core.h
bool vga_is_present(const struct vga *v);
// A copy of the registers, from any thread; returns the memory, which lives as long as the machine.
const uint8_t *vga_snapshot(struct vga *v, struct vga_regs *regs);
// What the guest would read at `phys` of A0000h-BFFFFh, without effect. False: nothing is there.
bool vga_peek(struct vga *v, uint32_t phys, uint8_t *byte);
// Frames that the guest's screen has shown so far, on the virtual clock; the CPU's thread only.
uint64_t vga_frame_number(const struct vga *v);

#endif
