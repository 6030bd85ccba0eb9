// The multiboot loader: good kernels arrive as the specification says, broken ones are refused by
// name. All files are made here.
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

#include <elf.h> // last: its macro PF_W would spoil cpu.h

static char directory[] = "/tmp/tickmark-multiboot-XXXXXX";
static char path[64];

static void write_file(const char *to, const void *bytes, size_t n)
{
    FILE *f = fopen(to, "w");
    if (!f || (n && fwrite(bytes, n, 1, f) != 1) || fclose(f))
        fprintf(stderr, "cannot write %s\n", to);
}

// A kernel in the making: an ELF header, program headers, a multiboot header, some code.
struct image {
    Elf32_Ehdr elf;
    Elf32_Phdr ph[2];
    uint32_t multiboot[8];
    uint8_t code[64];
};

static struct image good_elf(void)
{
    struct image i = {.elf = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
                              .e_type = ET_EXEC,
                              .e_machine = EM_386,
                              .e_version = EV_CURRENT,
                              .e_entry = 0xC0100010,
                              .e_phoff = sizeof(Elf32_Ehdr),
                              .e_ehsize = sizeof(Elf32_Ehdr),
                              .e_phentsize = sizeof(Elf32_Phdr),
                              .e_phnum = 2}};
    i.ph[0] = (Elf32_Phdr){.p_type = PT_LOAD,
                           .p_offset = offsetof(struct image, code),
                           .p_vaddr = 0xC0100000,
                           .p_paddr = 0x100000,
                           .p_filesz = 64,
                           .p_memsz = 8192};
    i.ph[1] = (Elf32_Phdr){.p_type = PT_LOAD,
                           .p_offset = offsetof(struct image, code),
                           .p_vaddr = 0x180000,
                           .p_paddr = 0x180000,
                           .p_filesz = 64,
                           .p_memsz = 64};
    i.multiboot[0] = 0x1BADB002;
    i.multiboot[1] = 3;
    i.multiboot[2] = -(0x1BADB002u + 3);
    memset(i.code, 0x90, sizeof i.code);
    return i;
}

static void set_flags(struct image *i, uint32_t flags)
{
    i->multiboot[1] = flags;
    i->multiboot[2] = -(0x1BADB002u + flags);
}

static struct machine *boot(const char *append, const char *initrd, char *why, size_t whylen)
{
    struct machine_config config = {.ram_bytes = 4 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .kernel = path,
                                    .append = append,
                                    .initrd = initrd};
    why[0] = 0;
    return machine_create(&config, why, whylen);
}

static uint32_t dword(struct machine *m, uint32_t phys)
{
    uint32_t v = 0;
    CHECK(mmu_phys_read(m->mmu, phys, &v, 4), "%08x is outside of memory", phys);
    return v;
}

static void text(struct machine *m, uint32_t phys, char *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mmu_phys_read(m->mmu, phys + (uint32_t)i, to + i, 1);
    to[n - 1] = 0;
}

