/* string: what string.c has by element and size. */
#include "bench/families/string.h"

#define STRING_FILL(count, op) LOOP_ADD(1, "mov %edx,%edi\n mov $" #count ",%ecx\n " op)

#define STRING_COPIED(bytes)                                                                       \
    static void stringforms_model_copy_##bytes(struct test_state *s, uint32_t n)                   \
    {                                                                                              \
        string_copied(s, n, bytes);                                                                \
    }
STRING_COPIED(16)
STRING_COPIED(256)
STRING_COPIED(1024)
STRING_COPIED(4096)

/* No element is moved: only the registers say that the instruction was there. */
static void stringforms_model_none(struct test_state *s, uint32_t n)
{
    s->data32[0] += s->regs.eax * n;
    s->regs.esi = s->base;
    s->regs.edi = s->base + TEST_HALF;
    s->regs.ecx = 0;
}

static void stringforms_filled(struct test_state *s, uint32_t n, uint32_t bytes, uint32_t size)
{
    const uint32_t last = s->regs.eax + s->regs.ebx * (n - 1);
    for (uint32_t at = 0; at < bytes; at += size)
        memcpy(s->data + TEST_HALF + at, &last, size);
    s->regs.eax += s->regs.ebx * n;
    s->regs.edi = s->base + TEST_HALF + bytes;
    s->regs.ecx = 0;
}

static void stringforms_setup_fill(struct test_state *s)
{
    s->regs.edx = s->regs.edi;
}

static void stringforms_model_stosb_64(struct test_state *s, uint32_t n)
{
    stringforms_filled(s, n, 64, 1);
}
static void stringforms_model_stosw_4k(struct test_state *s, uint32_t n)
{
    stringforms_filled(s, n, 4096, 2);
}

static void stringforms_model_stosd_256(struct test_state *s, uint32_t n)
{
    stringforms_filled(s, n, 256, 4);
}

#define STRINGFORMS_MEGA (1u << 20)

static void stringforms_setup_mega(struct test_state *s)
{
    s->regs.edx = (uint32_t)(uintptr_t)port_big_area();
}

static void stringforms_model_mega(struct test_state *s, uint32_t n)
{
    const uint32_t *to = (const uint32_t *)(const void *)port_big_area();
    const uint32_t last = s->regs.eax + s->regs.ebx * (n - 1);
    for (uint32_t i = 0; i < STRINGFORMS_MEGA / 4; i++)
        if (to[i] != last) {
            s->why = "a word is not what the last iteration stored";
            break;
        }
    s->regs.eax += s->regs.ebx * n;
    s->regs.edi = s->regs.edx + STRINGFORMS_MEGA;
    s->regs.ecx = 0;
}

/* Source and destination at odd addresses. */
static void stringforms_setup_odd(struct test_state *s)
{
    s->regs.ebx = s->base + 1;
    s->regs.edx = s->base + TEST_HALF + 3;
}

static void stringforms_model_odd(struct test_state *s, uint32_t n)
{
    uint32_t first;
    memcpy(&first, s->data + 1, 4);
    memcpy(s->data + TEST_HALF + 3, s->data + 1, 4096);
    const uint32_t copied = first + s->regs.eax * (n - 1), next = first + s->regs.eax * n;
    memcpy(s->data + TEST_HALF + 3, &copied, 4);
    memcpy(s->data + 1, &next, 4);
    s->regs.esi = s->regs.ebx + 4096;
    s->regs.edi = s->regs.edx + 4096;
    s->regs.ecx = 0;
}

/* Elements of the same text, but for one: scas looks for a zero, cmps for a difference. */
#define STRING_AT 4000u

static void stringforms_setup_scan(struct test_state *s)
{
    for (uint32_t i = 0; i < 4096; i++)
        s->data[i] |= 1;
    memset(s->data + STRING_AT, 0, 4);
    s->regs.eax = 0;
    s->regs.ebx = s->base;
}

static void stringforms_scanned(struct test_state *s, uint32_t n, uint32_t size)
{
    s->regs.ecx = (4096 - STRING_AT) / size - 1;
    s->regs.edi = s->base + STRING_AT + size;
    s->regs.edx += s->regs.ecx * n;
}

static void stringforms_model_scasw(struct test_state *s, uint32_t n)
{
    stringforms_scanned(s, n, 2);
}
static void stringforms_model_scasd(struct test_state *s, uint32_t n)
{
    stringforms_scanned(s, n, 4);
}

static void stringforms_setup_compare(struct test_state *s)
{
    string_setup_copy(s);
    memcpy(s->data + TEST_HALF, s->data, 4096);
    s->data[TEST_HALF + STRING_AT] ^= 1;
}

static void stringforms_model_cmpsd(struct test_state *s, uint32_t n)
{
    s->regs.ecx = (4096 - STRING_AT) / 4 - 1;
    s->regs.esi = s->base + STRING_AT + 4;
    s->regs.edi = s->base + TEST_HALF + STRING_AT + 4;
    s->regs.eax += s->regs.ecx * n;
}

/* A zero at 12 of 16, at 250 of 256. */
static void stringforms_setup_scan_short(struct test_state *s)
{
    for (uint32_t i = 0; i < 256; i++)
        s->data[i] |= 1;
    s->data[12] = 0;
    s->data[250] = 0;
    s->regs.eax = 0;
    s->regs.ebx = s->base;
}

static void stringforms_setup_scan_256(struct test_state *s)
{
    stringforms_setup_scan_short(s);
    s->data[12] = 1;
}

static void stringforms_found(struct test_state *s, uint32_t n, uint32_t at, uint32_t size)
{
    s->regs.ecx = size - at - 1;
    s->regs.edi = s->base + at + 1;
    s->regs.edx += s->regs.ecx * n;
}

static void stringforms_model_scasb_16(struct test_state *s, uint32_t n)
{
    stringforms_found(s, n, 12, 16);
}
static void stringforms_model_scasb_256(struct test_state *s, uint32_t n)
{
    stringforms_found(s, n, 250, 256);
}

static void stringforms_setup_compare_256(struct test_state *s)
{
    string_setup_copy(s);
    memcpy(s->data + TEST_HALF, s->data, 256);
    s->data[TEST_HALF + 250] ^= 1;
}

static void stringforms_model_cmpsb_256(struct test_state *s, uint32_t n)
{
    s->regs.ecx = 5;
    s->regs.esi = s->base + 251;
    s->regs.edi = s->base + TEST_HALF + 251;
    s->regs.eax += 5 * n;
}

static void stringforms_setup_compare_16(struct test_state *s)
{
    string_setup_copy(s);
    memcpy(s->data + TEST_HALF, s->data, 16);
    s->data[TEST_HALF + 12] ^= 1;
}

static void stringforms_model_cmpsb_16(struct test_state *s, uint32_t n)
{
    s->regs.ecx = 3;
    s->regs.esi = s->base + 13;
    s->regs.edi = s->base + TEST_HALF + 13;
    s->regs.eax += 3 * n;
}

static void stringforms_setup_lods(struct test_state *s)
{
    s->regs.ebx = s->base;
}

static void stringforms_model_lodsb(struct test_state *s, uint32_t n)
{
    const uint32_t first = (s->regs.eax & ~0xFFu) | s->data[4095];
    s->regs.eax = first;
    s->regs.edx += first * n;
    s->regs.esi = s->base + 4096;
    s->regs.ecx = 0;
}

static void stringforms_model_lodsd_64(struct test_state *s, uint32_t n)
{
    s->regs.eax = s->data32[15];
    s->regs.edx += s->regs.eax * n;
    s->regs.esi = s->base + 64;
    s->regs.ecx = 0;
}

