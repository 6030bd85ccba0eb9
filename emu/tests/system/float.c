// Group fp: what control registers do to x87, MMX, SSE and AVX, and how their exceptions come.
#include "emu/tests/system/case.h"

enum { MF = 16, XM = 19, FERR_VECTOR = 0x2D };
enum { C4_OSFXSR = 0x200, C4_OSXMMEXCPT = 0x400, C4_OSXSAVE = 0x40000 };

static void fresh(void)
{
    set_cr0(get_cr0() & ~(uint32_t)(C0_EM | C0_TS));
    __asm__ volatile("fninit");
}
static bool set_xcr0(uint32_t value)
{
    state_ring(0);
    in.eax = value;
    RUN("xsetbv\n" EXIT);
    return out.vector == INT_EXIT;
}

void case_fp_osfxsr(void)
{
    state_ring(3);
    RUN("7: xorps %xmm0, %xmm0\n" EXIT);
    check_fault(UD, 0);
    set_cr4(C4_OSFXSR);
    state_ring(3);
    RUN("xorps %xmm0, %xmm0\n" EXIT);
    check_exit();
}
void case_fp_em(void)
{
    set_cr4(C4_OSFXSR);
    set_cr0(get_cr0() | C0_EM | C0_TS);
    state_ring(3);
    RUN("7: xorps %xmm0, %xmm0\n" EXIT);
    check_fault(UD, 0);
    state_ring(3);
    RUN("7: emms\n" EXIT);
    check_fault(UD, 0);
    state_ring(3);
    RUN("7: fld1\n" EXIT);
    check_fault(NM, 0);
    fresh();
}
void case_fp_ts(void)
{
    set_cr4(C4_OSFXSR);
    for (unsigned i = 0; i < 5; i++) {
        set_cr0(get_cr0() | C0_TS);
        state_ring(3);
        switch (i) {
        case 0: RUN("7: xorps %xmm0, %xmm0\n" EXIT); break;
        case 1: RUN("7: emms\n" EXIT); break;
        case 2: RUN("7: fxsave DATA_AT\n" EXIT); break;
        case 3: RUN("7: ldmxcsr DATA_AT\n" EXIT); break;
        default: RUN("7: fnstsw %ax\n" EXIT); break;
        }
        check_fault(NM, 0);
    }
    fresh();
}
void case_fp_not_state(void)
{
    set_cr0(get_cr0() | C0_TS | C0_EM);
    state_ring(3);
    RUN("prefetchnta DATA_AT; sfence; lfence; mfence; movnti %eax, DATA_AT; pause\n" EXIT);
    check_exit();
    fresh();
}
void case_fp_alignment(void)
{
    set_cr4(C4_OSFXSR);
    for (unsigned i = 0; i < 3; i++) {
        state_ring(3);
        switch (i) {
        case 0: RUN("movups DATA_AT + 8, %xmm0\n 7: movaps DATA_AT + 8, %xmm0\n" EXIT); break;
        case 1: RUN("movdqu %xmm0, DATA_AT + 8\n 7: paddd DATA_AT + 8, %xmm0\n" EXIT); break;
        default: RUN("fxsave DATA_AT\n 7: fxsave DATA_AT + 8\n" EXIT); break;
        }
        check_fault(GP, 0);
    }
}
void case_fp_xm(void)
{
    *mem32(DATA_AT) = 0x1D80; // ZM clear
    *mem32(DATA_AT + 4) = 0x3F800000;
    for (unsigned i = 0; i < 2; i++) {
        set_cr4(C4_OSFXSR | (i ? C4_OSXMMEXCPT : 0));
        state_ring(3);
        RUN("ldmxcsr DATA_AT; movss DATA_AT + 4, %xmm0; xorps %xmm1, %xmm1\n 7: divss %xmm1, "
            "%xmm0\n" EXIT);
        check_fault(i ? XM : UD, 0);
    }
    state_ring(3);
    RUN("stmxcsr DATA_AT + 8\n" EXIT);
    check("flag", *mem32(DATA_AT + 8), 0x1D84);
    *mem32(DATA_AT) = 0x1F80;
    state_ring(3);
    RUN("ldmxcsr DATA_AT\n" EXIT);
}
void case_fp_mxcsr_reserved(void)
{
    set_cr4(C4_OSFXSR);
    *mem32(DATA_AT) = 0x80000000;
    state_ring(3);
    RUN("7: ldmxcsr DATA_AT\n" EXIT);
    check_fault(GP, 0);
    state_ring(3);
    RUN("fxsave DATA_AT; movl $0x10000, DATA_AT + 24\n 7: fxrstor DATA_AT\n" EXIT);
    check_fault(GP, 0);
}
void case_fp_mf(void)
{
    fresh();
    *mem16(DATA_AT) = 0x37B; // ZM clear
    state_ring(3);
    RUN("fldcw DATA_AT; fld1; fldz; fdivrp %st, %st(1); fnstsw %ax; nop\n 7: fld1\n" EXIT);
    check_fault(MF, 0);
    check("ZE and ES", out.r.eax & 0x84, 0x84);
    state_ring(3);
    RUN("7: fwait\n" EXIT);
    check_fault(MF, 0);
    state_ring(3);
    RUN("fnclex; fwait\n" EXIT);
    check_exit();
    fresh();
}
void case_fp_mf_mmx(void)
{
    fresh();
    *mem16(DATA_AT) = 0x37B;
    state_ring(3);
    RUN("fldcw DATA_AT; fld1; fldz; fdivrp %st, %st(1)\n 7: movd %eax, %mm0\n" EXIT);
    check_fault(MF, 0);
    fresh();
}
void case_fp_ferr(void)
{
    fresh();
    set_cr0(get_cr0() & ~(uint32_t)C0_NE);
    out8(0x21, 0xFB);
    out8(0xA1, 0xDF);
    *mem16(DATA_AT) = 0x37B;
    state_ring(0);
    in.eflags |= F_IF;
    RUN("fldcw DATA_AT; fld1; fldz; fdivrp %st, %st(1); fld1; nop; nop; nop; nop\n" EXIT);
    check("vector", out.vector, FERR_VECTOR);
    out8(0xF0, 0);
    fresh();
}
void case_fp_osxsave(void)
{
    uint32_t r[4];
    state_ring(0);
    RUN("7: xgetbv\n" EXIT);
    check_fault(UD, 0);
    state_ring(0);
    in.eax = 1;
    RUN("7: xsetbv\n" EXIT);
    check_fault(UD, 0);
    state_ring(0);
    RUN("7: xsave DATA_AT\n" EXIT);
    check_fault(UD, 0);
    cpuid(1, 0, r);
    check("OSXSAVE", r[2] >> 27 & 1, 0);
    set_cr4(C4_OSXSAVE);
    cpuid(1, 0, r);
    check("OSXSAVE", r[2] >> 27 & 1, 1);
}
void case_fp_xsetbv(void)
{
    static const struct {
        uint8_t ring;
        uint32_t ecx, eax, edx;
    } bad[] = {{3, 0, 1, 0}, {0, 1, 1, 0}, {0, 0, 0, 0}, {0, 0, 5, 0}, {0, 0, 1, 0x40000000}};
    set_cr4(C4_OSXSAVE);
    for (unsigned i = 0; i < 5; i++) {
        state_ring(bad[i].ring);
        in.ecx = bad[i].ecx;
        in.eax = bad[i].eax;
        in.edx = bad[i].edx;
        RUN("7: xsetbv\n" EXIT);
        check_fault(GP, 0);
    }
    check_text("XCR0 3 is refused", set_xcr0(3));
    state_ring(3);
    RUN("xgetbv\n" EXIT);
    check_exit();
    check("XCR0", out.r.eax, 3);
    set_xcr0(1);
}
void case_fp_avx(void)
{
    set_cr4(C4_OSXSAVE | C4_OSFXSR);
    set_xcr0(3);
    state_ring(3);
    RUN("7: vxorps %ymm0, %ymm0, %ymm0\n" EXIT);
    check_fault(UD, 0);
    set_xcr0(7);
    state_ring(3);
    RUN("vxorps %ymm0, %ymm0, %ymm0; vmovups %ymm0, DATA_AT + 1\n 7: .byte 0x66; vxorps %ymm0, "
        "%ymm0, %ymm0\n" EXIT);
    check_fault(UD, 0);
    state_v86();
    RUN16("7: vxorps %ymm0, %ymm0, %ymm0\n");
    check_fault(UD, 0);
    set_cr0(get_cr0() | C0_TS);
    state_ring(3);
    RUN("7: vxorps %ymm0, %ymm0, %ymm0\n" EXIT);
    check_fault(NM, 0);
    fresh();
    set_xcr0(1);
}
void case_fp_stack_fault(void)
{
    fresh();
    *mem16(DATA_AT) = 0x37E;
    state_ring(3);
    RUN("fldcw DATA_AT; .rept 9\n fld1\n .endr\n fnstsw %ax\n 7: fwait\n" EXIT);
    check_fault(MF, 0);
    check("SF, IE, ES, C1", out.r.eax & 0x2C1, 0x2C1);
    fresh();
}
void case_fp_fault_pop(void)
{
    fresh();
    world_page();
    state_ring(3);
    RUN("fld1\n 7: fstpl WINDOW_AT\n" EXIT);
    check_page_fault(6, WINDOW_AT);
    state_ring(3);
    RUN("fnstsw %ax\n" EXIT);
    check("top", out.r.eax >> 11 & 7, 7);
    fresh();
}
// The pointers of both images are linear addresses with their upper nibble in the next word (SDM
// vol. 1, figures 8-11 and 8-12): fld at CODE_AT + ip, its operand at DATA_AT + 20h.
#define ENVIRONMENTS                                                                               \
    "mov $DATA_AT / 16, %ax; mov %ax, %ds\n 7: flds 0x20\n fnstenv 0x40; fnstenvl 0x60\n"          \
    "movw $0x2345, 0x46; movw $0x3106, 0x48; movw $0x6789, 0x4A; movw $0x5000, 0x4C\n"             \
    "fldenv 0x40; fnstenvl 0x80; fldenvl 0x80; fnstenv 0xA0\n int $INT_EXIT\n"
static bool has_selectors(void) // or, by CPUID.(7,0).EBX[13], FCS and FDS are stored as 0
{
    uint32_t r[4];
    cpuid(0, 0, r);
    if (r[0] < 7)
        return true;
    cpuid(7, 0, r);
    if (r[1] >> 13 & 1)
        case_skip("FCS and FDS");
    return !(r[1] >> 13 & 1);
}
static void check_environments(void)
{
    uint32_t ip = snippet_mark - snippet_begin;
    check("vector", out.vector, INT_EXIT);
    check("IP", *mem16(DATA_AT + 0x6C), ip);
    check("IP and opcode", *mem32(DATA_AT + 0x70), 0x1106);
    check("DP", *mem16(DATA_AT + 0x74), 0x20);
    check("DP, upper", *mem32(DATA_AT + 0x78), 0x4000);
    check("IP, loaded", *mem16(DATA_AT + 0x8C), 0x2345);
    check("IP and opcode, loaded", *mem32(DATA_AT + 0x90), 0x3106);
    check("DP, loaded", *mem16(DATA_AT + 0x94), 0x6789);
    check("DP, upper, loaded", *mem32(DATA_AT + 0x98), 0x5000);
    check("16 bits: IP", *mem16(DATA_AT + 0xA6), 0x2345);
    check("16 bits: IP and opcode", *mem16(DATA_AT + 0xA8), 0x3106);
    check("16 bits: DP", *mem16(DATA_AT + 0xAA), 0x6789);
    check("16 bits: DP, upper", *mem16(DATA_AT + 0xAC), 0x5000);
}
void case_fp_env_v86(void)
{
    if (!has_selectors())
        return;
    fresh();
    state_v86();
    in.eflags |= F_IOPL;
    RUN16(ENVIRONMENTS);
    check_environments();
    fresh();
}
void case_fp_env_real(void)
{
    if (!has_selectors())
        return;
    fresh();
    state_real();
    RUN_REAL(ENVIRONMENTS);
    check_environments();
    fresh();
}
void case_fp_vex_real(void)
{
    set_cr4(C4_OSXSAVE | C4_OSFXSR);
    set_xcr0(7);
    state_real();
    // C5 and C4 are LDS and LES there, whose register form is #UD; SSE itself works.
    RUN_REAL("xorps %xmm0, %xmm0; pcmpeqd %xmm1, %xmm1\n 7: vxorps %xmm1, %xmm1, %xmm1\n int "
             "$INT_EXIT\n");
    check("vector", out.vector, UD);
    check("ip", out.r.eip, snippet_mark - snippet_begin);
    set_cr4(C4_OSXSAVE | C4_OSFXSR);
    set_xcr0(1);
}
