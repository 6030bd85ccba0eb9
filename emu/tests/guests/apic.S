// A multiboot guest that takes its interrupts from the APICs and the HPET: self-IPIs by the page and by x2APIC's MSRs,
// the task priority, the local timer in all modes through HLT and in a busy loop, the 8254 by pin 2 of the I/O APIC,
// an HPET timer by pin 20, an NMI, and the APIC's page in front of RAM.
// Prints one letter per step on COM1 and leaves with 0x10 in the exit port (status 33) if all is well, or with the
// number of the failed check.
    .set EXIT_PORT, 0xf4
    .set COM1, 0x3f8
    .set LAPIC, 0xfee00000
    .set IOAPIC, 0xfec00000
    .set HPET, 0xfed00000
    .set APIC_BASE, 0x1b
    .set ELSEWHERE, 0x400000

    .section .multiboot, "a"
    .balign 4
    .long 0x1BADB002, 3, -(0x1BADB002 + 3)

    .macro check number, condition // leave with `number` unless the condition holds
    j\condition 9f
    mov $\number, %al
    jmp leave
9:
    .endm

    .macro say letter
    mov $COM1, %dx
    mov $\letter, %al
    out %al, %dx
    .endm

    .macro pin number, low // of the I/O APIC, to processor 0
    movl $0x11 + 2 * \number, IOAPIC
    movl $0, IOAPIC + 0x10
    movl $0x10 + 2 * \number, IOAPIC
    movl $\low, IOAPIC + 0x10
    .endm

    .macro sleep_until vector, times // in HLT
7:  cli
    cmpl $\times, counts + 4 * \vector
    jae 8f
    sti
    hlt
    jmp 7b
8:
    .endm

    .macro handler vector
handle_\vector:
    incl counts + 4 * \vector
    push %eax
    mov page, %eax
    movl $0, 0xb0(%eax) // EOI
    pop %eax
    iret
    .endm

    .macro install vector, to
    mov $\to, %eax
    mov %ax, idt + 8 * \vector
    movw $0x08, idt + 8 * \vector + 2
    movw $0x8e00, idt + 8 * \vector + 4
    shr $16, %eax
    mov %ax, idt + 8 * \vector + 6
    .endm

    .text
    .globl _start
_start:
    mov $stack_top, %esp
    lgdt gdt_pointer
    ljmp $0x08, $1f
1:  mov $0x10, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    install 2, handle_2
    install 0x40, handle_0x40
    install 0x41, handle_0x41
    install 0x50, handle_0x50
    install 0x60, handle_0x60
    install 0x70, handle_0x70
    install 0x80, handle_0x80
    install 0x90, handle_x2
    lidt idt_pointer
    mov $0xff, %al // nothing comes from the 8259s
    out %al, $0x21
    out %al, $0xa1

    mov $1, %eax
    cpuid
    test $1 << 9, %edx
    check 1, nz
    mov $APIC_BASE, %ecx
    rdmsr
    cmp $0xfee00900, %eax
    check 2, e
    movl $0x1ff, LAPIC + 0xf0
    say 'A'

    // To itself; then held back by the task priority.
    sti
    movl $0x44040, LAPIC + 0x300
    nop
    cmpl $1, counts + 4 * 0x40
    check 3, e
    movl $0x50, LAPIC + 0x80
    movl $0x44041, LAPIC + 0x300
    mov $1000, %ecx
1:  loop 1b
    cmpl $0, counts + 4 * 0x41
    check 4, e
    movl $0, LAPIC + 0x80
    nop
    cmpl $1, counts + 4 * 0x41
    check 5, e
    // With interrupts off: two wait, the higher one is first, and both come at STI.
    cli
    movl $0x44040, LAPIC + 0x300
    movl $0x44041, LAPIC + 0x300
    cmpl $3, LAPIC + 0x220
    check 6, e
    sti
    nop
    nop
    cmpl $2, counts + 4 * 0x40
    check 7, e
    cmpl $2, counts + 4 * 0x41
    check 8, e
    say 'B'

    // One-shot and periodic.
    movl $0xb, LAPIC + 0x3e0
    movl $0x50, LAPIC + 0x320
    movl $200000, LAPIC + 0x380
    sleep_until 0x50, 1
    cmpl $0, LAPIC + 0x390
    check 9, e
    movl $0x20050, LAPIC + 0x320
    movl $100000, LAPIC + 0x380
    sleep_until 0x50, 20
    sti
