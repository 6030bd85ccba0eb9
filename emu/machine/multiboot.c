#include "emu/machine/multiboot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/machine/machine_state.h"

#include <elf.h> // last: its macro PF_W would spoil cpu.h

// Section 3.1, the header in the image's first 8,192 bytes.
enum {
    HEADER_MAGIC = 0x1BADB002,
    HEADER_SEARCH = 8192,
    WANT_PAGE_ALIGN = 1 << 0,
    WANT_MEMORY = 1 << 1,
    WANT_VIDEO = 1 << 2,
    WANT_UNKNOWN = 0xfff8, // bits 3-15: a loader that does not know one must refuse
    HAS_ADDRESSES = 1 << 16,
};
#define BOOT_MAGIC 0x2BADB002u

struct header {
    uint32_t magic, flags, checksum;
    uint32_t header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr; // with HAS_ADDRESSES
};

// Section 3.3, the information structure.
enum {
    INFO_MEMORY = 1 << 0,
    INFO_CMDLINE = 1 << 2,
    INFO_MODULES = 1 << 3,
    INFO_MEMORY_MAP = 1 << 6,
    INFO_LOADER_NAME = 1 << 9,
};
struct info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
    uint32_t mmap_length, mmap_addr, drives_length, drives_addr, config_table, boot_loader_name;
    uint32_t apm_table, vbe[4], framebuffer[7];
};
struct module {
    uint32_t start, end, string, reserved;
};
struct map_entry { // `size` counts the bytes after itself
    uint32_t size, base[2], length[2], type;
};
_Static_assert(sizeof(struct info) >= 88 && sizeof(struct module) == 16 &&
                   sizeof(struct map_entry) == 24,
               "layouts of the specification");

enum {
    LOW_END = 0x9FC00, // conventional memory; the EBDA is above it
    HIGH_START = 0x100000,
    INFO_LOWEST = 0x1000, // keep off the vectors and the BIOS data area
    SEGMENTS_MAX = 64,
    MODULES_MAX = 32,
    TEXT_MAX = 65536, // command line
    FILE_MAX = 1 << 30,
};

struct range {
    uint32_t start;
    uint64_t end;
};

struct boot {
    struct machine *m;
    const char *path;
    uint8_t *image;
    size_t bytes;
    struct header header;
    size_t header_at;
    struct range used[SEGMENTS_MAX];
    unsigned nused;
    uint32_t entry;
    uint64_t end; // of the kernel and the modules
    struct module modules[MODULES_MAX];
    char module_text[MODULES_MAX][256];
    unsigned nmodules;
    char *why;
    size_t whylen;
};

__attribute__((format(printf, 3, 4))) static int refuse(struct boot *b, const char *path,
                                                        const char *format, ...)
{
    int n = snprintf(b->why, b->whylen, "%s: ", path);
    va_list args;
    va_start(args, format);
    if (n >= 0 && (size_t)n < b->whylen)
        vsnprintf(b->why + n, b->whylen - (size_t)n, format, args);
    va_end(args);
    return -1;
}

static int read_file(struct boot *b, const char *path, uint8_t **image, size_t *bytes)
{
    // O_NONBLOCK: a FIFO by mistake is refused, not waited for.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return refuse(b, path, "%s", strerror(errno));
    struct stat st;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        close(fd);
        return refuse(b, path, "not a regular file");
    }
    if (st.st_size > FILE_MAX || (uint64_t)st.st_size > mmu_ram_bytes(b->m->mmu)) {
        close(fd);
        return refuse(b, path, "%lld bytes do not fit into the guest's memory",
                      (long long)st.st_size);
    }
    uint8_t *to = malloc(st.st_size ? (size_t)st.st_size : 1);
    size_t have = 0;
    while (to && have < (size_t)st.st_size) {
        ssize_t n = read(fd, to + have, (size_t)st.st_size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    close(fd);
    if (!to || have != (size_t)st.st_size) {
        free(to);
        return refuse(b, path, to ? "cannot be read whole" : "out of memory");
    }
    *image = to;
    *bytes = have;
    return 0;
}

// --- where things go ---

static bool is_free(const struct boot *b, uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < b->nused; i++)
        if (start < b->used[i].end && end > b->used[i].start)
            return false;
    return true;
}

