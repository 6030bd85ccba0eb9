/* mem: loads and stores: latency by working set, spans, forwarding, edges of lines and pages. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/port/port.h"

#define MEM_PAGE       4096u
#define MEM_SPAN_BYTES (1u << 20) /* working set of span/64 */
#define MEM_PAGES      1024u      /* pages of span/4096 */

static uint32_t mem_sum(const struct test_state *s, uint32_t first_byte, uint32_t step,
                        uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, s->data + first_byte + i * step, 4);
        sum += word;
    }
    return sum;
}

static void mem_model_load(struct test_state *s, uint32_t n)
{
    s->regs.ecx = s->data32[62];
    s->regs.edx = s->data32[63];
    s->regs.eax += s->regs.ebx * n;
}

static void mem_model_load_add(struct test_state *s, uint32_t n)
{
    s->regs.eax += mem_sum(s, 0, 4, 64) * n;
}
static void mem_model_load_unaligned(struct test_state *s, uint32_t n)
{
    s->regs.eax += mem_sum(s, 1, 4, 64) * n;
}
static void mem_model_load_line(struct test_state *s, uint32_t n)
{
    s->regs.eax += mem_sum(s, 62, 64, 64) * n;
}
static void mem_model_load_page(struct test_state *s, uint32_t n)
{
    s->regs.eax += mem_sum(s, 4094, 4096, 3) * 20 * n;
}

static void mem_model_load8(struct test_state *s, uint32_t n)
{
    s->regs.ecx = s->data[63];
    s->regs.eax += s->regs.ebx * n;
}

static void mem_model_store(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 64; i++)
        s->data32[TEST_HALF / 4 + i] = s->regs.eax + s->regs.ebx * (n - 1);
    s->regs.eax += s->regs.ebx * n;
}

static void mem_model_store8(struct test_state *s, uint32_t n)
{
    memset(s->data + TEST_HALF, (int)(s->regs.eax + s->regs.ebx * (n - 1)), 64);
    s->regs.eax += s->regs.ebx * n;
}

static void mem_model_store_zero(struct test_state *s, uint32_t n)
{
    memset(s->data + TEST_HALF, 0, 256);
    s->regs.eax += s->regs.ebx * n;
}

static void mem_model_store_edge(struct test_state *s, uint32_t n)
{
    uint32_t last = s->regs.eax + s->regs.ebx * (n - 1);
    for (uint32_t at = 4094; at < TEST_DATA_BYTES - 4; at += MEM_PAGE)
        memcpy(s->data + at, &last, 4);
    s->regs.eax += s->regs.ebx * n;
}

static void mem_model_copy(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 32; i++)
        s->data32[TEST_HALF / 4 + i] = s->data32[i];
    s->regs.ecx = s->data32[31];
    s->data32[TEST_HALF / 4] = s->data32[0] + s->regs.ebx * (n - 1);
    s->data32[0] += s->regs.ebx * n;
}

static void mem_model_forward(struct test_state *s, uint32_t n)
{
    s->data32[0] = s->data32[1] = s->regs.ecx = s->regs.eax + s->regs.ebx * (n - 1);
    for (uint32_t i = 0; i < n; i++) {
        s->regs.eax += s->regs.ebx;
        s->regs.edx += s->regs.eax;
    }
}

/* A dword is stored, its second byte loaded. After the first pair x is below 256 and the second
 * byte 0. */
static void mem_model_forward_part(struct test_state *s, uint32_t n)
{
    s->data32[0] = 0;
    s->regs.eax = s->regs.ebx;
    s->regs.edx += s->regs.ebx * n;
}

/* ---- chains of pointers ---- */

/* Node i: a line of 64 bytes, or one a page, not the same line of each. */
static uint32_t mem_node(uint32_t i, uint32_t apart)
{
    return i * apart + (apart == MEM_PAGE ? i % 64 * 64 : 0);
}

/* A ring through `nodes` lines in random order (Sattolo's shuffle: one cycle). nodes is
 * odd, so that no power of two of steps comes back to the start. */
static void mem_make_ring(uint8_t *area, uint32_t address, uint32_t nodes, uint32_t apart,
                          uint32_t random)
{
    for (uint32_t i = 0; i < nodes; i++)
        *(uint32_t *)(void *)(area + mem_node(i, apart)) = i;
    for (uint32_t i = nodes - 1; i > 0; i--) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        uint32_t j = random % i, *a = (uint32_t *)(void *)(area + mem_node(i, apart)),
                 *b = (uint32_t *)(void *)(area + mem_node(j, apart));
        uint32_t swap = *a;
        *a = *b;
        *b = swap;
    }
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t *node = (uint32_t *)(void *)(area + mem_node(i, apart));
        *node = address + mem_node(*node, apart);
    }
}

static uint32_t mem_walk(const uint8_t *area, uint32_t address, uint32_t steps)
{
    uint32_t at = address;
    while (steps--)
        at = *(const uint32_t *)(const void *)(area + (at - address));
    return at;
}

#define MEM_CHASE(name, nodes, apart, area, address)                                               \
    static void mem_setup_##name(struct test_state *s)                                             \
    {                                                                                              \
        mem_make_ring(area, address, nodes, apart, s->regs.eax | 1);                               \
        s->regs.eax = address;                                                                     \
    }                                                                                              \
    static void mem_model_##name(struct test_state *s, uint32_t n)                                 \
    {                                                                                              \
        s->regs.eax = mem_walk(area, address, n % (nodes)*64 % (nodes));                           \
    }
#define MEM_BIG ((uint32_t)(uintptr_t)port_big_area())
MEM_CHASE(indirect, 251, 64, s->data, s->base)
MEM_CHASE(chase_64k, 1023, 64, port_big_area(), MEM_BIG)
MEM_CHASE(chase_256k, 4095, 64, port_big_area(), MEM_BIG)
MEM_CHASE(chase_1m, 16383, 64, port_big_area(), MEM_BIG)
MEM_CHASE(chase_4m, 65535, 64, port_big_area(), MEM_BIG)
MEM_CHASE(chase_page, 1023, MEM_PAGE, port_big_area(), MEM_BIG)

/* ---- spans ---- */

static uint32_t mem_span_word(uint32_t at, uint32_t seed)
{
    return (at + 1) * 0x9E3779B9u ^ seed;
}

/* ebx: the big area; ecx: the place in it now; edx: the same as an offset. */
static void mem_setup_span64(struct test_state *s)
{
    for (uint32_t at = 0; at < MEM_SPAN_BYTES; at += 64)
        *(uint32_t *)(void *)(port_big_area() + at) = mem_span_word(at, s->regs.ecx);
    s->data32[0] = s->regs.ecx;
    s->regs.ebx = s->regs.ecx = MEM_BIG;
    s->regs.edx = 0;
}

static void mem_model_span64(struct test_state *s, uint32_t n)
{
    const uint32_t blocks = MEM_SPAN_BYTES / MEM_PAGE, seed = s->data32[0];
    for (uint32_t block = 0; block < blocks && block < n; block++) {
        uint32_t sum = 0, visits = n / blocks + (block < n % blocks);
        for (uint32_t at = 0; at < MEM_PAGE; at += 64)
            sum += mem_span_word(block * MEM_PAGE + at, seed);
        s->regs.eax += sum * visits;
    }
    s->regs.edx = n % blocks * MEM_PAGE;
    s->regs.ecx = s->regs.ebx + s->regs.edx;
}

static void mem_setup_span4k(struct test_state *s)
{
    for (uint32_t at = 0; at < MEM_PAGES * MEM_PAGE; at += MEM_PAGE)
        *(uint32_t *)(void *)(port_big_area() + at) = mem_span_word(at, s->regs.ecx);
    s->data32[0] = s->regs.ecx;
    s->regs.ebx = s->regs.ecx = MEM_BIG;
    s->regs.edx = 0;
}

static void mem_model_span4k(struct test_state *s, uint32_t n)
{
    const uint32_t blocks = MEM_PAGES / 64, seed = s->data32[0];
    for (uint32_t block = 0; block < blocks && block < n; block++) {
        uint32_t sum = 0, visits = n / blocks + (block < n % blocks);
        for (uint32_t page = 0; page < 64; page++)
            sum += mem_span_word((block * 64 + page) * MEM_PAGE, seed);
        s->regs.eax += sum * visits;
    }
    s->regs.edx = n % blocks * 64 * MEM_PAGE;
    s->regs.ecx = s->regs.ebx + s->regs.edx;
}

