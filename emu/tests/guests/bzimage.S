// A file that looks like a Linux bzImage (boot protocol 2.06): its setup code prints on COM1 what the boot loader has
// given it, has the "kernel" in protected mode add up the initrd, and ends through isa-debug-exit.
//   K if the kernel's first bytes are at 100000h, then the command line, then '+' and the sum of the initrd's bytes,
//   as four hexadecimal digits
    .code16
    .text
    .org 0x1F1
    .byte 1                     // setup sectors behind the first
    .word 0
    .long 0
    .word 0, 0xFFFF, 0
    .word 0xAA55
    .byte 0xEB, 0x66            // jmp to 0x268
    .ascii "HdrS"
    .word 0x0206
    .long 0
    .word 0, 0
    .byte 0                     // 210: loader
    .byte 1                     // 211: loaded high
    .word 0
    .long 0x100000
    .long 0, 0                  // 218: initrd
    .long 0
    .word 0                     // 224: heap end
    .word 0
    .long 0                     // 228: command line
    .long 0x37ffffff            // 22C: initrd's highest byte
    .long 0x100000
    .long 0
    .long 60                    // 238: longest command line
    .org 0x268
start:
    // unreal: flat data segments from a descriptor table of ours
    cli
    movw %cs, %ax
    subw $0x20, %ax
    movw %ax, %ds
    movzwl %ax, %eax
    shll $4, %eax
    addl $gdt, %eax
    movl %eax, gdtr + 2
    lgdtl gdtr
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    movw $8, %bx
    movw %bx, %es
    andb $0xFE, %al
    movl %eax, %cr0
    xorw %ax, %ax
    movw %ax, %es               // base 0, limit 4 GB

    movl $0x100000, %esi
    cmpl $0x4E52454B, %es:(%esi)
    jne 1f
    movb $'K', %al
    call put
1:  movl 0x228, %esi
2:  movb %es:(%esi), %al
    incl %esi
    testb %al, %al
    jz 3f
    call put
    jmp 2b
3:  movb $'+', %al
    call put
    movl 0x218, %esi
    movl 0x21C, %ecx
    xorl %ebx, %ebx
    jecxz 5f
4:  movzbl %es:(%esi), %eax
    addl %eax, %ebx
    incl %esi
    decl %ecx
    jnz 4b
5:  movw $4, %cx
6:  rolw $4, %bx
    movb %bl, %al
    andb $15, %al
    addb $'0', %al
    cmpb $'9', %al
    jbe 7f
    addb $7, %al
7:  call put
    loop 6b
    movb $10, %al
    call put
    movb $16, %al
    outb %al, $0xF4
8:  hlt
    jmp 8b

put:
    movw $0x3F8, %dx
    outb %al, %dx
    ret

    .align 8
gdt:
    .quad 0
    .quad 0x00CF93000000FFFF
gdtr:
    .word 15
    .long 0
    .org 0x400
    .ascii "KERN"
    .fill 1000, 1, 0x90
