// Group desc: instructions that look at descriptors and tables: LAR, LSL, VERR, VERW, ARPL,
// SGDT..., LGDT..., LLDT, LTR, LMSW, SMSW.
#include "emu/tests/system/case.h"

static void lar(unsigned ring, uint32_t selector)
{
    state_ring(ring);
    in.eax = selector;
    in.ebx = 0x5A5A5A5A;
    RUN("lar %eax, %ebx\n" EXIT);
    check_exit();
}
static void lsl(unsigned ring, uint32_t selector)
{
    state_ring(ring);
    in.eax = selector;
    in.ebx = 0x5A5A5A5A;
    RUN("lsl %eax, %ebx\n" EXIT);
    check_exit();
}
static void verify(unsigned ring, uint32_t selector, bool readable, bool writable)
{
    state_ring(ring);
    in.eax = selector;
    RUN("verr %ax; setz %bl; verw %ax; setz %bh\n" EXIT);
    check_exit();
    check("VERR", out.r.ebx & 1, readable);
    check("VERW", out.r.ebx >> 8 & 1, writable);
}

void case_desc_lar(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xDF3);
    lar(3, SEL_T0);
    check("zf", out.r.eflags & F_ZF, F_ZF);
    check("rights", out.r.ebx & 0xF0FF00, 0xD0F300);
    check("rest", out.r.ebx & 0xFF0000FF, 0);
}
void case_desc_lar_invalid(void)
{
    static const uint8_t types[] = {0x80, 0x86, 0x87, 0x88, 0x8A, 0x8D, 0x8E, 0x8F};
    lar(0, 0);
    check("zf of null", out.r.eflags & F_ZF, 0);
    check("ebx", out.r.ebx, 0x5A5A5A5A);
    lar(0, SEL_BEYOND);
    check("zf beyond", out.r.eflags & F_ZF, 0);
    for (unsigned i = 0; i < sizeof types; i++) {
        world_set_gate(SEL_T0, SEL_CODE0, 0, 0, types[i]);
        lar(0, SEL_T0);
        check("zf of a type", out.r.eflags & F_ZF, 0);
    }
}
void case_desc_lar_system(void)
{
    static const uint8_t types[] = {0x81, 0x82, 0x83, 0x84, 0x85, 0x89, 0x8B, 0x8C};
    for (unsigned i = 0; i < sizeof types; i++) {
        world_set_gate(SEL_T0, SEL_CODE0, 0, 0, types[i]);
        lar(0, SEL_T0);
        check("zf", out.r.eflags & F_ZF, F_ZF);
        check("type", out.r.ebx & 0xFF00, (uint32_t)types[i] << 8);
    }
}
void case_desc_lar_privilege(void)
{
    lar(3, SEL_DATA0);
    check("zf by CPL", out.r.eflags & F_ZF, 0);
    lar(0, SEL_DATA0 | 3);
    check("zf by RPL", out.r.eflags & F_ZF, 0);
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9F);
    lar(3, SEL_T0);
    check("zf of conforming", out.r.eflags & F_ZF, F_ZF);
}
void case_desc_lar_absent(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC13);
    lar(0, SEL_T0);
    check("zf", out.r.eflags & F_ZF, F_ZF);
    check("rights", out.r.ebx & 0xFF00, 0x1300);
}
void case_desc_lsl(void)
{
    world_set_descriptor(SEL_T0, 0, 0x12345, 0x093);
    lsl(0, SEL_T0);
    check("limit", out.r.ebx, 0x12345);
    world_set_descriptor(SEL_T0, 0, 0x12345, 0x893);
    lsl(0, SEL_T0);
    check("limit", out.r.ebx, 0x12345FFF);
    check("zf", out.r.eflags & F_ZF, F_ZF);
}
void case_desc_lsl_system(void)
{
    static const struct {
        uint8_t type;
        bool good;
    } types[] = {{0x81, 1}, {0x82, 1}, {0x83, 1}, {0x84, 0}, {0x85, 0}, {0x86, 0}, {0x87, 0},
                 {0x89, 1}, {0x8B, 1}, {0x8C, 0}, {0x8E, 0}, {0x8F, 0}, {0x80, 0}};
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        world_set_descriptor(SEL_T0, 0, 0x77, types[i].type);
        lsl(0, SEL_T0);
        check("zf", out.r.eflags & F_ZF, types[i].good ? F_ZF : 0);
        check("limit", out.r.ebx, types[i].good ? 0x77 : 0x5A5A5A5A);
    }
}
void case_desc_lsl_16(void)
{
    state_ring(0);
    in.eax = SEL_DATA0;
    in.ebx = 0x5A5A5A5A;
    RUN("lsl %ax, %bx\n" EXIT);
    check_exit();
    check("ebx", out.r.ebx, 0x5A5AFFFF);
}
void case_desc_verr_types(void)
{
    verify(0, SEL_DATA0, true, true);
    verify(0, SEL_CODE0, true, false);
    verify(0, SEL_TSS, false, false);
    verify(0, 0, false, false);
    verify(0, SEL_BEYOND, false, false);
    world_set_descriptor(SEL_T0, 0, 0, 0x091);
    verify(0, SEL_T0, true, false);
    world_set_descriptor(SEL_T0, 0, 0, 0x099);
    verify(0, SEL_T0, false, false);
}
void case_desc_verr_privilege(void)
{
    verify(3, SEL_DATA0, false, false);
    verify(3, SEL_DATA3, true, true);
    verify(0, SEL_DATA0 | 3, false, false);
    world_set_descriptor(SEL_T0, 0, 0, 0x09F);
    verify(3, SEL_T0, true, false);
}
void case_desc_arpl(void)
{
    state_ring(3);
    in.eax = 0xABCD0100;
    in.ebx = 3;
    RUN("arpl %bx, %ax\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 0xABCD0103);
    check("zf", out.r.eflags & F_ZF, F_ZF);
    state_ring(3);
    in.eax = 0x102;
    in.ebx = 1;
    in.eflags |= F_ZF;
    RUN("arpl %bx, %ax\n" EXIT);
    check("eax", out.r.eax, 0x102);
    check("zf", out.r.eflags & F_ZF, 0);
}
void case_desc_store_ring3(void)
{
    state_ring(3);
    RUN("sgdt DATA_AT; sidt DATA_AT + 8; sldt DATA_AT + 16; str DATA_AT + 18; smsw DATA_AT + 20; "
        "smsw %eax\n" EXIT);
    check_exit();
    check("GDT limit", *mem16(DATA_AT), SEL_BEYOND - 1);
    check("IDT limit", *mem16(DATA_AT + 8), 0x7FF);
    check("ldtr", *mem16(DATA_AT + 16), 0);
    check("tr", *mem16(DATA_AT + 18), SEL_TSS);
    check("msw", *mem32(DATA_AT + 20), get_cr0() & 0xFFFF);
    check("eax", out.r.eax & 0xFFFF, get_cr0() & 0xFFFF);
}
void case_desc_umip(void)
{
    for (unsigned i = 0; i < 6; i++) {
        unsigned ring = i == 5 ? 0 : 3;
        set_cr4(C4_UMIP);
        state_ring(ring);
        switch (i) {
        case 0: RUN("7: sgdt DATA_AT\n" EXIT); break;
        case 1: RUN("7: sidt DATA_AT\n" EXIT); break;
        case 2: RUN("7: sldt %eax\n" EXIT); break;
        case 3: RUN("7: str %eax\n" EXIT); break;
        case 4: RUN("7: smsw %eax\n" EXIT); break;
        default: RUN("sgdt DATA_AT; smsw %eax\n" EXIT); break;
        }
        if (ring)
            check_fault(GP, 0);
        else
            check_exit();
    }
}
void case_desc_sldt_str(void)
{
    state_ring(0);
    in.eax = in.ebx = 0xFFFFFFFF;
    RUN("sldt %eax; str %ebx\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 0);
    check("ebx", out.r.ebx, SEL_TSS);
}
void case_desc_load_ring3(void)
{
    for (unsigned i = 0; i < 6; i++) {
        state_ring(3);
        in.eax = SEL_LDT;
        switch (i) {
        case 0: RUN("7: lgdt DATA_AT\n" EXIT); break;
        case 1: RUN("7: lidt DATA_AT\n" EXIT); break;
        case 2: RUN("7: lldt %ax\n" EXIT); break;
        case 3: RUN("7: ltr %ax\n" EXIT); break;
        case 4: RUN("7: lmsw %ax\n" EXIT); break;
        default: RUN("7: clts\n" EXIT); break;
        }
        check_fault(GP, 0);
    }
}
void case_desc_register_form(void)
{
    state_ring(0);
    RUN("7: .byte 0x0F, 0x01, 0xC7\n" EXIT);
    check_fault(UD, 0);
}
void case_desc_lgdt_24(void)
{
    state_ring(0);
    RUN("sgdt DATA_AT; mov DATA_AT, %eax; mov %eax, DATA_AT + 8; mov DATA_AT + 4, %ax; or $0x5500, "
        "%ax; mov %ax, DATA_AT + 12\n"
        "data16 lgdt DATA_AT + 8; sgdt DATA_AT + 16; lgdt DATA_AT\n" EXIT);
    check_exit();
    check("base", *mem32(DATA_AT + 18), *mem32(DATA_AT + 2));
}
void case_desc_lldt(void)
{
    state_ring(0);
    in.eax = 3;
    RUN("7: lldt %ax\n" EXIT);
    check_exit();
    state_ring(0);
    in.eax = SEL_TSS_B;
    RUN("7: lldt %ax\n" EXIT);
    check_fault(GP, SEL_TSS_B);
    world_set_descriptor(SEL_T0, LDT_AT, 63, 0x002);
    state_ring(0);
    in.eax = SEL_T0;
    RUN("7: lldt %ax\n" EXIT);
    check_fault(NP, SEL_T0);
    state_ring(0);
    in.eax = 0xC;
    RUN("7: lldt %ax\n" EXIT);
    check_fault(GP, 0xC);
}
void case_desc_ltr(void)
{
    state_ring(0);
    in.eax = SEL_TSS_B;
    RUN("7: ltr %ax\n" EXIT);
    check_exit();
    check("tr", out.tr, SEL_TSS_B);
    check("access byte", world_descriptor(SEL_TSS_B)[5], 0x8B);
    state_ring(0);
    in.eax = SEL_TSS_B;
    RUN("7: ltr %ax\n" EXIT);
    check_fault(GP, SEL_TSS_B);
    state_ring(0);
    RUN("7: ltr %ax\n" EXIT);
    check_fault(GP, 0);
    state_ring(0);
    in.eax = SEL_LDT;
    RUN("7: ltr %ax\n" EXIT);
    check_fault(GP, SEL_LDT);
    world_set_descriptor(SEL_T0, TSS_B_AT, 0x67, 0x009);
    state_ring(0);
    in.eax = SEL_T0;
    RUN("7: ltr %ax\n" EXIT);
    check_fault(NP, SEL_T0);
}
void case_desc_ltr_286(void)
{
    state_ring(0);
    in.eax = SEL_TSS_286;
    RUN("ltr %ax\n" EXIT);
    check_exit();
    check("access byte", world_descriptor(SEL_TSS_286)[5], 0x83);
}
void case_desc_lmsw(void)
{
    state_ring(0);
    in.eax = 0xFFFE;
    RUN("mov %cr0, %ebx; lmsw %ax; mov %cr0, %ecx; xor %eax, %eax; lmsw %ax; mov %cr0, "
        "%edx\n" EXIT);
    check_exit();
    check("set", out.r.ecx, out.r.ebx | 0xE);
    check("cleared", out.r.edx, (out.r.ebx & ~0xEu) | 1);
}
void case_desc_clts(void)
{
    state_ring(0);
    RUN("mov %cr0, %eax; or $8, %eax; mov %eax, %cr0; smsw %ebx; clts; smsw %ecx\n" EXIT);
    check_exit();
    check("before", out.r.ebx & 8, 8);
    check("after", out.r.ecx & 8, 0);
}