/* clang-format off */
#define MEM_ROWS(F, T, TX) \
T(F, load,           "load",           "",               "independent loads",                                64, FLOOR, 0, LOOP_ADD(1, SWEEP(32, 8, "mov o(%esi),%ecx\n mov o+4(%esi),%edx")), NULL, mem_model_load) \
T(F, load8,          "load8",          "",               "independent loads of bytes with zero extension",   64, FLOOR, 0, LOOP_ADD(1, SWEEP(64, 1, "movzbl o(%esi),%ecx")), NULL, mem_model_load8) \
T(F, load_add,       "load_add",       "",               "add from memory, dependent sums",                  64, FLOOR, 0, LOOP(1, SWEEP(64, 4, "add o(%esi),%eax")), NULL, mem_model_load_add) \
T(F, load_unaligned, "load_unaligned", "",               "add from odd addresses",                           64, FLOOR, 0, LOOP(1, SWEEP(64, 4, "add o+1(%esi),%eax")), NULL, mem_model_load_unaligned) \
T(F, load_cross_line,"load_cross_line","",               "add from across the edges of lines",               64, FLOOR, 0, LOOP(1, SWEEP(64, 64, "add o+62(%esi),%eax")), NULL, mem_model_load_line) \
T(F, load_cross_page,"load_cross_page","",               "add from across the edges of pages",               60, FLOOR, 0, LOOP(20, SWEEP(3, 4096, "add o+4094(%esi),%eax")), NULL, mem_model_load_page) \
T(F, load_ss,        "load_ss",        "",               "add from memory with a segment override",          64, FLOOR, 0, LOOP(1, SWEEP(64, 4, "add %ss:o(%esi),%eax")), NULL, mem_model_load_add) \
T(F, store,          "store",          "",               "independent stores",                               64, FLOOR, 0, LOOP_ADD(1, SWEEP(64, 4, "mov %eax,o(%edi)")), NULL, mem_model_store) \
T(F, store8,         "store8",         "",               "independent stores of bytes",                      64, FLOOR, 0, LOOP_ADD(1, SWEEP(64, 1, "mov %al,o(%edi)")), NULL, mem_model_store8) \
T(F, store_zero,     "store_zero",     "test 5 zero mem","store an immediate zero",                          64, FLOOR, 0, LOOP_ADD(1, SWEEP(64, 4, "movl $0,o(%edi)")), NULL, mem_model_store_zero) \
T(F, store_cross_page,"store_cross_page","",             "stores across the edges of pages",                 60, FLOOR, 0, LOOP_ADD(20, SWEEP(3, 4096, "mov %eax,o+4094(%esi)")), NULL, mem_model_store_edge) \
T(F, copy,           "copy",           "",               "load and store, a pair counts as one",             32, FLOOR, 0, LOOP_RAW(SWEEP(32, 4, "mov o(%esi),%ecx\n mov %ecx,o(%edi)") " add %ebx,(%esi)"), NULL, mem_model_copy) \
T(F, forward,        "forward",        "",               "store and load back, dependent; a pair counts as one", 32, FLOOR, 0, LOOP_SUM(16, "mov %eax,(%esi)\n mov (%esi),%ecx\n mov %ecx,4(%esi)\n mov 4(%esi),%eax"), NULL, mem_model_forward) \
T(F, forward_part,   "forward_part",   "",               "store a dword, load its second byte, dependent; a pair counts as one", 32, FLOOR, 0, LOOP_SUM(32, "mov %eax,(%esi)\n movzbl 1(%esi),%eax"), NULL, mem_model_forward_part) \
T(F, indirect,       "indirect",       "test 1 mem indir","chased pointer in 16 KB",                         64, FLOOR, 0, LOOP(64, "mov (%eax),%eax"), mem_setup_indirect, mem_model_indirect) \
T(F, chase_64k,      "chase/64K",      "",               "chased pointer in 64 KB",                          64, FLOOR, 0, LOOP(64, "mov (%eax),%eax"), mem_setup_chase_64k, mem_model_chase_64k) \
T(F, chase_256k,     "chase/256K",     "",               "chased pointer in 256 KB",                         64, FLOOR, 0, LOOP(64, "mov (%eax),%eax"), mem_setup_chase_256k, mem_model_chase_256k) \
T(F, chase_1m,       "chase/1M",       "",               "chased pointer in 1 MB",                           64, FLOOR, 0, LOOP(64, "mov (%eax),%eax"), mem_setup_chase_1m, mem_model_chase_1m) \
T(F, chase_4m,       "chase/4M",       "",               "chased pointer in 4 MB",                           64, SPREAD, 0, LOOP(64, "mov (%eax),%eax"), mem_setup_chase_4m, mem_model_chase_4m) \
T(F, chase_page,     "chase_page/1023","",               "chased pointer, one a page, 1023 pages",           64, SPREAD, 0, LOOP(64, "mov (%eax),%eax"), mem_setup_chase_page, mem_model_chase_page) \
T(F, span64,         "span/64",        "test A15 span 64","one load a line, 1 MB",                           64, FLOOR, 0, LOOP_RAW(SWEEP(64, 64, "add o(%ecx),%eax") " add $4096,%edx\n and $0xFFFFF,%edx\n lea (%ebx,%edx),%ecx"), mem_setup_span64, mem_model_span64) \
T(F, span4k,         "span/4096",      "test A15 span 4K","one load a page, 1024 pages",                     64, FLOOR, 0, LOOP_RAW(SWEEP(64, 4096, "add o(%ecx),%eax") " add $0x40000,%edx\n and $0x3FFFFF,%edx\n lea (%ebx,%edx),%ecx"), mem_setup_span4k, mem_model_span4k)
/* clang-format on */
FAMILY_TABLE(mem, MEM_ROWS)