/* clang-format off */
#define STRINGFORMS_ROWS(F, T, TX) \
T(F, movsd_0,   "movsd/0",    "", "rep movsd of nothing, per call",                1, FLOOR, 0, STRING_COPY(0, "rep movsl"), string_setup_copy, stringforms_model_none) \
T(F, movsb_16,  "movsb/16",   "", "rep movsb of 16 bytes, per call",               1, FLOOR, 0, STRING_COPY(16, "rep movsb"), string_setup_copy, stringforms_model_copy_16) \
T(F, movsd_256, "movsd/256",  "", "rep movsd of 256 bytes, per call",              1, FLOOR, 0, STRING_COPY(64, "rep movsl"), string_setup_copy, stringforms_model_copy_256) \
T(F, movsb_1k,  "movsb/1024", "", "rep movsb of 1 KB, per call",                   1, FLOOR, 0, STRING_COPY(1024, "rep movsb"), string_setup_copy, stringforms_model_copy_1024) \
T(F, movsw_4k,  "movsw/4096", "", "rep movsw of 4 KB, per call",                   1, FLOOR, 0, STRING_COPY(2048, "rep movsw"), string_setup_copy, stringforms_model_copy_4096) \
T(F, stosb_64,  "stosb/64",   "", "rep stosb of 64 bytes, per call",               1, FLOOR, 0, STRING_FILL(64, "rep stosb"), stringforms_setup_fill, stringforms_model_stosb_64) \
T(F, stosw_4k,  "stosw/4096", "", "rep stosw of 4 KB, per call",                   1, FLOOR, 0, STRING_FILL(2048, "rep stosw"), stringforms_setup_fill, stringforms_model_stosw_4k) \
T(F, lodsb_4k,  "lodsb/4096", "", "rep lodsb of 4 KB, per call",                   1, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov $4096,%ecx\n rep lodsb\n add %eax,%edx"), stringforms_setup_lods, stringforms_model_lodsb) \
T(F, scasw_4k,  "scasw/4096", "", "repne scasw that finds byte 4000, per call",    1, FLOOR, 0, LOOP_RAW("mov %ebx,%edi\n mov $2048,%ecx\n repne scasw\n add %ecx,%edx"), stringforms_setup_scan, stringforms_model_scasw) \
T(F, scasd_4k,  "scasd/4096", "", "repne scasd that finds byte 4000, per call",    1, FLOOR, 0, LOOP_RAW("mov %ebx,%edi\n mov $1024,%ecx\n repne scasl\n add %ecx,%edx"), stringforms_setup_scan, stringforms_model_scasd) \
T(F, cmpsb_16,  "cmpsb/16",   "", "repe cmpsb that differs at byte 12, per call",  1, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov %edx,%edi\n mov $16,%ecx\n repe cmpsb\n add %ecx,%eax"), stringforms_setup_compare_16, stringforms_model_cmpsb_16) \
T(F, cmpsd_4k,  "cmpsd/4096", "", "repe cmpsd that differs at byte 4000, per call",1, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov %edx,%edi\n mov $1024,%ecx\n repe cmpsl\n add %ecx,%eax"), stringforms_setup_compare, stringforms_model_cmpsd) \
T(F, movsd_odd, "movsd_odd/4096", "", "rep movsd of 4 KB from and to odd addresses, per call", 1, FLOOR, 0, STRING_COPY(1024, "rep movsl"), stringforms_setup_odd, stringforms_model_odd) \
T(F, stosd_256, "stosd/256",  "", "rep stosd of 256 bytes, per call",              1, FLOOR, 0, STRING_FILL(64, "rep stosl"), stringforms_setup_fill, stringforms_model_stosd_256) \
T(F, stosd_1m,  "stosd/1M",   "", "rep stosd of 1 MB, per call",                   1, SPREAD, 0, STRING_FILL(262144, "rep stosl"), stringforms_setup_mega, stringforms_model_mega) \
T(F, lodsd_64,  "lodsd/64",   "", "rep lodsd of 64 bytes, per call",               1, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov $16,%ecx\n rep lodsl\n add %eax,%edx"), stringforms_setup_lods, stringforms_model_lodsd_64) \
T(F, scasb_16,  "scasb/16",   "", "repne scasb that finds byte 12, per call",      1, FLOOR, 0, LOOP_RAW("mov %ebx,%edi\n mov $16,%ecx\n repne scasb\n add %ecx,%edx"), stringforms_setup_scan_short, stringforms_model_scasb_16) \
T(F, scasb_256, "scasb/256",  "", "repne scasb that finds byte 250, per call",     1, FLOOR, 0, LOOP_RAW("mov %ebx,%edi\n mov $256,%ecx\n repne scasb\n add %ecx,%edx"), stringforms_setup_scan_256, stringforms_model_scasb_256) \
T(F, cmpsb_256, "cmpsb/256",  "", "repe cmpsb that differs at byte 250, per call", 1, FLOOR, 0, LOOP_RAW("mov %ebx,%esi\n mov %edx,%edi\n mov $256,%ecx\n repe cmpsb\n add %ecx,%eax"), stringforms_setup_compare_256, stringforms_model_cmpsb_256)
/* clang-format on */
FAMILY_TABLE_AS(stringforms, string, STRINGFORMS_ROWS)
