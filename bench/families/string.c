/* string: rep movs, stos, lods, scas, cmps by size, and without rep. */
#include "bench/families/string.h"

#define STRING_MEGA  (1u << 20)
#define STRING_FOUND 4000u /* where scas and cmps find what they look for */

static void string_model_copy64(struct test_state *s, uint32_t n)
{
    string_copied(s, n, 64);
}
static void string_model_copy4k(struct test_state *s, uint32_t n)
{
    string_copied(s, n, 4096);
}

static void string_model_copy_loop(struct test_state *s, uint32_t n)
{
    string_copied(s, n, 256);
    s->regs.ecx = 64;
}

/* Downwards: esi and edi start at the last byte. */
static void string_model_down(struct test_state *s, uint32_t n)
{
    string_copied(s, n, 4096);
    s->regs.esi = s->base - 1;
    s->regs.edi = s->base + TEST_HALF - 1;
}

/* The destination is one byte above the source: the first byte fills all. */
static void string_setup_overlap(struct test_state *s)
{
    s->regs.ebx = s->base;
    s->regs.edx = s->base + 1;
}

static void string_model_overlap(struct test_state *s, uint32_t n)
{
    /* the word at ebx is four equal bytes, plus eax, whose low byte then is the next filling */
    for (uint32_t i = 0; i < n; i++) {
        memset(s->data, s->data[0], 257);
        s->data32[0] += s->regs.eax;
        if (i == 255 && n > 512) /* the filling byte has a period of 256 at most */
            i += (n - 512) / 256 * 256;
    }
    s->regs.esi = s->base + 256;
    s->regs.edi = s->base + 257;
    s->regs.ecx = 0;
}

static void string_model_fill64(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 16; i++)
        s->data32[TEST_HALF / 4 + i] = s->regs.eax + s->regs.ebx * (n - 1);
    s->regs.eax += s->regs.ebx * n;
    s->regs.edi = s->base + TEST_HALF + 64;
    s->regs.ecx = 0;
}

static void string_setup_fill(struct test_state *s)
{
    s->regs.edx = s->regs.edi;
}

static void string_model_fill4k(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 1024; i++)
        s->data32[TEST_HALF / 4 + i] = s->regs.eax + s->regs.ebx * (n - 1);
    s->regs.eax += s->regs.ebx * n;
    s->regs.edi = s->base + TEST_HALF + 4096;
    s->regs.ecx = 0;
}

static void string_model_fill4k_bytes(struct test_state *s, uint32_t n)
{
    memset(s->data + TEST_HALF, (int)(s->regs.eax + s->regs.ebx * (n - 1)), 4096);
    s->regs.eax += s->regs.ebx * n;
    s->regs.edi = s->base + TEST_HALF + 4096;
    s->regs.ecx = 0;
}

static void string_setup_lods(struct test_state *s)
{
    s->regs.ebx = s->base;
}

static void string_model_lods(struct test_state *s, uint32_t n)
{
    s->regs.eax = s->data32[1023];
    s->regs.edx += s->regs.eax * n;
    s->regs.esi = s->base + 4096;
    s->regs.ecx = 0;
}

static void string_setup_scan(struct test_state *s)
{
    for (uint32_t i = 0; i < 4096; i++)
        s->data[i] |= 1;
    s->data[STRING_FOUND] = 0;
    s->regs.eax = 0;
    s->regs.ebx = s->base;
}

static void string_model_scan(struct test_state *s, uint32_t n)
{
    s->regs.ecx = 4096 - STRING_FOUND - 1;
    s->regs.edi = s->base + STRING_FOUND + 1;
    s->regs.edx += s->regs.ecx * n;
}

static void string_setup_compare(struct test_state *s)
{
    string_setup_copy(s);
    memcpy(s->data + TEST_HALF, s->data, 4096);
    s->data[TEST_HALF + STRING_FOUND] ^= 1;
}

static void string_model_compare(struct test_state *s, uint32_t n)
{
    s->regs.ecx = 4096 - STRING_FOUND - 1;
    s->regs.esi = s->base + STRING_FOUND + 1;
    s->regs.edi = s->base + TEST_HALF + STRING_FOUND + 1;
    s->regs.eax += s->regs.ecx * n;
}

/* One megabyte inside the big area; its words are computed again by the model. */
static uint32_t string_mega_word(uint32_t i, uint32_t seed)
{
    return (i + 1) * 0x9E3779B9u ^ seed;
}

static void string_setup_mega(struct test_state *s)
{
    uint32_t *from = (uint32_t *)(void *)port_big_area();
    for (uint32_t i = 0; i < STRING_MEGA / 4; i++)
        from[i] = string_mega_word(i, s->data32[0]);
    s->regs.ebx = (uint32_t)(uintptr_t)from;
    s->regs.edx = s->regs.ebx + 4 * STRING_MEGA;
}

static void string_model_mega(struct test_state *s, uint32_t n)
{
    const uint32_t *to = (const uint32_t *)(const void *)(port_big_area() + 4 * STRING_MEGA);
    if (to[0] != string_mega_word(0, s->data32[0]) + s->regs.eax * (n - 1))
        s->why = "the copy's first word is not the last iteration's";
    for (uint32_t i = 1; i < STRING_MEGA / 4; i++)
        if (to[i] != string_mega_word(i, s->data32[0])) {
            s->why = "the copy differs from its source";
            break;
        }
    s->regs.esi = s->regs.ebx + STRING_MEGA;
    s->regs.edi = s->regs.edx + STRING_MEGA;
    s->regs.ecx = 0;
}

static void string_model_lods_stos(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 32; i++)
        s->data32[TEST_HALF / 4 + i] = s->data32[i];
    s->data32[TEST_HALF / 4] += s->regs.ecx * (n - 1);
    s->data32[0] += s->regs.ecx * n;
    s->regs.eax = n > 0 ? s->data32[31] : s->regs.eax;
    s->regs.esi = s->base + 128;
    s->regs.edi = s->base + TEST_HALF + 128;
}

#define STRING_FILL(count, op) LOOP_ADD(1, "mov %edx,%edi\n mov $" #count ",%ecx\n " op)

/* clang-format off */
#define STRING_ROWS(F, T, TX) \
T(F, movsb_64,   "movsb/64",   "", "rep movsb of 64 bytes, per call",               1, FLOOR, 0, STRING_COPY(64, "rep movsb"), string_setup_copy, string_model_copy64) \
T(F, movsb_4k,   "movsb/4096", "", "rep movsb of 4 KB, per call",                   1, FLOOR, 0, STRING_COPY(4096, "rep movsb"), string_setup_copy, string_model_copy4k) \
T(F, movsd_64,   "movsd/64",   "", "rep movsd of 64 bytes, per call",               1, FLOOR, 0, STRING_COPY(16, "rep movsl"), string_setup_copy, string_model_copy64) \
T(F, movsd_4k,   "movsd/4096", "", "rep movsd of 4 KB, per call",                   1, FLOOR, 0, STRING_COPY(1024, "rep movsl"), string_setup_copy, string_model_copy4k) \
T(F, movsd_1m,   "movsd/1M",   "", "rep movsd of 1 MB to 4 MB above, per call",     1, SPREAD, 0, STRING_COPY(262144, "rep movsl"), string_setup_mega, string_model_mega) \
T(F, movsb_down, "movsb_down", "", "rep movsb of 4 KB downwards, per call",         1, FLOOR, 0, LOOP_RAW("lea 4095(%ebx),%esi\n lea 4095(%edx),%edi\n mov $4096,%ecx\n std\n rep movsb\n cld\n add %eax,(%ebx)"), string_setup_copy, string_model_down) \
T(F, movsb_over, "movsb_overlap", "", "rep movsb of 256 bytes onto itself, one byte up, per call", 1, FLOOR, 0, STRING_COPY(256, "rep movsb"), string_setup_overlap, string_model_overlap) \
T(F, movsd_loop, "movsd_single","", "movsd without rep",                            64, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov %edx,%edi\n mov $64,%ecx\n" REPEAT(64, "movsl") " add %eax,(%ebx)"), string_setup_copy, string_model_copy_loop) \
T(F, stosd_64,   "stosd/64",   "", "rep stosd of 64 bytes, per call",               1, FLOOR, 0, STRING_FILL(16, "rep stosl"), string_setup_fill, string_model_fill64) \
T(F, stosd_4k,   "stosd/4096", "", "rep stosd of 4 KB, per call",                   1, FLOOR, 0, STRING_FILL(1024, "rep stosl"), string_setup_fill, string_model_fill4k) \
T(F, stosb_4k,   "stosb/4096", "", "rep stosb of 4 KB, per call",                   1, FLOOR, 0, STRING_FILL(4096, "rep stosb"), string_setup_fill, string_model_fill4k_bytes) \
T(F, lodsd_4k,   "lodsd/4096", "", "rep lodsd of 4 KB, per call",                   1, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov $1024,%ecx\n rep lodsl\n add %eax,%edx"), string_setup_lods, string_model_lods) \
T(F, scasb_4k,   "scasb/4096", "", "repne scasb that finds byte 4000, per call",    1, FLOOR, 0, LOOP_RAW("mov %ebx,%edi\n mov $4096,%ecx\n repne scasb\n add %ecx,%edx"), string_setup_scan, string_model_scan) \
T(F, cmpsb_4k,   "cmpsb/4096", "", "repe cmpsb that differs at byte 4000, per call",1, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov %edx,%edi\n mov $4096,%ecx\n repe cmpsb\n add %ecx,%eax"), string_setup_compare, string_model_compare) \
T(F, lods_stos,  "lods_stos",  "", "lodsd and stosd without rep, a pair counts as one", 32, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov %edx,%edi\n" REPEAT(32, "lodsl\n stosl") " add %ecx,(%ebx)"), string_setup_copy, string_model_lods_stos)
/* clang-format on */
FAMILY_TABLE(string, STRING_ROWS)
