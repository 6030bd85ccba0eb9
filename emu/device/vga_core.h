// The VGA with Bochs VBE extensions as pure functions over its registers and its memory: no
// machine, no ports, no window. device/vga.c puts it on the machine's buses, display/ shows it, a
// test sets registers and looks at pixels.
//
// Sources: IBM, PS/2 Hardware Interface Technical Reference, Video Subsystem (1992), for registers
// and memory modes; the Bochs VBE DISPI description for ports 1CEh and 1CFh.
//
// Memory: plane p of address a is vram[4 * a + p], as the latches and the serializer see it: one
// 32-bit word an address. The linear framebuffer of the VBE modes is the same memory, byte by byte.
//
// Threads: the processor's thread calls vga_port_*() and vga_memory_*(); a display takes a copy of
// `struct vga_regs` under its owner's lock and draws from the memory while the guest writes to it.
// What is torn is drawn again with the next picture, because vga_render_frame() finds what changed
// by comparing, not by being told.
#ifndef TM_EMU_DEVICE_VGA_CORE_H
#define TM_EMU_DEVICE_VGA_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VGA_VRAM_BYTES = 16 << 20,
    VGA_PLANE_BYTES = 65536,
    VGA_WINDOW = 0xA0000,
    VGA_WINDOW_BYTES = 0x20000,
    VGA_MAX_WIDTH = 2560,
    VGA_MAX_HEIGHT = 1600,
};

// Indices of the DISPI registers.
enum vbe_register {
    VBE_ID,
    VBE_XRES,
    VBE_YRES,
    VBE_BPP,
    VBE_ENABLE,
    VBE_BANK,
    VBE_VIRT_WIDTH,
    VBE_VIRT_HEIGHT,
    VBE_X_OFFSET,
    VBE_Y_OFFSET,
    VBE_MEMORY_64K,
    VBE_REGISTERS,
};
enum {
    VBE_ENABLE_ON = 0x01,
    VBE_ENABLE_GETCAPS = 0x02,
    VBE_ENABLE_8BIT_DAC = 0x20,
    VBE_ENABLE_LFB = 0x40,
    VBE_ENABLE_NOCLEAR = 0x80,
    VBE_ID_NEWEST = 0xB0C5,
};

// All that decides the picture, besides the memory.
struct vga_regs {
    uint8_t misc;   // 3C2h
    uint8_t seq[8]; // 3C4h: sequencer
    uint8_t crtc[32];
    uint8_t gr[16];   // 3CEh: graphics controller
    uint8_t attr[32]; // 3C0h: attribute controller
    bool video_on;    // bit 5 of the attribute index: the palette belongs to the picture
    uint8_t dac_mask;
    uint8_t dac[256][3];
    uint16_t vbe[VBE_REGISTERS];
};

struct vga_core {
    struct vga_regs regs;
    uint8_t *vram; // VGA_VRAM_BYTES
    uint8_t seq_index, crtc_index, gr_index, attr_index;
    bool attr_data; // 3C0h takes data next
    uint8_t feature;
    uint8_t dac_read, dac_write, dac_component, dac_state;
    uint32_t latches; // byte p is plane p's
};

// `vram` stays the caller's and is not touched.
void vga_core_init(struct vga_core *v, uint8_t *vram);
// Power-on state; the memory keeps what it holds.
void vga_core_reset(struct vga_core *v);

// Byte ports 3B0h-3DFh. A read of an input status register wants the time on the virtual clock: the
// position of the beam follows from it.
uint8_t vga_port_read(struct vga_core *v, uint16_t port, uint64_t now_ns);
void vga_port_write(struct vga_core *v, uint16_t port, uint8_t value);
// DISPI registers.
uint16_t vbe_read(const struct vga_core *v, unsigned index);
void vbe_write(struct vga_core *v, unsigned index, uint16_t value);

// A byte of the window at A0000h; `offset` is below VGA_WINDOW_BYTES. Reads load the latches. A
// write says which aligned 4 bytes of the memory it may have changed, or VGA_NOTHING.
enum { VGA_NOTHING = 0xffffffff };
uint8_t vga_memory_read(struct vga_core *v, uint32_t offset);
uint32_t vga_memory_write(struct vga_core *v, uint32_t offset, uint8_t value);

// --- numbers that both the beam and the picture need ---
static inline bool vga_is_vbe(const struct vga_regs *r)
{
    return (r->vbe[VBE_ENABLE] & VBE_ENABLE_ON) != 0;
}
// Scan lines shown and in all, characters shown and in all, dots a character (8 or 9).
unsigned vga_shown_lines(const struct vga_regs *r);
unsigned vga_shown_chars(const struct vga_regs *r);
unsigned vga_char_dots(const struct vga_regs *r);
// Duration of a frame: 16.7 ms when the registers make no sense.
uint64_t vga_frame_ns(const struct vga_regs *r);
// Bytes from one line of a VBE mode to the next.
uint32_t vbe_pitch(const struct vga_regs *r);

#endif
