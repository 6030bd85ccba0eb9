// A multiboot guest that checks what the bare bench needs: the state at entry, the information structure, exceptions
// with their error codes, PIC and PIT interrupts through HLT, paging with a fault that is repaired, and the exit port.
// Prints one letter per step on COM1 and leaves with 0x10 in the exit port (status 33) if all is well, or with the
// number of the failed check.
    .set EXIT_PORT, 0xf4
    .set COM1, 0x3f8
    .set MARKER, 0x5e0

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

    .text
    .globl _start
_start:
    cmp $0x2BADB002, %eax
    check 1, e
    mov $stack_top, %esp
    pushf
    pop %eax
    test $0x200, %eax // IF off
    check 2, z
    mov %cr0, %eax
    and $0x80000001, %eax // PE on, PG off
    cmp $1, %eax
    check 3, e
    mov (%ebx), %eax
    and $0x245, %eax // memory, command line, memory map, loader name
    cmp $0x245, %eax
    check 4, e
    cmpl $639, 4(%ebx)
    check 5, be
    cmpl $1024, 8(%ebx)
    check 6, ae
    mov 64(%ebx), %esi
    cmpl $0x6b636974, (%esi) // "tick"
    check 7, e
    say 'A'

    // CPUID: our hypervisor leaf.
    mov $0x40000000, %eax
    cpuid
    cmp $0x6b636954, %ebx // "Tick"
    check 8, e
    say 'B'

    // Flat descriptors of our own, then an IDT.
    lgdt gdt_pointer
    ljmp $0x08, $1f
1:  mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $idt, %edi
    mov $0, %ecx
2:  mov $stray, %eax
    call set_gate
    inc %ecx
    cmp $64, %ecx
    jne 2b
    mov $0, %ecx
    mov $on_de, %eax
    call set_gate
    mov $6, %ecx
    mov $on_ud, %eax
    call set_gate
    mov $13, %ecx
    mov $on_gp, %eax
    call set_gate
    mov $14, %ecx
    mov $on_pf, %eax
    call set_gate
    mov $0x20, %ecx
    mov $on_timer, %eax
    call set_gate
    mov $0x30, %ecx
    mov $on_int, %eax
    call set_gate
    lidt idt_pointer
    say 'C'

    // Exceptions: each handler counts and steps over the two bytes of its instruction.
    xor %edx, %edx
    mov $1, %eax
    xor %ecx, %ecx
    div %ecx
    cmpl $1, count_de
    check 9, e
    ud2
    cmpl $1, count_ud
    check 10, e
    mov $0xf8, %eax
    mov %eax, %fs // beyond the GDT: #GP(0xf8)
    cmpl $0xf8, error_gp
    check 11, e
    int $0x30
    cmpl $1, count_int
    check 12, e
    say 'D'

    // PIC and PIT: 20 interrupts at 1 kHz through HLT.
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
    mov $0xa9, %al // 1193
    out %al, $0x40
    mov $0x04, %al
    out %al, $0x40
    rdtsc
    mov %eax, %esi
    sti
3:  hlt
    cmpl $20, count_timer
    jb 3b
    cli
    rdtsc
    sub %esi, %eax
    cmp $1000000, %eax // at 1 GHz or more, 19 ms are over 1,000,000 clocks
    check 13, ae
    say 'E'

    // Busy with interrupts on: they come in between the instructions of a loop too.
    movl $0, count_timer
    sti
4:  cmpl $5, count_timer
    jb 4b
    cli
    say 'F'

    // Paging: 4 MB by one table, identity; the page at 0x300000 absent, the one at 0x301000 read-only.
    mov $page_table, %edi
    mov $3, %eax
    mov $1024, %ecx
5:  stosl
    add $0x1000, %eax
    loop 5b
    andl $~1, page_table + 0x300 * 4
    andl $~2, page_table + 0x301 * 4
    mov $page_table + 3, %eax
    mov %eax, page_directory
    mov $page_directory, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80010000, %eax // PG and WP
    mov %eax, %cr0
    say 'G'
    // An absent page: one fault with the W bit by the read-modify-write; then 0 + 1 + carry.
    stc
    adcl $1, 0x300123
    check 14, nc
    cmpl $1, count_pf
    check 15, e
    cmpl $2, error_pf // write, not present
    check 16, e
    cmpl $0x300123, address_pf
    check 17, e
    cmpl $2, 0x300123
    check 18, e
    // A read-only page: protection fault, repaired in the same way.
    movl $7, 0x301000
    cmpl $2, count_pf
    check 19, e
    cmpl $3, error_pf // write, present
    check 20, e
    cmpl $7, 0x301000
    check 21, e
    // Across the edge of an absent page: nothing is written before the fault.
    andl $~1, page_table + 0x303 * 4
    mov $0x303000, %eax
    invlpg (%eax)
    movl $0xffffffff, 0x302ffc
    incl 0x302ffe
    cmpl $3, count_pf
    check 22, e
    cmpl $0x303000, address_pf
    check 23, e
    cmpl $0x0000ffff, 0x302ffc // 0000ffff + 1: the upper half was 0
    check 24, e
    say 'H'

    // A measured interval for --stats: 1,000 iterations.
    mov $MARKER, %dx
    mov $0x01000abc, %eax
    out %eax, %dx
    mov $1000, %ecx
6:  add $3, %ebx
    dec %ecx
    jnz 6b
    mov $0x02000abc, %eax
    out %eax, %dx
    say '\n'
    mov $0x10, %al
leave:
    mov $EXIT_PORT, %dx
    out %al, %dx
7:  cli
    hlt
    jmp 7b

set_gate: // %eax handler, %ecx vector
    mov %ax, idt(,%ecx,8)
    movw $8, idt + 2(,%ecx,8)
    movw $0x8e00, idt + 4(,%ecx,8)
    shr $16, %eax
    mov %ax, idt + 6(,%ecx,8)
    ret

stray:
    mov $99, %al
    jmp leave
on_de:
    incl count_de
    addl $2, (%esp)
    iret
on_ud:
    incl count_ud
    addl $2, (%esp)
    iret
on_gp:
    pop error_gp
    addl $2, (%esp)
    iret
on_int:
    incl count_int
    iret
on_timer:
    push %eax
    incl count_timer
    mov $0x20, %al
    out %al, $0x20
    pop %eax
    iret
on_pf: // make the page present and writable, and try again
    pop error_pf
    push %eax
    push %ebx
    incl count_pf
    mov %cr2, %eax
    mov %eax, address_pf
    mov %eax, %ebx
    shr $12, %ebx
    orl $3, page_table(,%ebx,4)
    invlpg (%eax)
    pop %ebx
    pop %eax
    iret

    .data
    .balign 8
gdt:
    .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
    .word 23
    .long gdt
idt_pointer:
    .word 64 * 8 - 1
    .long idt
count_de: .long 0
count_ud: .long 0
count_int: .long 0
count_timer: .long 0
count_pf: .long 0
error_gp: .long 0
error_pf: .long 0
address_pf: .long 0

    .bss
    .balign 4096
page_directory: .skip 4096
page_table: .skip 4096
idt: .skip 512
stack: .skip 4096
stack_top:
