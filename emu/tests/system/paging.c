// Group page: 32-bit paging: faults and their error codes, WP, U/S, A and D bits, 4 MB pages,
// global pages, SMEP, SMAP, and read-modify-write across and onto missing pages.
#include "emu/tests/system/case.h"

#define W WINDOW_AT
static uint32_t frame(uint32_t page)
{
    return FRAMES_AT + (page << 12);
}
static void start(unsigned ring)
{
    world_page();
    state_ring(ring);
}

void case_page_absent(void)
{
    for (unsigned ring = 0; ring < 4; ring += 3) {
        start(ring);
        RUN("7: mov WINDOW_AT + 0x123, %eax\n");
        check_page_fault(ring ? 4 : 0, W + 0x123);
        start(ring);
        RUN("7: mov %eax, WINDOW_AT + 0x124\n");
        check_page_fault(ring ? 6 : 2, W + 0x124);
    }
}
void case_page_absent_directory(void)
{
    start(3);
    RUN("7: mov %eax, 0x50000010\n");
    check_page_fault(6, 0x50000010);
}
void case_page_protection(void)
{
    start(3);
    world_window(0, P_P | P_W);
    world_window(1, P_P | P_U);
    RUN("7: mov WINDOW_AT, %eax\n");
    check_page_fault(5, W);
    state_ring(3);
    RUN("7: mov %eax, WINDOW_AT\n");
    check_page_fault(7, W);
    state_ring(3);
    RUN("mov WINDOW_AT + 0x1000, %eax\n 7: mov %eax, WINDOW_AT + 0x1000\n");
    check_page_fault(7, W + 0x1000);
}
void case_page_directory_rights(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    page_directory[W >> 22] &= ~(uint32_t)P_W;
    set_cr3((uint32_t)(uintptr_t)page_directory);
    RUN("mov WINDOW_AT, %eax\n 7: mov %eax, WINDOW_AT\n");
    check_page_fault(7, W);
    page_directory[W >> 22] &= ~(uint32_t)P_U;
    set_cr3((uint32_t)(uintptr_t)page_directory);
    state_ring(3);
    RUN("7: mov WINDOW_AT, %eax\n");
    check_page_fault(5, W);
}
void case_page_wp(void)
{
    start(0);
    world_window(0, P_P | P_U);
    in.eax = 0x77;
    RUN("mov %eax, WINDOW_AT\n" EXIT);
    check_exit();
    check("written", *mem32(frame(0)), 0x77);
    set_cr0(get_cr0() | C0_WP);
    state_ring(0);
    RUN("7: mov %eax, WINDOW_AT\n");
    check_page_fault(3, W);
}
void case_page_wp_toggle(void)
{
    start(0);
    world_window(0, P_P);
    RUN("movl $1, WINDOW_AT; mov %cr0, %eax; or $0x10000, %eax; mov %eax, %cr0\n 7: movl $2, "
        "WINDOW_AT\n");
    check_page_fault(3, W);
}
void case_page_accessed_dirty(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    world_window(1, P_P | P_W | P_U);
    RUN("mov WINDOW_AT, %eax; mov %eax, WINDOW_AT + 0x1000\n" EXIT);
    check_exit();
    check("read page", page_window[0] & (P_A | P_D), P_A);
    check("written page", page_window[1] & (P_A | P_D), P_A | P_D);
    check("directory", page_directory[W >> 22] & (P_A | P_D), P_A);
}
void case_page_dirty_later(void)
{
    start(0);
    world_window(0, P_P | P_W | P_U);
    RUN("mov WINDOW_AT, %eax; mov page_window, %ebx; mov %eax, WINDOW_AT; mov page_window, "
        "%ecx\n" EXIT);
    check_exit();
    check("after the read", out.r.ebx & (P_A | P_D), P_A);
    check("after the write", out.r.ecx & (P_A | P_D), P_A | P_D);
}
void case_page_dirty_not_by_fault(void)
{
    start(3);
    world_window(0, P_P | P_U);
    RUN("7: mov %eax, WINDOW_AT\n");
    check_page_fault(7, W);
    check("D", page_window[0] & P_D, 0);
}
void case_page_rmw_absent(void)
{
    start(3);
    *mem32(frame(0) + 0x10) = 5;
    in.eflags |= F_CF;
    RUN("7: adcl $1, WINDOW_AT + 0x10\n" EXIT);
    check_page_fault(6, W + 0x10);
    world_window(0, P_P | P_W | P_U);
    world_resume();
    check_exit();
    check("sum", *mem32(frame(0) + 0x10), 7);
}
void case_page_rmw_readonly(void)
{
    for (unsigned i = 0; i < 8; i++) {
        start(3);
        world_window(0, P_P | P_U);
        *mem32(frame(0)) = 0x10;
        in.eax = 0x10;
        in.eflags |= F_CF;
        switch (i) {
        case 0: RUN("7: incl WINDOW_AT\n"); break;
        case 1: RUN("7: xchg %ebx, WINDOW_AT\n"); break;
        case 2: RUN("7: cmpxchg %ebx, WINDOW_AT\n"); break;
        case 3: RUN("7: btsl $3, WINDOW_AT\n"); break;
        case 4: RUN("7: shll $1, WINDOW_AT\n"); break;
        case 5: RUN("7: xadd %ebx, WINDOW_AT\n"); break;
        case 6: RUN("7: rcll $1, WINDOW_AT\n"); break;
        default: RUN("7: negl WINDOW_AT\n"); break;
        }
        check_page_fault(7, W);
        check("memory", *mem32(frame(0)), 0x10);
        check("CF", out.r.eflags & F_CF, F_CF);
        check("D", page_window[0] & P_D, 0);
    }
}
void case_page_cmpxchg_writes(void)
{
    start(3);
    world_window(0, P_P | P_U);
    in.eax = 1;
    RUN("7: lock cmpxchg %ebx, WINDOW_AT\n");
    check_page_fault(7, W);
}
void case_page_rmw_across(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    *mem32(frame(0) + 0xFFC) = 0xFFFF0000;
    RUN("7: addl $1, WINDOW_AT + 0xFFE\n" EXIT);
    check_page_fault(6, W + 0x1000);
    check("memory", *mem32(frame(0) + 0xFFC), 0xFFFF0000);
    world_window(1, P_P | P_W | P_U);
    world_resume();
    check_exit();
    check("low", *mem16(frame(0) + 0xFFE), 0);
    check("high", *mem16(frame(1)), 1);
}
void case_page_rmw_across_readonly(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    world_window(1, P_P | P_U);
    RUN("7: addl $1, WINDOW_AT + 0xFFE\n" EXIT);
    check_page_fault(7, W + 0x1000);
    check("memory", *mem16(frame(0) + 0xFFE), 0);
}
void case_page_write_across(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    in.eax = 0x12345678;
    RUN("7: mov %eax, WINDOW_AT + 0xFFD\n");
    check_page_fault(6, W + 0x1000);
    check("memory", *mem32(frame(0) + 0xFFC), 0);
}
void case_page_fetch_across(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    *mem8(frame(0) + 0xFFE) = 0xB8; // mov eax, imm32
    in.eip = W + 0xFFE;
    RUN(EXIT);
    check("vector", out.vector, PF);
    check("error", out.error, 4);
    check("cr2", out.cr2, W + 0x1000);
    check("eip", out.r.eip, W + 0xFFE);
}
void case_page_fetch(void)
{
    start(0);
    in.eip = W + 0x30;
    RUN(EXIT);
    check("vector", out.vector, PF);
    check("error", out.error, 0);
    check("cr2", out.cr2, W + 0x30);
}
void case_page_push(void)
{
    for (unsigned i = 0; i < 4; i++) {
        start(3);
        in.esp = W + 0x1000;
        in.ebp = 0x1234;
        switch (i) {
        case 0: RUN("7: push %eax\n"); break;
        case 1: RUN("7: call .\n"); break;
        case 2: RUN("7: pusha\n"); break;
        default: RUN("7: enter $16, $0\n"); break;
        }
        check("vector", out.vector, PF);
        check("error", out.error, 6);
        check("esp", out.r.esp, W + 0x1000);
        check("ebp", out.r.ebp, 0x1234);
        check("eip", out.r.eip, CODE_AT);
    }
}
void case_page_pop_memory(void)
{
    start(3);
    RUN("push $5\n 7: pop WINDOW_AT\n");
    check_page_fault(6, W);
    check("esp", out.r.esp, STACK_TOP - 4);
    start(3);
    RUN("push $1; push $5; popl (%esp); pop %eax\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 5);
}
void case_page_rep_movs(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    in.esi = DATA_AT;
    in.edi = W + 0xFF0;
    in.ecx = 8;
    RUN("7: rep movsl\n" EXIT);
    check_page_fault(6, W + 0x1000);
    check("ecx", out.r.ecx, 4);
    check("edi", out.r.edi, W + 0x1000);
    check("esi", out.r.esi, DATA_AT + 0x10);
    world_window(1, P_P | P_W | P_U);
    world_resume();
    check_exit();
    check("ecx", out.r.ecx, 0);
}
void case_page_descriptor_supervisor(void)
{
    start(3);
    // the GDT is moved into a supervisor page: ring 3 may use it all the same
    uint8_t *gdt = world_descriptor(0);
    for (uint32_t i = 0; i < SEL_BEYOND; i++)
        *mem8(frame(0) + i) = gdt[i];
    world_window(0, P_P | P_W);
    *mem32(DATA_AT) = (SEL_BEYOND - 1) << 16;
    *mem32(DATA_AT + 4) = W;
    __asm__ volatile("lgdt DATA_AT + 2");
    RUN("mov $SEL_DATA3, %eax; mov %eax, %es\n" EXIT);
    check_exit();
    world_window(0, 0);
    state_ring(3);
    world_load_gdt(SEL_BEYOND - 1);
}
void case_page_inner_stack(void)
{
    start(3);
    world_window(0, P_P | P_W);
    ((volatile uint32_t *)world_tss())[1] = W + 0x1000;
    RUN(EXIT);
    check_exit();
    check("esp", out.entry_esp, W + 0x1000 - 20);
    check("eip", *mem32(frame(0) + 0x1000 - 20), CODE_AT + 2);
}
void case_page_inner_stack_absent(void)
{
    start(3);
    world_task_vector(PF);
    ((volatile uint32_t *)world_tss())[1] = W + 0x1000;
    RUN("7: " EXIT);
    check("vector", out.vector, INT_EXIT);
    check("tr", out.tr, SEL_DF_TSS);
    check("error", *mem32(out.r.esp), 2);
    check("cr2", out.cr2, W + 0x1000 - 4);
}
void case_page_invlpg(void)
{
    start(0);
    world_window(0, P_P | P_W);
    *mem32(frame(0)) = 1;
    *mem32(frame(1)) = 2;
    RUN("mov WINDOW_AT, %eax; mov page_window, %ebx; add $0x1000, %ebx; mov %ebx, page_window; "
        "invlpg WINDOW_AT + 0x800\n"
        "mov WINDOW_AT, %ecx\n" EXIT);
    check_exit();
    check("before", out.r.eax, 1);
    check("after", out.r.ecx, 2);
}
void case_page_cr3(void)
{
    start(0);
    world_window(0, P_P | P_W);
    *mem32(frame(1)) = 2;
    RUN("mov WINDOW_AT, %eax; addl $0x1000, page_window; mov %cr3, %ebx; mov %ebx, %cr3; mov "
        "WINDOW_AT, %ecx\n" EXIT);
    check_exit();
    check("after", out.r.ecx, 2);
}
void case_page_absent_not_cached(void)
{
    start(3);
    RUN("7: mov WINDOW_AT, %eax\n" EXIT);
    check_page_fault(4, W);
    *(volatile uint32_t *)&page_window[0] = frame(0) | P_P | P_U;
    world_resume();
    check_exit();
}
void case_page_global(void)
{
    start(0);
    set_cr4(C4_PGE);
    world_window(0, P_P | P_W | P_G);
    *mem32(frame(0)) = 1;
    *mem32(frame(1)) = 2;
    // that the old translation is used is allowed, not owed: only the end is checked
    RUN("mov WINDOW_AT, %eax; addl $0x1000, page_window; mov %cr3, %ebx; mov %ebx, %cr3; mov "
        "WINDOW_AT, %edx\n"
        "mov %cr4, %ebx; and $~0x80, %ebx; mov %ebx, %cr4; mov WINDOW_AT, %ecx\n" EXIT);
    check_exit();
    check("before", out.r.eax, 1);
    check("after PGE", out.r.ecx, 2);
}
void case_page_pcd_pwt(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U | P_PCD | P_PWT);
    set_cr3((uint32_t)(uintptr_t)page_directory | 0x18);
    *mem32(frame(0)) = 0x99;
    RUN("mov WINDOW_AT, %eax; mov %eax, WINDOW_AT + 4\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 0x99);
    check("cr3", out.cr3 & 0x18, 0x18);
}
void case_page_4mb(void)
{
    start(3);
    set_cr4(C4_PSE);
    page_directory[0x50000000 >> 22] = 0x00800000 | P_P | P_W | P_U | P_PS;
    in.eax = 0x31415926;
    RUN("mov %eax, 0x50012344\n" EXIT);
    check_exit();
    check("memory", *mem32(0x812344), 0x31415926);
    check("A and D", page_directory[0x50000000 >> 22] & (P_A | P_D), P_A | P_D);
    page_directory[0x50000000 >> 22] = 0x00800000 | P_P | P_U | P_PS;
    set_cr3((uint32_t)(uintptr_t)page_directory);
    state_ring(3);
    RUN("7: mov %eax, 0x50012344\n");
    check_page_fault(7, 0x50012344);
}
void case_page_ps_ignored(void)
{
    start(3);
    page_directory[W >> 22] |= P_PS;
    world_window(3, P_P | P_W | P_U);
    *mem32(frame(3)) = 0x33;
    set_cr3((uint32_t)(uintptr_t)page_directory);
    RUN("mov WINDOW_AT + 0x3000, %eax\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 0x33);
}
void case_page_4mb_reserved(void)
{
    start(3);
    set_cr4(C4_PSE);
    page_directory[0x50000000 >> 22] = 0x00800000 | P_P | P_W | P_U | P_PS | 1u << 21;
    RUN("7: mov 0x50000000, %eax\n");
    check_page_fault(0xD, 0x50000000);
    state_ring(0);
    RUN("7: mov %eax, 0x50000000\n");
    check_page_fault(0xB, 0x50000000);
}
void case_page_pse36(void)
{
    start(0);
    set_cr4(C4_PSE);
    *mem32(0x800000) = 0x12344321;
    page_directory[0x50000000 >> 22] = 0x00800000 | P_P | P_W | P_U | P_PS | 1u << 13;
    RUN("mov 0x50000000, %eax\n" EXIT);
    check_exit();
    check_text("4 GB higher is the same memory", out.r.eax != 0x12344321);
}
void case_page_smep(void)
{
    start(0);
    page_tables[0][CODE_AT >> 12] |= P_U;
    for (uint32_t i = 0; i < 4096; i++)
        page_tables[i / 1024][i % 1024] &= ~(uint32_t)P_U; // the program itself
    page_tables[0][CODE_AT >> 12] |= P_U;
    set_cr3((uint32_t)(uintptr_t)page_directory);
    set_cr4(C4_SMEP);
    RUN("7: nop\n");
    check_page_fault(0x11, CODE_AT);
    set_cr4(0);
    state_ring(0);
    RUN("nop\n" EXIT);
    check_exit();
}
void case_page_smap(void)
{
    start(0);
    world_window(0, P_P | P_W | P_U);
    for (uint32_t i = 0; i < 4096; i++)
        page_tables[i / 1024][i % 1024] &= ~(uint32_t)P_U;
    set_cr3((uint32_t)(uintptr_t)page_directory);
    set_cr4(C4_SMAP);
    RUN("7: mov WINDOW_AT, %eax\n");
    check_page_fault(1, W);
    state_ring(0);
    RUN("stac; mov WINDOW_AT, %eax; mov %eax, WINDOW_AT; pushf; pop %ebx; clac\n 7: mov %eax, "
        "WINDOW_AT\n");
    check_page_fault(3, W);
    check("AC", out.r.ebx & F_AC, F_AC);
    set_cr4(0);
}
void case_page_stac_ring3(void)
{
    set_cr4(C4_SMAP);
    state_ring(3);
    RUN("7: stac\n");
    check_fault(UD, 0);
    state_ring(3);
    RUN("7: clac\n");
    check_fault(UD, 0);
    set_cr4(0);
}
void case_page_pop_supervisor(void)
{
    for (unsigned i = 0; i < 6; i++) {
        start(3);
        world_window(0, P_P | P_W);
        in.esp = in.ebp = W + 0x800;
        switch (i) {
        case 0: RUN("7: pop %eax\n"); break;
        case 1: RUN("7: ret\n"); break;
        case 2: RUN("7: iret\n"); break;
        case 3: RUN("7: lret\n"); break;
        case 4: RUN("7: leave\n"); break;
        default: RUN("7: popf\n"); break;
        }
        // which element of a frame is read first is open: Zen 5 reads the last one first
        check_fault(PF, 5);
        check("cr2", i == 2 || i == 3 ? out.cr2 & ~0xFu : out.cr2, W + 0x800);
        check("esp", out.r.esp, W + 0x800);
    }
}
void case_page_enter_supervisor(void)
{
    start(3);
    world_window(0, P_P | P_W);
    in.ebp = W + 0x800;
    RUN("7: enter $0, $2\n");
    check_page_fault(5, W + 0x7FC);
    check("esp", out.r.esp, STACK_TOP);
}
void case_page_tables_supervisor(void)
{
    start(3);
    for (uint32_t i = 0; i < 4096; i++)
        if (i < 0x10 || i > 0x7F) // all but what the snippet uses
            page_tables[i / 1024][i % 1024] &= ~(uint32_t)P_U;
    set_cr3((uint32_t)(uintptr_t)page_directory);
    RUN("mov $SEL_DATA3, %eax; mov %eax, %es; lar %eax, %ebx\n" EXIT);
    check_exit();
    state_ring(3);
    RUN("7: mov page_directory, %eax\n");
    check_page_fault(5, (uint32_t)(uintptr_t)page_directory);
}
void case_page_cmpxchg8b_across(void)
{
    start(3);
    world_window(0, P_P | P_W | P_U);
    in.eax = 1;
    in.edx = 2;
    RUN("7: cmpxchg8b WINDOW_AT + 0xFFC\n");
    check_page_fault(6, W + 0x1000);
    check("eax", out.r.eax, 1);
    check("edx", out.r.edx, 2);
}
void case_page_ins(void)
{
    start(0);
    out8(0x70, 0x0E);
    in.edx = 0x71;
    in.edi = W;
    RUN("7: insb\n" EXIT);
    check_page_fault(2, W);
    check("edi", out.r.edi, W);
}