static void test_good_elf(void)
{
    char why[256], module[80], initrd[256], got[128], want[128];
    struct image image = good_elf();
    write_file(path, &image, sizeof image);
    snprintf(module, sizeof module, "%s/module", directory);
    write_file(module, "payload", 7);
    snprintf(initrd, sizeof initrd, "%s one two,%s", module, module);
    struct machine *m = boot("--quick -t int.*", initrd, why, sizeof why);
    CHECK(m != NULL, "%s", why);
    if (!m) {
        case_end("multiboot.elf");
        return;
    }
    const struct cpu *c = m->cpu;
    CHECK(c->gpr[REG_EAX] == 0x2BADB002, "EAX %08x", c->gpr[REG_EAX]);
    CHECK(c->eip == 0x100010, "the entry %08x of a kernel linked high is not translated", c->eip);
    CHECK((c->cr0 & (CR0_PE | CR0_PG)) == CR0_PE, "CR0 %08x", c->cr0);
    CHECK(!(c->eflags & (FLAG_IF | FLAG_VM)), "EFLAGS %08x", c->eflags);
    CHECK(cpu_is_flat32(c), "segments are not flat");
    CHECK(dword(m, 0x100000) == 0x90909090 && dword(m, 0x100040) == 0, "the segment or its bss");
    uint32_t info = c->gpr[REG_EBX];
    CHECK((dword(m, info) & 0x24d) == 0x24d, "information flags %08x", dword(m, info));
    CHECK(dword(m, info + 4) == 639 && dword(m, info + 8) == 3072, "memory sizes %u %u",
          dword(m, info + 4), dword(m, info + 8));
    snprintf(want, sizeof want, "%s --quick -t int.*", path);
    text(m, dword(m, info + 16), got, sizeof got);
    CHECK(strcmp(got, want) == 0, "command line '%s'", got);
    CHECK(dword(m, info + 20) == 2, "%u modules", dword(m, info + 20));
    uint32_t mods = dword(m, info + 24);
    CHECK(dword(m, mods) % 4096 == 0 && dword(m, mods) >= 0x180040 &&
              dword(m, mods + 4) == dword(m, mods) + 7,
          "module at %08x-%08x", dword(m, mods), dword(m, mods + 4));
    text(m, dword(m, mods), got, 8);
    CHECK(strcmp(got, "payload") == 0, "module contents '%s'", got);
    snprintf(want, sizeof want, "%s one two", module);
    text(m, dword(m, mods + 8), got, sizeof got);
    CHECK(strcmp(got, want) == 0, "module string '%s'", got);
    CHECK(dword(m, mods + 16) >= dword(m, mods + 4), "modules overlap");
    // The memory map: 20-byte entries; usable memory adds up.
    uint32_t at = dword(m, info + 48), end = at + dword(m, info + 44);
    uint64_t usable = 0;
    for (; at < end; at += dword(m, at) + 4)
        usable += dword(m, at + 20) == 1 ? dword(m, at + 12) : 0;
    CHECK(usable == 639 * 1024 + (3 << 20), "the map shows %llu usable bytes",
          (unsigned long long)usable);
    // A reset boots again, from a changed memory.
    uint32_t zero = 0;
    mmu_phys_write(m->mmu, 0x100000, &zero, 4);
    CHECK(machine_reset(m, why, sizeof why) == 0 && dword(m, 0x100000) == 0x90909090,
          "a reset does not load again");
    machine_destroy(m);
    unlink(module);
    case_end("multiboot.elf");
}

static void test_good_flat(void)
{
    char why[256];
    struct {
        uint8_t lead[16];
        uint32_t header[8];
        uint8_t code[32];
    } image = {.header = {0x1BADB002, 0x10003, -(0x1BADB002u + 0x10003), 0x100010, 0x100000, 0,
                          0x101000, 0x100030}};
    memset(image.code, 0xf4, sizeof image.code);
    write_file(path, &image, sizeof image);
    struct machine *m = boot(NULL, NULL, why, sizeof why);
    CHECK(m != NULL, "%s", why);
    if (m) {
        CHECK(m->cpu->eip == 0x100030, "entry %08x", m->cpu->eip);
        CHECK(dword(m, 0x100030) == 0xf4f4f4f4 && dword(m, 0x100050) == 0, "contents");
        machine_destroy(m);
    }
    case_end("multiboot.flat");
}

// Write the file, boot it, and expect a refusal that names the file and has `expect` in it.
static void refuse_bytes(const char *name, const void *bytes, size_t n, const char *expect)
{
    char why[512], label[96];
    write_file(path, bytes, n);
    struct machine *m = boot(NULL, NULL, why, sizeof why);
    CHECK(m == NULL, "it boots");
    CHECK(strstr(why, path) && strstr(why, expect), "the message is '%s', without '%s'", why,
          expect);
    machine_destroy(m);
    snprintf(label, sizeof label, "multiboot.refuses.%s", name);
    case_end(label);
}

static void refuse_image(const char *name, const struct image *i, const char *expect)
{
    refuse_bytes(name, i, sizeof *i, expect);
}

static void test_broken_elf(void)
{
    struct image i = good_elf();
    refuse_bytes("empty", "", 0, "no multiboot header");
    refuse_bytes("text", "hello, world\n", 13, "no multiboot header");
    refuse_bytes("truncated_segment", &i, sizeof i - 40, "truncated");
    i = good_elf();
    i.multiboot[2]++;
    refuse_image("bad_checksum", &i, "no multiboot header");
    i = good_elf();
    set_flags(&i, 0x0103);
    refuse_image("unknown_feature", &i, "unknown features");
    i = good_elf();
    i.elf.e_ident[EI_CLASS] = ELFCLASS64;
    refuse_image("elf64", &i, "not a 32-bit x86");
    i = good_elf();
    i.elf.e_machine = EM_ARM;
    refuse_image("arm", &i, "not a 32-bit x86");
    i = good_elf();
    i.elf.e_type = ET_REL;
    refuse_image("relocatable", &i, "not an executable");
    i = good_elf();
    i.elf.e_phoff = 0xfffffff0;
    refuse_image("headers_outside", &i, "program headers are cut off");
    i = good_elf();
    i.elf.e_phnum = 0xffff;
    refuse_image("many_headers", &i, "program headers are cut off");
    i = good_elf();
    i.ph[0].p_offset = 0xffffffff;
    refuse_image("offset_outside", &i, "truncated: segment 0");
    i = good_elf();
    i.ph[0].p_memsz = 32;
    refuse_image("file_over_memory", &i, "more bytes in the file");
    i = good_elf();
    i.ph[1].p_paddr = 0x3ffff0;
    refuse_image("beyond_memory", &i, "outside of the guest's 4 MB");
    i = good_elf();
    i.ph[1].p_paddr = 0xfffffff0;
    refuse_image("wraps", &i, "outside of the guest's");
    i = good_elf();
    i.ph[1].p_paddr = 0x101000;
    refuse_image("overlap", &i, "overlaps");
    i = good_elf();
    i.elf.e_entry = 0x300000;
    refuse_image("entry_outside", &i, "entry point 00300000");
    i = good_elf();
    i.ph[0].p_type = i.ph[1].p_type = PT_NOTE;
    refuse_image("nothing_to_load", &i, "no ELF segment");
    i = good_elf(); // all memory there is
    i.ph[1].p_memsz = 64;
    i.ph[0].p_paddr = 0x1000;
    i.ph[0].p_memsz = (4 << 20) - 0x1000;
    i.ph[1].p_paddr = 0;
    refuse_image("no_room_for_information", &i, "no room");
}

static void test_broken_flat(void)
{
    uint32_t header[16] = {0x1BADB002, 0x10003, -(0x1BADB002u + 0x10003), 0x100000, 0x100000, 0,
                           0,          0x100000};
    uint32_t h[16];
    memcpy(h, header, sizeof h);
    refuse_bytes("flat_cut_header", h, 20, "cut off");
    h[4] = 0x100004; // load address above the header
    refuse_bytes("flat_load_address", h, sizeof h, "does not agree");
    memcpy(h, header, sizeof h);
    h[4] = 0;
    refuse_bytes("flat_lead", h, sizeof h, "does not agree");
    memcpy(h, header, sizeof h);
    h[5] = 0x200000;
    refuse_bytes("flat_truncated", h, sizeof h, "truncated");
    memcpy(h, header, sizeof h);
    h[6] = 0x100001;
    refuse_bytes("flat_bss", h, sizeof h, "bss");
    memcpy(h, header, sizeof h);
    h[3] = h[4] = 0xfffff000;
    refuse_bytes("flat_beyond_memory", h, sizeof h, "outside of the guest's");
    uint8_t bz[1024] = {0};
    memcpy(bz + 0x202, "HdrS", 4);
    refuse_bytes("linux", bz, sizeof bz, "Linux kernel");
}

static void test_files(void)
{
    char why[512];
    struct image i = good_elf();
    unlink(path);
    struct machine *m = boot(NULL, NULL, why, sizeof why);
    CHECK(!m && strstr(why, path) && strstr(why, "No such file"), "a missing kernel: '%s'", why);
    mkdir(path, 0700);
    m = boot(NULL, NULL, why, sizeof why);
    CHECK(!m && strstr(why, "not a regular file"), "a directory: '%s'", why);
    rmdir(path);
    write_file(path, &i, sizeof i);
    m = boot(NULL, "/nonexistent/module", why, sizeof why);
    CHECK(!m && strstr(why, "/nonexistent/module"), "a missing module: '%s'", why);
    if (truncate(path, 64 << 20))
        CHECK(false, "cannot make a large file");
    m = boot(NULL, NULL, why, sizeof why);
    CHECK(!m && strstr(why, "do not fit"), "a kernel larger than memory: '%s'", why);
    write_file(path, &i, sizeof i);
    char *longest = malloc(200000);
    memset(longest, 'x', 199999);
    longest[199999] = 0;
    m = boot(longest, NULL, why, sizeof why);
    CHECK(!m && strstr(why, "-append"), "a command line of 200,000 bytes: '%s'", why);
    longest[60000] = 0;
    m = boot(longest, NULL, why, sizeof why);
    CHECK(m != NULL, "a command line of 60,000 bytes: '%s'", why);
    machine_destroy(m);
    free(longest);
    case_end("multiboot.files");
}

int main(void)
{
    if (!mkdtemp(directory))
        return 1;
    snprintf(path, sizeof path, "%s/kernel", directory);
    test_good_elf();
    test_good_flat();
    test_broken_elf();
    test_broken_flat();
    test_files();
    unlink(path);
    rmdir(directory);
    return verdict_failures != 0;
}
