// What a debugger is tried on: a loop that never ends, with paging, a timer, x87, SSE, a REP and a variable that changes
// only now and then. A table of addresses follows the multiboot header, for a client that reads no symbols.
//
// Linear C0000000-C03FFFFF is mapped to the first 4 MB as well; the page at 300000 is absent, and nobody touches
// the one at 301000.
    .section .multiboot, "a"
    .balign 4
    .long 0x1BADB002, 3, -(0x1BADB002 + 3)
    .long loop, hot, cold, variable, buffer, rep, after_rep, floats, after_floats, ticks, page_table, constant, result
    .long halt, on_timer, wide, mixed, spin

    .cfi_sections .debug_frame
    .text
    .globl _start, loop, hot, cold, variable, buffer, rep, after_rep, floats, after_floats, ticks, on_timer, halt, spin
_start:
    mov $stack_top, %esp
    lgdt gdt_pointer
    ljmp $0x08, $1f
1:  mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $on_timer, %eax
    mov %ax, idt + 0x20 * 8
    movw $8, idt + 0x20 * 8 + 2
    movw $0x8e00, idt + 0x20 * 8 + 4
    shr $16, %eax
    mov %ax, idt + 0x20 * 8 + 6
    lidt idt_pointer
    // Paging.
    mov $page_table, %edi
    mov $3, %eax
    mov $1024, %ecx
    cld
2:  stosl
    add $0x1000, %eax
    loop 2b
    andl $~1, page_table + 0x300 * 4
    mov $page_table + 3, %eax
    mov %eax, page_directory
    mov %eax, page_directory + 0x300 * 4
    mov $page_directory, %eax
    mov %eax, %cr3
    mov %cr4, %eax
    or $0x200, %eax // OSFXSR
    mov %eax, %cr4
    mov %cr0, %eax
    and $~4, %eax // EM
    or $0x80010022, %eax // PG, WP, NE, MP
    mov %eax, %cr0
    fninit
    // The timer, 1 kHz.
    mov $0x11, %al
    out %al, $0x20
    mov $0x20, %al
    out %al, $0x21
    mov $4, %al
    out %al, $0x21
    mov $1, %al
    out %al, $0x21
    mov $0xfe, %al
    out %al, $0x21
    mov $0x34, %al
    out %al, $0x43
    mov $0xa9, %al
    out %al, $0x40
    mov $0x04, %al
    out %al, $0x40
    xor %ebx, %ebx
    sti

loop: // 1,000 turns of the hot loop for one of this
    mov $1000, %ecx
hot:
    add $3, %edx
    xor %ecx, %edx
    dec %ecx
    jnz hot
    incl %ebx
    call work
    test $15, %ebx
    jnz loop
cold: // every 16th
    incl variable
    lea wide + 2, %esi
    mov %ebx, (%esi) // not aligned, beside others
    jmp loop

work:
    .cfi_startproc
    push %ebx
    .cfi_adjust_cfa_offset 4
constant = . + 1
    mov $0x11111111, %eax
    mov %eax, result
floats:
    fldpi
    fld1
    movups vector, %xmm1
after_floats:
    fstp %st(0)
    fstp %st(0)
    movsd mixed, %xmm2
    mov %ebx, %eax
    mov $buffer, %edi
    mov $64, %ecx
rep:
    rep stosb
after_rep:
    pop %ebx
    .cfi_adjust_cfa_offset -4
    ret
    .cfi_endproc

on_timer:
    push %eax
    incl ticks
    mov $0x20, %al
    out %al, $0x20
    pop %eax
    iret

spin: // for who sends EIP here
    jmp spin
halt:
    hlt
    nop
    jmp halt

    .data
    .balign 16
vector: .long 0x00010203, 0x10111213, 0x20212223, 0x30313233
mixed: .double 2.5
gdt_pointer: .word 23
    .long gdt
idt_pointer: .word 64 * 8 - 1
    .long idt
    .balign 8
gdt: .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
    .bss
    .balign 4096
page_directory: .skip 4096
page_table: .skip 4096
variable: .skip 4
    .balign 64
wide: .skip 64
    .balign 4096
buffer: .skip 4096
result: .skip 4
ticks: .skip 4
    .balign 4096
idt: .skip 64 * 8
    .skip 4096
stack_top:
