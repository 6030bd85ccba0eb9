/* disk: HDTEST32 of the 2010 suite, raw unbuffered writes by block size, to a scratch disk that
 * --disk names (port.h). Block after block, back to the first at the disk's end. Each block begins
 * and ends with its number, and the last ones are read back from the disk. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/port/port.h"

#define DISK_LOOK_BACK 16u

static struct {
    uint32_t size, count; /* bytes of a block; blocks written since setup */
} disk;

static uint32_t disk_stamp(uint32_t number)
{
    return number * 0x9E3779B9u ^ disk.size;
}

/* Called by the kernel. The block is made of the big area; what is between the stamps is as it is.
 */
static uint32_t disk_write_next(void)
{
    uint8_t *block = port_big_area();
    const uint32_t stamp = disk_stamp(disk.count);
    memcpy(block, &stamp, 4);
    memcpy(block + disk.size - 4, &stamp, 4);
    return port_write_disk(block, disk.count++, disk.size);
}

static void disk_setup(struct test_state *s, uint32_t size)
{
    uint32_t *table = (uint32_t *)(void *)(s->data + TEST_TABLE);
    disk.size = size;
    disk.count = 0;
    table[0] = (uint32_t)(uintptr_t)disk_write_next;
    s->why = port_start_disk(size);
}

static void disk_setup_512(struct test_state *s)
{
    disk_setup(s, 512);
}
static void disk_setup_4k(struct test_state *s)
{
    disk_setup(s, 4096);
}
static void disk_setup_64k(struct test_state *s)
{
    disk_setup(s, 65536);
}
static void disk_setup_1m(struct test_state *s)
{
    disk_setup(s, 1u << 20);
}

static void disk_model(struct test_state *s, uint32_t n)
{
    uint8_t *back = port_big_area() + (4u << 20);
    const uint32_t slots = port_disk_blocks(disk.size);
    uint32_t most = n < DISK_LOOK_BACK ? n : DISK_LOOK_BACK;
    most = most < slots ? most : slots;
    s->why = port_finish_disk();
    for (uint32_t i = 1; i <= most && !s->why; i++) {
        const uint32_t stamp = disk_stamp(n - i);
        memset(back, 0, disk.size);
        if (!port_read_disk(back, n - i, disk.size)) {
            s->why = port_finish_disk();
            break;
        }
        if (memcmp(back, &stamp, 4) || memcmp(back + disk.size - 4, &stamp, 4))
            s->why = "a block on the disk is not what was written last";
    }
    s->regs.ebx += n;
    s->regs.eax = s->regs.ecx = s->regs.edx = 0;
}

#define DISK_KERNEL                                                                                \
    LOOP_TAIL("call *0x4000(%esi)\n add %eax,%ebx", "xor %eax,%eax\n xor %ecx,%ecx\n xor "         \
                                                    "%edx,%edx")

/* clang-format off */
#define DISK_ROWS(F, T, TX) \
TX(F, write_512, "write/512", "HDTEST32", "raw unbuffered write of 512 bytes to the scratch disk", 1, SPREAD, NEED_DISK, DISK_KERNEL, disk_setup_512, disk_model, NULL, 4096) \
TX(F, write_4k,  "write/4K",  "HDTEST32", "raw unbuffered write of 4 KB to the scratch disk",      1, SPREAD, NEED_DISK, DISK_KERNEL, disk_setup_4k, disk_model, NULL, 4096) \
TX(F, write_64k, "write/64K", "HDTEST32", "raw unbuffered write of 64 KB to the scratch disk",     1, SPREAD, NEED_DISK, DISK_KERNEL, disk_setup_64k, disk_model, NULL, 1024) \
TX(F, write_1m,  "write/1M",  "HDTEST32", "raw unbuffered write of 1 MB to the scratch disk",      1, SPREAD, NEED_DISK, DISK_KERNEL, disk_setup_1m, disk_model, NULL, 64)
/* clang-format on */
FAMILY_TABLE(disk, DISK_ROWS)
