// See oracle_vector.h.
#include "emu/tests/oracle_vector.h"

#include <stdio.h>
#include <string.h>

#include "emu/tests/oracle.h"

static uint64_t random64(uint64_t *seed)
{
    return (uint64_t)oracle_random(seed) << 32 | oracle_random(seed);
}

// --- numbers
// ---------------------------------------------------------------------------------------------------

static uint32_t random_float(uint64_t *seed)
{
    static const uint32_t special[] = {
        0,          1,          0x007fffff, 0x00800000, 0x00800001, 0x3f800000, 0x3f800001,
        0x3f7fffff, 0x3fc00000, 0x40000000, 0x4b000000, 0x4b000001, 0x4effffff, 0x4f000000,
        0x4f000001, 0x5f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000,
        0x7fc12345, 0x7fffffff, 0x33800000, 0x3f000000, 0x42fe0000, 0x00400000,
    };
    uint32_t sign = oracle_random(seed) & 0x80000000u, v = oracle_random(seed);
    switch (oracle_below(seed, 5)) {
    case 0:
    case 1: return sign | special[oracle_below(seed, sizeof special / sizeof *special)];
    case 2: return sign | (0x3f800000u + ((oracle_below(seed, 64) - 32) << 23)) | (v & 0x7fffff);
    case 3: return sign | 0x3f800000u | (v & 0x700000);
    default: return v;
    }
}

static uint64_t random_double(uint64_t *seed)
{
    static const uint64_t special[] = {
        0,
        1,
        0x000fffffffffffff,
        0x0010000000000000,
        0x0010000000000001,
        0x3ff0000000000000,
        0x3ff0000000000001,
        0x3fefffffffffffff,
        0x3ff8000000000000,
        0x4000000000000000,
        0x41dfffffffc00000, // 2^31 - 1
        0x41e0000000000000,
        0x41dfffffffe00000, // 2^31 - 1/2
        0x43e0000000000000, // 2^63
        0x43dfffffffffffff,
        0x36a0000000000000, // the smallest float
        0x3690000000000000,
        0x380fffffffffffff,
        0x47efffffe0000000, // the largest float
        0x47effffff0000000,
        0x7fefffffffffffff,
        0x7ff0000000000000,
        0x7ff0000000000001,
        0x7ff7ffffffffffff,
        0x7ff8000000000000,
        0x7ff8000000012345,
        0x7fffffffffffffff,
        0x3ff0000010000000,
        0x3fe0000000000000,
        0x4330000000000001,
    };
    uint64_t sign = random64(seed) & 1ull << 63, v = random64(seed);
    switch (oracle_below(seed, 5)) {
    case 0:
    case 1: return sign | special[oracle_below(seed, sizeof special / sizeof *special)];
    case 2:
        return sign | (0x3ff0000000000000ull + ((uint64_t)(oracle_below(seed, 128) - 64) << 52)) |
               (v & 0xfffffffffffffull);
    case 3: return sign | 0x3ff0000000000000ull | (v & 0xe000000000000ull);
    default: return v;
    }
}