static int load_segment(struct boot *b, uint32_t phys, const uint8_t *from, uint32_t file_bytes,
                        uint32_t memory_bytes)
{
    uint64_t end = (uint64_t)phys + memory_bytes;
    if (memory_bytes == 0)
        return 0;
    if (end > mmu_ram_bytes(b->m->mmu))
        return refuse(b, b->path, "segment %08x-%08llx is outside of the guest's %llu MB of memory",
                      phys, (unsigned long long)end,
                      (unsigned long long)(mmu_ram_bytes(b->m->mmu) >> 20));
    if (!is_free(b, phys, end))
        return refuse(b, b->path, "segment %08x-%08llx overlaps another", phys,
                      (unsigned long long)end);
    if (b->nused == SEGMENTS_MAX)
        return refuse(b, b->path, "more than %d segments", SEGMENTS_MAX);
    b->used[b->nused++] = (struct range){phys, end};
    if (b->m->config.dump & DUMP_boot)
        fprintf(stderr, "boot: segment %08x-%08llx, %u bytes from the file\n", phys,
                (unsigned long long)end, file_bytes);
    bool ok = file_bytes == 0 || mmu_phys_write(b->m->mmu, phys, from, file_bytes);
    static const uint8_t zeros[4096];
    for (uint64_t at = (uint64_t)phys + file_bytes; ok && at < end;) {
        size_t n = end - at < sizeof zeros ? (size_t)(end - at) : sizeof zeros;
        ok = mmu_phys_write(b->m->mmu, (uint32_t)at, zeros, n);
        at += n;
    }
    if (!ok)
        return refuse(b, b->path, "segment %08x-%08llx is not in plain memory", phys,
                      (unsigned long long)end);
    if (end > b->end)
        b->end = end;
    return 0;
}

// --- the kernel ---

static int find_header(struct boot *b)
{
    size_t end = b->bytes < HEADER_SEARCH ? b->bytes : HEADER_SEARCH;
    for (size_t at = 0; at + 12 <= end; at += 4) {
        struct header *h = &b->header;
        *h = (struct header){0};
        memcpy(h, b->image + at, 12);
        if (h->magic != HEADER_MAGIC || h->magic + h->flags + h->checksum != 0)
            continue;
        b->header_at = at;
        if (h->flags & WANT_UNKNOWN)
            return refuse(b, b->path, "the multiboot header asks for unknown features (flags %08x)",
                          h->flags);
        if (h->flags & HAS_ADDRESSES) {
            if (at + sizeof *h > b->bytes)
                return refuse(b, b->path, "the multiboot header is cut off");
            memcpy(h, b->image + at, sizeof *h);
        }
        return 0;
    }
    if (b->bytes > 0x206 && memcmp(b->image + 0x202, "HdrS", 4) == 0)
        return refuse(b, b->path, "a Linux kernel; only multiboot kernels are supported yet");
    return refuse(b, b->path, "no multiboot header in the first %d bytes", HEADER_SEARCH);
}

static int load_flat(struct boot *b)
{
    const struct header *h = &b->header;
    uint32_t lead = h->header_addr - h->load_addr; // image bytes before the header
    if (h->load_addr > h->header_addr || lead > b->header_at)
        return refuse(b, b->path, "load address %08x does not agree with the header's place",
                      h->load_addr);
    size_t offset = b->header_at - lead;
    size_t bytes = b->bytes - offset;
    if (h->load_end_addr) {
        if (h->load_end_addr < h->load_addr || h->load_end_addr - h->load_addr > bytes)
            return refuse(b, b->path, "truncated: %zu bytes where the header promises %lld", bytes,
                          (long long)h->load_end_addr - h->load_addr);
        bytes = h->load_end_addr - h->load_addr;
    }
    uint64_t memory = bytes;
    if (h->bss_end_addr) {
        if (h->bss_end_addr < h->load_addr + (uint64_t)bytes)
            return refuse(b, b->path, "the end of bss, %08x, is before the end of data",
                          h->bss_end_addr);
        memory = h->bss_end_addr - h->load_addr;
    }
    if (memory > UINT32_MAX)
        return refuse(b, b->path, "the image is over 4 GB");
    b->entry = h->entry_addr;
    return load_segment(b, h->load_addr, b->image + offset, (uint32_t)bytes, (uint32_t)memory);
}

static int load_elf(struct boot *b)
{
    Elf32_Ehdr e;
    if (b->bytes < sizeof e)
        return refuse(b, b->path, "truncated: the ELF header is cut off");
    memcpy(&e, b->image, sizeof e);
    if (e.e_ident[EI_CLASS] != ELFCLASS32 || e.e_ident[EI_DATA] != ELFDATA2LSB ||
        e.e_machine != EM_386)
        return refuse(b, b->path, "not a 32-bit x86 ELF file");
    if (e.e_type != ET_EXEC)
        return refuse(b, b->path, "not an executable ELF file (type %u)", e.e_type);
    if (e.e_phentsize != sizeof(Elf32_Phdr) || e.e_phnum == 0)
        return refuse(b, b->path, "no ELF program headers");
    if (e.e_phoff > b->bytes || (b->bytes - e.e_phoff) / sizeof(Elf32_Phdr) < e.e_phnum)
        return refuse(b, b->path, "truncated: the ELF program headers are cut off");
    b->entry = e.e_entry;
    bool loaded = false;
    for (unsigned i = 0; i < e.e_phnum; i++) {
        Elf32_Phdr p;
        memcpy(&p, b->image + e.e_phoff + i * sizeof p, sizeof p);
        if (p.p_type != PT_LOAD || p.p_memsz == 0)
            continue;
        if (p.p_filesz > p.p_memsz)
            return refuse(b, b->path, "segment %u has more bytes in the file than in memory", i);
        if (p.p_offset > b->bytes || b->bytes - p.p_offset < p.p_filesz)
            return refuse(b, b->path, "truncated: segment %u wants file bytes %u to %llu of %zu", i,
                          p.p_offset, (unsigned long long)p.p_offset + p.p_filesz, b->bytes);
        if (load_segment(b, p.p_paddr, b->image + p.p_offset, p.p_filesz, p.p_memsz))
            return -1;
        loaded = true;
        // A kernel linked high: its entry is a virtual address, and paging is off.
        if (e.e_entry - p.p_vaddr < p.p_memsz)
            b->entry = e.e_entry - p.p_vaddr + p.p_paddr;
    }
    return loaded ? 0 : refuse(b, b->path, "no ELF segment to load");
}

static int load_kernel(struct boot *b)
{
    if (read_file(b, b->path, &b->image, &b->bytes) || find_header(b))
        return -1;
    int status = -1;
    if (b->header.flags & HAS_ADDRESSES)
        status = load_flat(b);
    else if (b->bytes >= 4 && memcmp(b->image, ELFMAG, SELFMAG) == 0)
        status = load_elf(b);
    else
        refuse(b, b->path, "neither ELF nor load addresses in the multiboot header");
    if (status)
        return -1;
    if (is_free(b, b->entry, (uint64_t)b->entry + 1))
        return refuse(b, b->path, "the entry point %08x is outside of what was loaded", b->entry);
    if (b->header.flags & WANT_VIDEO)
        fprintf(stderr,
                "tickmark-emu: %s: asks for a video mode; there is no display yet, it gets none\n",
                b->path);
    return 0;
}

// --- modules ---

static int load_module(struct boot *b, const char *spec, size_t length)
{
    char path[4096];
    size_t path_length = strcspn(spec, " ,");
    if (path_length > length)
        path_length = length;
    if (path_length == 0 || path_length >= sizeof path)
        return refuse(b, "-initrd", "'%.*s' names no file", (int)length, spec);
    if (b->nmodules == MODULES_MAX)
        return refuse(b, "-initrd", "more than %d modules", MODULES_MAX);
    memcpy(path, spec, path_length);
    path[path_length] = 0;
    if (length >= sizeof b->module_text[0])
        return refuse(b, path, "arguments longer than %zu bytes", sizeof b->module_text[0] - 1);
    uint8_t *bytes;
    size_t n;
    if (read_file(b, path, &bytes, &n))
        return -1;
    uint64_t start = (b->end + 4095) & ~4095ull;
    bool fits = start + n <= mmu_ram_bytes(b->m->mmu) &&
                mmu_phys_write(b->m->mmu, (uint32_t)start, bytes, n);
    free(bytes);
    if (!fits)
        return refuse(b, path, "%zu bytes do not fit behind the kernel at %08llx", n,
                      (unsigned long long)start);
    struct module *mod = &b->modules[b->nmodules];
    *mod = (struct module){.start = (uint32_t)start, .end = (uint32_t)(start + n)};
    memcpy(b->module_text[b->nmodules], spec, length);
    b->module_text[b->nmodules][length] = 0;
    b->nmodules++;
    b->end = start + n;
    return 0;
}

static int load_modules(struct boot *b)
{
    if (b->end < HIGH_START)
        b->end = HIGH_START;
    for (const char *at = b->m->config.initrd; at && *at;) {
        size_t length = strcspn(at, ",");
        if (load_module(b, at, length))
            return -1;
        at += length;
        at += *at == ',';
    }
    return 0;
}

// --- the information structure: one piece of memory holding all it points to ---

struct piece {
    uint8_t *bytes;
    uint32_t phys;
    size_t used;
};

static uint32_t append(struct piece *p, const void *from, size_t bytes)
{
    uint32_t phys = p->phys + (uint32_t)p->used;
    memcpy(p->bytes + p->used, from, bytes);
    p->used = (p->used + bytes + 3) & ~(size_t)3;
    return phys;
}

static struct map_entry make_entry(uint64_t base, uint64_t end, uint32_t type)
{
    uint64_t length = end - base;
    return (struct map_entry){.size = sizeof(struct map_entry) - 4,
                              .base = {(uint32_t)base, (uint32_t)(base >> 32)},
                              .length = {(uint32_t)length, (uint32_t)(length >> 32)},
                              .type = type};
}

// The free place for `bytes`: at the top of conventional memory, else behind everything. 0 if there
// is none.
static uint32_t place_info(const struct boot *b, size_t bytes)
{
    if (bytes <= LOW_END - INFO_LOWEST) {
        uint32_t low = (LOW_END - (uint32_t)bytes) & ~4095u;
        if (low >= INFO_LOWEST && is_free(b, low, low + bytes))
            return low;
    }
    uint64_t high = (b->end + 4095) & ~4095ull;
    return high + bytes <= mmu_ram_bytes(b->m->mmu) ? (uint32_t)high : 0;
}

static int write_info(struct boot *b, uint32_t *info_phys)
{
    static const char loader[] = "tickmark-emu";
    const char *append_text = b->m->config.append ? b->m->config.append : "";
    size_t cmdline_bytes = strlen(b->path) + 1 + strlen(append_text) + 1;
    if (cmdline_bytes > TEXT_MAX)
        return refuse(b, "-append", "a command line of over %d bytes", TEXT_MAX);
    size_t most = sizeof(struct info) + 8 * sizeof(struct map_entry) + sizeof b->modules +
                  sizeof b->module_text + sizeof loader + cmdline_bytes + 64;
    struct piece p = {.phys = place_info(b, most)};
    if (!p.phys)
        return refuse(b, b->path, "leaves no room for the multiboot information (%zu bytes)", most);
    p.bytes = calloc(1, most);
    char *cmdline = malloc(cmdline_bytes);
    if (!p.bytes || !cmdline) {
        free(p.bytes);
        free(cmdline);
        return refuse(b, b->path, "out of memory");
    }
    uint64_t ram = mmu_ram_bytes(b->m->mmu);
    struct info info = {.flags = INFO_MEMORY | INFO_CMDLINE | INFO_MODULES | INFO_MEMORY_MAP |
                                 INFO_LOADER_NAME};
    append(&p, &info, sizeof info); // its place; filled in below
    info.mem_lower = LOW_END / 1024;
    info.mem_upper = ram > HIGH_START ? (uint32_t)((ram - HIGH_START) / 1024) : 0;

    struct map_entry map[4] = {make_entry(0, LOW_END, 1), make_entry(LOW_END, 0xA0000, 2),
                               make_entry(0xF0000, HIGH_START, 2)};
    size_t nmap = 3;
    if (ram > HIGH_START)
        map[nmap++] = make_entry(HIGH_START, ram, 1);
    info.mmap_addr = append(&p, map, nmap * sizeof *map);
    info.mmap_length = (uint32_t)(nmap * sizeof *map);

    for (unsigned i = 0; i < b->nmodules; i++)
        b->modules[i].string = append(&p, b->module_text[i], strlen(b->module_text[i]) + 1);
    info.mods_count = b->nmodules;
    info.mods_addr = append(&p, b->modules, b->nmodules * sizeof *b->modules);
    // The command line begins with the kernel's own name, as GRUB and QEMU pass it.
    snprintf(cmdline, cmdline_bytes, "%s %s", b->path, append_text);
    info.cmdline = append(&p, cmdline, cmdline_bytes);
    info.boot_loader_name = append(&p, loader, sizeof loader);
    memcpy(p.bytes, &info, sizeof info);

    bool ok = mmu_phys_write(b->m->mmu, p.phys, p.bytes, p.used);
    free(p.bytes);
    free(cmdline);
    if (!ok)
        return refuse(b, b->path, "leaves no room for the multiboot information");
    if (b->m->config.dump & DUMP_boot)
        fprintf(stderr, "boot: entry %08x, information at %08x, %u modules\n", b->entry, p.phys,
                b->nmodules);
    *info_phys = p.phys;
    return 0;
}

// Section 3.2, the machine's state at entry.
static void enter(struct boot *b, uint32_t info_phys)
{
    struct cpu *cpu = b->m->cpu;
    // Type 11: code, readable, accessed; type 3: data, writable, accessed; DPL 0, present, 32 bits,
    // pages.
    const struct segment code = {.limit = 0xffffffff, .selector = 0x08, .attr = 0xC9B};
    const struct segment flat = {.limit = 0xffffffff, .selector = 0x10, .attr = 0xC93};
    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = flat;
    cpu->seg[SEG_CS] = code;
    cpu->cr0 = CR0_PE | CR0_ET;
    cpu->cr3 = cpu->cr4 = 0;
    cpu->cpl = 0;
    cpu->eflags = FLAG_ONE;
    memset(cpu->gpr, 0, sizeof cpu->gpr);
    cpu->gpr[REG_EAX] = BOOT_MAGIC;
    cpu->gpr[REG_EBX] = info_phys;
    cpu->eip = b->entry;
    mmu_flush(cpu);
}

int multiboot_boot(struct machine *m, char *why, size_t whylen)
{
    struct boot *b = calloc(1, sizeof *b);
    if (!b) {
        snprintf(why, whylen, "out of memory");
        return -1;
    }
    b->m = m;
    b->path = m->config.kernel;
    b->why = why;
    b->whylen = whylen;
    uint32_t info_phys = 0;
    int status = load_kernel(b) || load_modules(b) || write_info(b, &info_phys) ? -1 : 0;
    if (status == 0)
        enter(b, info_phys);
    free(b->image);
    free(b);
    return status;
}