1:  incl spins // busy: translated code is left for it
    cmpl $40, counts + 4 * 0x50
    jb 1b
    movl $0, LAPIC + 0x380
    movl $0x10000, LAPIC + 0x320
    say 'C'

    // At a value of the TSC, which it has not reached before.
    mov $1, %eax
    cpuid
    test $1 << 24, %ecx
    jz 2f
    movl $0x40060, LAPIC + 0x320
    rdtsc
    add $1000000, %eax
    adc $0, %edx
    mov %eax, deadline
    mov %edx, deadline + 4
    mov $0x6e0, %ecx
    wrmsr
    sleep_until 0x60, 1
    rdtsc
    sub deadline, %eax
    sbb deadline + 4, %edx
    check 10, nc
    mov $0x6e0, %ecx
    rdmsr
    or %edx, %eax
    check 11, z
2:  say 'D'

    // The 8254, at pin 2.
    pin 2, 0x70
    mov $0x34, %al
    out %al, $0x43
    mov $0xa9, %al // 1 kHz
    out %al, $0x40
    mov $4, %al
    out %al, $0x40
    sleep_until 0x70, 5
    pin 2, 0x10000
    say 'E'

    // HPET's timer 2, at pin 20: every 100 us, by edge.
    pin 20, 0x80
    movl $20 << 9 | 0x100 | 0x40 | 8 | 4, HPET + 0x140
    movl $10000, HPET + 0x148
    movl $10000, HPET + 0x148
    movl $1, HPET + 0x10
    sleep_until 0x80, 10
    movl $0, HPET + 0x10
    say 'F'

    // An NMI is not held back by IF.
    cli
    movl $0, LAPIC + 0x310
    movl $0x4400, LAPIC + 0x300
    nop
    cmpl $1, counts + 4 * 2
    check 12, e
    say 'G'

    // The page in front of RAM, back and forth, through the same code.
    movl $0x12345678, ELSEWHERE + 0x30
    mov $10, %edi
1:  mov $ELSEWHERE | 0x900, %eax
    call set_base
    mov ELSEWHERE + 0x30, %ebx
    cmp $0x50014, %ebx
    check 13, e
    mov LAPIC + 0x30, %ebx
    cmp $-1, %ebx
    check 14, e
    movl $ELSEWHERE, page
    sti
    movl $0x44040, ELSEWHERE + 0x300
    nop
    cli
    movl $LAPIC, page
    mov $0xfee00900, %eax
    call set_base
    mov ELSEWHERE + 0x30, %ebx
    cmp $0x12345678, %ebx
    check 15, e
    mov LAPIC + 0x30, %ebx
    cmp $0x50014, %ebx
    check 16, e
    dec %edi
    jnz 1b
    cmpl $12, counts + 4 * 0x40
    check 17, e
    say 'H'

    // x2APIC.
    mov $1, %eax
    cpuid
    test $1 << 21, %ecx
    jz 2f
    mov $0xfee00d00, %eax
    call set_base
    mov $0x83f, %ecx // to itself
    mov $0x90, %eax
    xor %edx, %edx
    sti
    wrmsr
    nop
    cli
    cmpl $1, counts + 4 * 0x90
    check 18, e
2:  say 'I'
    mov $0x10, %al
leave:
    mov $EXIT_PORT, %dx
    out %al, %dx
    hlt

set_base:
    mov $APIC_BASE, %ecx
    xor %edx, %edx
    wrmsr
    ret

    handler 0x40
    handler 0x41
    handler 0x50
    handler 0x60
    handler 0x70
    handler 0x80
handle_2: // an NMI has no EOI
    incl counts + 4 * 2
    iret
handle_x2:
    incl counts + 4 * 0x90
    pusha
    mov $0x80b, %ecx
    xor %eax, %eax
    xor %edx, %edx
    wrmsr
    popa
    iret

    .data
    .balign 8
gdt:
    .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
    .word 23
    .long gdt
idt_pointer:
    .word 8 * 256 - 1
    .long idt
    .balign 4
page:
    .long LAPIC
    .bss
    .balign 8
idt:
    .skip 8 * 256
counts:
    .skip 4 * 256
deadline:
    .skip 8
spins:
    .skip 4
    .skip 4096
stack_top:
