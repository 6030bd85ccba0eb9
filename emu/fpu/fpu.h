// x87, MMX, SSE and AVX: the state of one virtual CPU, and the rules of CR0, CR4 and XCR0 about it.
//
// Interface: struct fpu_state in struct cpu, fpu_reset(), fpu_update_gates(), fpu_gate_check(),
// fpu_pending_check(), and what environment images are made of. host.h runs single instructions on
// the host's own unit.
// Invariants, at every C call:
//  - `image` is the state: an XSAVE image in standard format with what XRSTOR of components 0-2
//    wants. st[] is in stack order as FXSAVE has it (st[0] is ST(0)), `ftw` the abridged tag word
//    in register order. What the image has in its place of FOP, FIP, FDP is the host's and means
//    nothing: the guest's are fop, fip, fcs, fdp, fds.
//  - image.xstate_bv is 7, so that nothing in it is ignored.
//  - FSW.ES (and B, its copy) is set exactly while an unmasked exception flag is.
//  - xmm[8-15] and their upper halves do not exist for the guest; they may hold anything.
#ifndef TM_EMU_FPU_FPU_H
#define TM_EMU_FPU_FPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu;

// FCW, FSW (SDM vol. 1, 8.1.3-8.1.5): exception masks and flags have the same places.
enum {
    FPU_IE = 1 << 0,
    FPU_DE = 1 << 1,
    FPU_ZE = 1 << 2,
    FPU_OE = 1 << 3,
    FPU_UE = 1 << 4,
    FPU_PE = 1 << 5,
    FPU_EXCEPTIONS = 0x3f,
    FSW_SF = 1 << 6,
    FSW_ES = 1 << 7,
    FSW_C0 = 1 << 8,
    FSW_C1 = 1 << 9,
    FSW_C2 = 1 << 10,
    FSW_TOP = 7 << 11,
    FSW_TOP_SHIFT = 11,
    FSW_C3 = 1 << 14,
    FSW_B = 1 << 15,
    FCW_RESET = 0x40,     // power-on (SDM vol. 3, table 9-1)
    FCW_INIT = 0x37f,     // FNINIT
    FCW_DEFINED = 0x1f7f, // bit 6 reads as 1, bits 7 and 13-15 as 0
};
// MXCSR (SDM vol. 1, 10.2.3). Bit 17, AMD's misaligned mode, does not exist in our models.
enum { MXCSR_INIT = 0x1f80, MXCSR_MASK = 0xffff, MXCSR_DAZ = 1 << 6 };
// XCR0 and the components of an XSAVE image.
enum { XCR0_X87 = 1, XCR0_SSE = 2, XCR0_AVX = 4, XCR0_ALL = 7 };

// One x87 register as FXSAVE lays it out.
struct fpu_register {
    uint64_t significand; // MMX register, too
    uint16_t exponent;    // sign in bit 15
    uint16_t zero[3];
};

struct fpu_image {
    uint16_t fcw, fsw;
    uint8_t ftw, zero0;
    uint16_t host_fop;
    uint64_t host_fip, host_fdp;
    uint32_t mxcsr, mxcsr_mask;
    struct fpu_register st[8];
    uint8_t xmm[16][16];
    uint8_t unused[96];
    uint64_t xstate_bv, xcomp_bv, header[6];
    uint8_t ymm_high[16][16];
};
enum { FPU_AREA_BYTES = 832, FPU_LEGACY_BYTES = 512, FPU_CLASSES = 5 };
_Static_assert(sizeof(struct fpu_image) == FPU_AREA_BYTES, "the standard XSAVE image up to AVX");
_Static_assert(offsetof(struct fpu_image, st) == 32 && offsetof(struct fpu_image, xmm) == 160 &&
                   offsetof(struct fpu_image, xstate_bv) == 512 &&
                   offsetof(struct fpu_image, ymm_high) == 576,
               "SDM vol. 1, 13.4");

struct fpu_state {
    _Alignas(64) union {
        struct fpu_image image;
        uint8_t area[FPU_AREA_BYTES];
    };
    // Of the last x87 instruction that is no control instruction (SDM vol. 1, 8.1.8).
    uint32_t fip, fdp;
    uint16_t fcs, fds, fop;
    bool ignne;    // CR0.NE = 0: the error was acknowledged at port F0h; waiting instructions go on
    uint64_t xcr0; // XCR0
    // CR0.NE = 0: the level of FERR#, IRQ 13 on a PC. NULL: not connected. Survives fpu_reset().
    void (*ferr)(void *opaque, bool level);
    void *ferr_opaque;
};

// Power-on state. The gates are updated.
void fpu_reset(struct cpu *cpu);

// Recompute cpu->fpu_gate[]; to be called by whoever changes CR0, CR4 or XCR0.
// fpu_gate[CLASS_x] is 0 when instructions of the class may run, else the vector (#UD, #NM) that
// they raise.
void fpu_update_gates(struct cpu *cpu);

// The unmasked exception that waits, if one does: before every waiting x87 instruction and every
// MMX instruction, after #NM and #UD. Raises #MF if CR0.NE is set. Else FERR# goes up, and true is
// returned while the processor waits for the interrupt: the instruction must not run (SDM vol. 1,
// 8.7.2).
bool fpu_pending_slow(struct cpu *cpu);

// Port F0h was written: FERR# goes down and IGNNE# up, until the error is cleared.
void fpu_acknowledge(struct cpu *cpu);

// --- pieces of the state ---
static inline unsigned fpu_top(const struct fpu_state *f)
{
    return (f->image.fsw >> FSW_TOP_SHIFT) & 7u;
}

// Set ES and B by flags and masks.
void fpu_update_es(struct fpu_state *f);

// What every MMX instruction but EMMS does first: TOP = 0, all tags valid. After it, st[i] is MMi.
void fpu_enter_mmx(struct fpu_state *f);

// What a program could tell the two states apart by, or NULL. For lockstep and tests.
const char *fpu_difference(const struct fpu_state *a, const struct fpu_state *b);

// FNINIT.
void fpu_init_x87(struct fpu_state *f);

// The 16-bit tag word of FSTENV (0 valid, 1 zero, 2 special, 3 empty), and its inverse.
uint16_t fpu_tag_word(const struct fpu_state *f);
void fpu_set_tag_word(struct fpu_state *f, uint16_t tags);

// The environment in its four formats (SDM vol. 1, figures 8-9 to 8-12): `size` 2 or 4; returns 14
// or 28, its bytes.
unsigned fpu_store_environment(const struct fpu_state *f, unsigned size, bool paragraphs,
                               uint8_t *to);
void fpu_load_environment(struct fpu_state *f, unsigned size, bool paragraphs, const uint8_t *from);

#endif
