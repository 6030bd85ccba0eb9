# A boot sector that draws with the VGA BIOS, one picture a key:
#   1  mode 13h: pixel (x, y) is colour x ^ y; the DAC shows i as i % 64, i / 4, 63 - i % 64
#   2  VBE 1024 x 768 x 32 in the linear framebuffer: x % 256, y % 256, (x ^ y) % 256
#   3  as 2, drawn again and again, moving
#   4  mode 3 with a line of text
#   5  as 2, filled with one colour after the other as fast as can be
    .code16
    .globl _start
_start:
    cli
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7c00, %sp
    sti
    mov $ready, %si
    call print
again:
    xor %ah, %ah
    int $0x16
    cmp $'1', %al
    je mode_13
    cmp $'2', %al
    je vbe
    cmp $'3', %al
    je vbe
    cmp $'5', %al
    je vbe
    cmp $'4', %al
    jne again
    mov $3, %ax
    int $0x10
    mov $text, %si
    call print
    jmp again

print:
    lodsb
    test %al, %al
    jz 1f
    mov $0x0e, %ah
    mov $7, %bx
    int $0x10
    jmp print
1:  ret

mode_13:
    mov $0x13, %ax
    int $0x10
    xor %cx, %cx
    mov $0x3c8, %dx
    xor %al, %al
    out %al, %dx
    inc %dx
1:  mov %cl, %al
    and $63, %al
    out %al, %dx
    mov %cl, %al
    shr $2, %al
    out %al, %dx
    mov %cl, %al
    not %al
    and $63, %al
    out %al, %dx
    inc %cl
    jnz 1b
    mov $0xa000, %ax
    mov %ax, %es
    xor %di, %di
    xor %bx, %bx            # y
2:  xor %cx, %cx            # x
3:  mov %cl, %al
    xor %bl, %al
    stosb
    inc %cx
    cmp $320, %cx
    jb 3b
    inc %bx
    cmp $200, %bx
    jb 2b
    xor %ax, %ax
    mov %ax, %es
    jmp again

vbe:
    mov %al, key
    mov $0x4f01, %ax        # where is the framebuffer?
    mov $0x4144, %cx
    mov $0x8000, %di
    int $0x10
    mov $0x4f02, %ax
    mov $0x4144, %bx
    int $0x10
    cmp $0x004f, %ax
    jne again
    cli
    lgdt gdtr
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmp $8, $flat
    .code32
flat:
    mov $16, %ax
    mov %ax, %ds
    mov %ax, %es
    xor %ebp, %ebp          # frames
    cmpb $'5', key
    jne frame
    xor %eax, %eax
4:  mov 0x8028, %edi
    mov $1024 * 768, %ecx
    rep stosl
    add $0x010307, %eax
    jmp 4b
frame:
    mov 0x8028, %edi        # PhysBasePtr
    xor %ebx, %ebx
1:  xor %ecx, %ecx
2:  mov %ecx, %eax
    shl $8, %eax
    mov %bl, %al
    shl $8, %eax
    mov %ecx, %edx
    xor %ebx, %edx
    mov %dl, %al
    add %ebp, %eax
    stosl
    inc %ecx
    cmp $1024, %ecx
    jb 2b
    inc %ebx
    cmp $768, %ebx
    jb 1b
    inc %ebp
    cmpb $'3', key
    je frame
3:  hlt
    jmp 3b

key: .byte 0
ready: .asciz "READY\r\n"
text: .asciz "The quick brown fox"
    .balign 8
gdt: .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr: .word 23
    .long gdt
    .org 510
    .word 0xaa55
