// Group pae: 64-bit entries, 2 MB pages, no-execute, reserved bits (SDM vol. 3, 4.4).
#include "emu/tests/system/case.h"

#define W WINDOW_AT
enum { EFER = 0xC0000080, EFER_NXE = 0x800 };
#define NX 0x8000000000000000ull

static uint32_t frame(uint32_t page)
{
    return FRAMES_AT + (page << 12);
}
static void start(unsigned ring)
{
    world_page_pae();
    state_ring(ring);
}
static void set_entry(volatile uint64_t *entry, uint64_t value)
{
    *entry = value;
    set_cr3((uint32_t)(uintptr_t)pae_pointers);
}
static void nx_on(void)
{
    wrmsr(EFER, rdmsr(EFER) | EFER_NXE);
}

void case_pae_basic(void)
{
    start(3);
    world_window(1, P_P | P_W | P_U);
    in.eax = 0x24681357;
    RUN("mov %eax, WINDOW_AT + 0x1000\n 7: mov WINDOW_AT + 0x2000, %eax\n");
    check_page_fault(4, W + 0x2000);
    check("memory", *mem32(frame(1)), 0x24681357);
    check("A and D", (uint32_t)pae_window[1] & (P_A | P_D), P_A | P_D);
    check("A of the directory", (uint32_t)pae_directories[1][0] & (P_A | P_D), P_A);
}
void case_pae_pointers_cached(void)
{
    start(0);
    world_window(1, P_P | P_W | P_U);
    pae_pointers[1] = 0;
    RUN("invlpg WINDOW_AT + 0x1000; mov WINDOW_AT + 0x1000, %eax\n" EXIT);
    check_exit();
    set_cr3((uint32_t)(uintptr_t)pae_pointers);
    state_ring(0);
    RUN("7: mov WINDOW_AT + 0x1000, %eax\n");
    check_page_fault(0, W + 0x1000);
}
void case_pae_pointer_reserved(void)
{
    start(0);
    for (unsigned i = 0; i < 3; i++) {
        static const uint64_t bits[3] = {2, 0x20, NX};
        pae_pointers[3] |= bits[i];
        state_ring(0);
        in.eax = (uint32_t)(uintptr_t)pae_pointers;
        RUN("7: mov %eax, %cr3\n" EXIT);
        check_fault(GP, 0);
        pae_pointers[3] &= ~bits[i];
    }
    pae_pointers[3] = 0x1E; // absent: anything goes
    state_ring(0);
    in.eax = (uint32_t)(uintptr_t)pae_pointers;
    RUN("mov %eax, %cr3\n" EXIT);
    check_exit();
}
void case_pae_nx_reserved(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    set_entry(&pae_window[0], pae_window[0] | NX);
    RUN("7: mov WINDOW_AT, %eax\n");
    check_page_fault(0xD, W);
}
void case_pae_nx(void)
{
    nx_on();
    start(3);
    world_window(0, P_P | P_W | P_U);
    set_entry(&pae_window[0], pae_window[0] | NX);
    RUN("mov WINDOW_AT, %eax; mov %eax, WINDOW_AT\n" EXIT);
    check_exit();
    state_ring(3);
    in.eip = W;
    RUN(EXIT);
    check("vector", out.vector, PF);
    check("error", out.error, 0x15);
    check("cr2", out.cr2, W);
}
void case_pae_nx_directory(void)
{
    nx_on();
    start(0);
    world_window(0, P_P | P_W | P_U);
    set_entry(&pae_directories[1][0], pae_directories[1][0] | NX);
    in.eip = W;
    RUN(EXIT);
    check("vector", out.vector, PF);
    check("error", out.error, 0x11);
}
void case_pae_fetch_absent(void)
{
    nx_on();
    start(3);
    in.eip = W + 0x10;
    RUN(EXIT);
    check("vector", out.vector, PF);
    check("error", out.error, 0x14);
}
void case_pae_reserved(void)
{
    uint32_t r[4];
    uint32_t width = 36;
    cpuid(0x80000000, 0, r);
    if (r[0] >= 0x80000008) {
        cpuid(0x80000008, 0, r);
        width = r[0] & 0xFF;
    }
    if (width < 52) {
        start(3);
        world_window(0, P_P | P_W | P_U);
        set_entry(&pae_window[0], pae_window[0] | 1ull << 51);
        RUN("7: mov WINDOW_AT, %eax\n");
        check_page_fault(0xD, W);
        start(0);
        set_entry(&pae_directories[1][0], pae_directories[1][0] | 1ull << 51);
        RUN("7: mov %eax, WINDOW_AT\n");
        check_page_fault(0xB, W);
    }
}
void case_pae_2mb(void)
{
    start(3);
    pae_directories[1][8] = 0x00800000 | P_P | P_W | P_U | P_PS;
    in.eax = 0x31415926;
    RUN("mov %eax, 0x41012344\n" EXIT);
    check_exit();
    check("memory", *mem32(0x812344), 0x31415926);
    check("A and D", (uint32_t)pae_directories[1][8] & (P_A | P_D), P_A | P_D);
    set_entry(&pae_directories[1][8], 0x00800000 | P_P | P_W | P_U | P_PS | 1u << 13);
    state_ring(3);
    RUN("7: mov 0x41012344, %eax\n");
    check_page_fault(0xD, 0x41012344);
}
void case_pae_above_4gb(void)
{
    start(0);
    *mem32(frame(0)) = 0x12344321;
    set_entry(&pae_window[0], 0x100000000ull | frame(0) | P_P | P_W | P_U);
    RUN("mov WINDOW_AT, %eax\n" EXIT);
    check_exit();
    check_text("4 GB higher is the same memory", out.r.eax != 0x12344321);
}
void case_pae_toggle(void)
{
    start(0);
    for (uint32_t i = 0; i < 4096; i++)
        page_tables[i / 1024][i % 1024] = i << 12 | P_P | P_W | P_U;
    for (uint32_t i = 0; i < 4; i++)
        page_directory[i] = (uint32_t)(uintptr_t)page_tables[i] | P_P | P_W | P_U;
    state_ring(0);
    in.ecx = (uint32_t)(uintptr_t)page_directory;
    in.edx = (uint32_t)(uintptr_t)pae_pointers;
    // through paging off: CR3 means another table
    RUN("mov %cr0, %eax; and $0x7FFFFFFF, %eax; mov %eax, %cr0; mov %cr4, %ebx; and $~0x20, %ebx; "
        "mov %ebx, %cr4; mov %ecx, %cr3\n"
        "or $0x80000000, %eax; mov %eax, %cr0; mov DATA_AT, %esi; and $0x7FFFFFFF, %eax; mov %eax, "
        "%cr0\n"
        "or $0x20, %ebx; mov %ebx, %cr4; mov %edx, %cr3; or $0x80000000, %eax; mov %eax, "
        "%cr0\n" EXIT);
    check_exit();
    check("pg", out.cr0 >> 31, 1);
}
void case_pae_rmw_across(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    RUN("7: incl WINDOW_AT + 0xFFD\n" EXIT);
    check_page_fault(6, W + 0x1000);
}