static void random_extended(uint64_t *seed, uint64_t *significand, uint16_t *exponent)
{
    static const struct {
        uint16_t exponent;
        uint64_t significand;
    } special[] = {
        {0, 0},
        {0, 1}, // denormals
        {0, 0x7fffffffffffffff},
        {0, 0x8000000000000000}, // pseudo-denormal
        {0, 0xffffffffffffffff},
        {1, 0x8000000000000000}, // the smallest normal number
        {1, 0},                  // unnormals
        {0x3fff, 0x4000000000000000},
        {0x3fff, 0},
        {0x7ffe, 0x7fffffffffffffff},
        {0x3fff, 0x8000000000000000}, // 1
        {0x3fff, 0x8000000000000001},
        {0x3ffe, 0xffffffffffffffff},
        {0x3ffe, 0x8000000000000000},
        {0x3fff, 0xc000000000000000},
        {0x4000, 0xc90fdaa22168c235}, // pi
        {0x403e, 0x8000000000000000}, // 2^63
        {0x403e, 0xffffffffffffffff},
        {0x403d, 0xffffffffffffffff},
        {0x401e, 0x8000000000000000}, // 2^31
        {0x401d, 0xfffffffe00000000}, // 2^31 - 1
        {0x401d, 0xffffffff00000000}, // 2^31 - 1/2
        {0x400e, 0x8000000000000000}, // 2^15
        {0x403a, 0xde0b6b3a763fffff}, // near 10^18
        {0x3f81, 0x8000000000000000}, // the smallest normal float
        {0x3f80, 0xffffff8000000000},
        {0x407e, 0xffffff0000000000}, // the largest float
        {0x407e, 0xffffff8000000000},
        {0x43fe, 0xfffffffffffff800}, // the largest double
        {0x43fe, 0xfffffffffffffc00},
        {0x3c01, 0x8000000000000000}, // the smallest normal double
        {0x3c00, 0xfffffffffffffc00},
        {0x7ffe, 0xffffffffffffffff}, // the largest number
        {0x7fff, 0x8000000000000000}, // infinity
        {0x7fff, 0},                  // pseudo-infinity
        {0x7fff, 0x8000000000000001}, // signalling NaNs
        {0x7fff, 0xbfffffffffffffff},
        {0x7fff, 0xc000000000000000}, // quiet NaNs
        {0x7fff, 0xc000000000012345},
        {0x7fff, 0xffffffffffffffff},
        {0x7fff, 0x4000000000000000}, // pseudo-NaNs
        {0x7fff, 0x0000000000000001},
        {0x3fff, 0x8000008000000000}, // halfway cases of 24 and 53 bits
        {0x3fff, 0x8000000000000400},
        {0x3fff, 0x8000000000000c00},
    };
    uint16_t sign = (uint16_t)(oracle_random(seed) & 0x8000);
    *significand = random64(seed);
    switch (oracle_below(seed, 5)) {
    case 0:
    case 1: {
        unsigned i = oracle_below(seed, sizeof special / sizeof *special);
        *significand = special[i].significand;
        *exponent = (uint16_t)(sign | special[i].exponent);
        return;
    }
    case 2:
        *significand |= 1ull << 63;
        *exponent = (uint16_t)(sign | (0x3fff + oracle_below(seed, 160) - 80));
        return;
    case 3: // few significant bits: exact results
        *significand = (*significand & 0xf800000000000000ull) | 1ull << 63;
        *exponent = (uint16_t)(sign | (0x3fff + oracle_below(seed, 16) - 8));
        return;
    default:
        if (oracle_chance(seed, 80))
            *significand |= 1ull << 63;
        *exponent = (uint16_t)oracle_random(seed);
        return;
    }
}

// A packed decimal number of 18 digits.
static void random_decimal(uint8_t to[10], uint64_t *seed)
{
    for (unsigned i = 0; i < 9; i++)
        to[i] = (uint8_t)(oracle_below(seed, 10) << 4 | oracle_below(seed, 10));
    to[9] = (uint8_t)(oracle_random(seed) & 0x80);
}

void oracle_vector_operand(uint8_t *to, unsigned bytes, unsigned size, uint64_t *seed)
{
    uint8_t number[16];
    for (unsigned at = 0; at < bytes; at += size) {
        uint64_t v = random64(seed);
        uint16_t exponent;
        memcpy(number, &v, 8);
        if (size == 4) {
            uint32_t f = random_float(seed);
            memcpy(number, &f, 4);
        } else if (size == 8) {
            v = random_double(seed);
            memcpy(number, &v, 8);
        } else if (size == 10 && oracle_chance(seed, 30)) {
            random_decimal(number, seed);
        } else if (size == 10) {
            random_extended(seed, &v, &exponent);
            memcpy(number, &v, 8);
            memcpy(number + 8, &exponent, 2);
        }
        memcpy(to + at, number, bytes - at < size ? bytes - at : size);
    }
}

// --- states
// ----------------------------------------------------------------------------------------------------

static void random_vector(uint8_t to[16], uint64_t *seed)
{
    static const uint8_t sizes[] = {4, 8, 2, 4, 8};
    oracle_vector_operand(to, 16, sizes[oracle_below(seed, sizeof sizes)], seed);
}

static void generate_x87(struct oracle_vector *v, uint64_t *seed, bool pending)
{
    struct fpu_image *i = &v->image;
    i->fcw = (uint16_t)(FCW_RESET | (oracle_random(seed) & 0x1f00));
    if (!oracle_chance(seed, 20))
        i->fcw |= 0x300; // mostly 64 bits
    i->fcw |=
        (uint16_t)(oracle_chance(seed, 60) ? FPU_EXCEPTIONS : oracle_random(seed) & FPU_EXCEPTIONS);
    unsigned fsw = oracle_random(seed) & 0x7f7f;
    if (oracle_chance(seed, 50))
        fsw &= ~(unsigned)(FPU_EXCEPTIONS | FSW_SF);
    if (!pending || !oracle_chance(seed, 10))
        fsw &= i->fcw | ~(unsigned)FPU_EXCEPTIONS;
    if (!(fsw & FPU_IE))
        fsw &= ~(unsigned)FSW_SF;
    if (fsw & ~i->fcw & FPU_EXCEPTIONS)
        fsw |= FSW_ES | FSW_B;
    i->fsw = (uint16_t)fsw;
    i->ftw = (uint8_t)oracle_random(seed);
    switch (oracle_below(seed, 4)) {
    case 0: break;
    case 1: i->ftw = 0xff; break;
    default: // some registers from the top on
        i->ftw = 0;
        for (unsigned n = 2 + oracle_below(seed, 5), r = 0; r < n; r++)
            i->ftw |= (uint8_t)(1u << ((r + (fsw >> FSW_TOP_SHIFT)) & 7));
    }
    for (unsigned r = 0; r < 8; r++)
        random_extended(seed, &i->st[r].significand, &i->st[r].exponent);
    v->fip = oracle_random(seed);
    v->fdp = oracle_random(seed);
    v->fcs = (uint16_t)oracle_random(seed);
    v->fds = (uint16_t)oracle_random(seed);
    v->fop = oracle_random(seed) & 0x7ff;
}

void oracle_vector_generate(struct oracle_vector *v, uint64_t *seed, bool pending)
{
    struct fpu_image *i = &v->image;
    memset(v, 0, sizeof *v);
    generate_x87(v, seed, pending);
    i->mxcsr = oracle_random(seed) & 0x603f; // flags and rounding
    if (oracle_chance(seed, 25))
        i->mxcsr |= oracle_random(seed) & 0x8040;
    i->mxcsr |= oracle_chance(seed, 70) ? 0x1f80 : oracle_random(seed) & 0x1f80;
    i->mxcsr_mask = MXCSR_MASK;
    i->xstate_bv = XCR0_ALL;
    for (unsigned r = 0; r < 8; r++) {
        random_vector(i->xmm[r], seed);
        random_vector(i->ymm_high[r], seed);
    }
    // The same operands as in another register, now and then: equal numbers, equal NaNs.
    if (oracle_chance(seed, 20))
        memcpy(i->xmm[oracle_below(seed, 8)], i->xmm[oracle_below(seed, 8)], 16);
    if (oracle_chance(seed, 5))
        memset(i->xmm, 0, 8 * 16);
    if (oracle_chance(seed, 5))
        memset(i->ymm_high, 0, 8 * 16);
}

void oracle_vector_frstor_image(const struct oracle_vector *v, uint8_t image[108])
{
    uint32_t tags = 0, environment[7];
    for (unsigned r = 0; r < 8; r++)
        if (!(v->image.ftw >> r & 1))
            tags |= 3u << (2 * r);
    environment[0] = v->image.fcw;
    environment[1] = v->image.fsw;
    environment[2] = tags;
    environment[3] = v->fip;
    environment[4] = (uint32_t)v->fop << 16 | v->fcs;
    environment[5] = v->fdp;
    environment[6] = v->fds;
    memcpy(image, environment, 28);
    for (unsigned r = 0; r < 8; r++)
        memcpy(image + 28 + 10 * r, &v->image.st[r], 10);
}

// --- comparing
// -------------------------------------------------------------------------------------------------

bool oracle_vector_equal(const struct oracle_vector *native, const struct oracle_vector *guest,
                         char *why, size_t size)
{
    const struct fpu_image *a = &native->image, *b = &guest->image;
    why[0] = 0;
    if (a->fcw != b->fcw)
        snprintf(why, size, "fcw: native %04x guest %04x", a->fcw, b->fcw);
    else if (a->fsw != b->fsw)
        snprintf(why, size, "fsw: native %04x guest %04x", a->fsw, b->fsw);
    else if (a->ftw != b->ftw)
        snprintf(why, size, "tags: native %02x guest %02x", a->ftw, b->ftw);
    else if (a->mxcsr != b->mxcsr)
        snprintf(why, size, "mxcsr: native %04x guest %04x", a->mxcsr, b->mxcsr);
    for (unsigned i = 0; i < 8 && !why[0]; i++) {
        if (memcmp(&a->st[i], &b->st[i], 10) != 0)
            snprintf(why, size, "st(%u): native %04x:%016llx guest %04x:%016llx", i,
                     a->st[i].exponent, (unsigned long long)a->st[i].significand, b->st[i].exponent,
                     (unsigned long long)b->st[i].significand);
        else if (memcmp(a->xmm[i], b->xmm[i], 16) != 0)
            snprintf(why, size, "xmm%u", i);
        else if (memcmp(a->ymm_high[i], b->ymm_high[i], 16) != 0)
            snprintf(why, size, "upper half of ymm%u", i);
    }
    // The host's signal frame has the pointers only while an exception waits, and not the
    // selectors.
    if (!why[0] && (a->fsw & FSW_ES) && native->fip != guest->fip)
        snprintf(why, size, "fip: native %08x guest %08x", native->fip, guest->fip);
    else if (!why[0] && (a->fsw & FSW_ES) && native->fdp != guest->fdp)
        snprintf(why, size, "fdp: native %08x guest %08x", native->fdp, guest->fdp);
    else if (!why[0] && (a->fsw & FSW_ES) && native->fop != guest->fop)
        snprintf(why, size, "fop: native %03x guest %03x", native->fop, guest->fop);
    return !why[0];
}

static void print_vector(const char *name, unsigned number, const uint8_t *bytes)
{
    uint64_t q[2];
    memcpy(q, bytes, 16);
    printf(" %s%u=%016llx_%016llx", name, number, (unsigned long long)q[1],
           (unsigned long long)q[0]);
}

void oracle_vector_print(const char *who, const struct oracle_vector *v)
{
    const struct fpu_image *i = &v->image;
    printf("  %-7s fcw=%04x fsw=%04x ftw=%02x fop=%03x fip=%04x:%08x fdp=%04x:%08x mxcsr=%04x\n",
           who, i->fcw, i->fsw, i->ftw, v->fop, v->fcs, v->fip, v->fds, v->fdp, i->mxcsr);
    for (unsigned r = 0; r < 8; r++) {
        printf("          st%u=%04x:%016llx", r, i->st[r].exponent,
               (unsigned long long)i->st[r].significand);
        print_vector("xmm", r, i->xmm[r]);
        print_vector("high", r, i->ymm_high[r]);
        printf("\n");
    }
}
