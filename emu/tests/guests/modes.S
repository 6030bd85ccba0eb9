# A boot sector that draws in each mode of the VGA BIOS. First it writes the ROM's fonts to port E9h: 256 characters of 8
# lines (two halves), 14 and 16. Then each key is a mode: 0 to 7 and a to g for Dh to 13h. Text: cell (x, y) has character 7x + 13y and
# attribute (x + 5y) & 7Fh (mode 7: of five attributes, the one at (x + y) % 5). Graphics, by the BIOS' own call for a
# pixel: each sixteenth line y has colour (x + y / 16) % 16 at x, masked to what the mode has.
# SeaBIOS' VGA BIOS writes the CRTC at the new mode's ports before it moves the CRTC there: back from a monochrome
# mode, only the second call sets all of a mode. Mode 7 keeps the CRTC of the mode before it (3, in the test), and a
# second call finds the attribute controller's port where it no longer is and leaves the screen off. QEMU shows the same.
    .code16
    .globl _start
_start:
    cli
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov $0x7c00, %sp
    cld
    sti
    mov $font_list, %si     # BH of AX=1130h, and bytes
1:  lodsw
    test %ax, %ax
    jz again
    mov %ax, %cx
    lodsb
    mov %al, %bh
    push %si
    push %cx
    mov $0x1130, %ax
    push %ds
    int $0x10               # ES:BP
    pop %ds
    pop %cx
2:  mov %es:(%bp), %al
    out %al, $0xe9
    inc %bp
    loop 2b
    pop %si
    jmp 1b

again:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    int $0x16
    sub $'0', %al
    cmp $7, %al
    jbe set
    sub $'a' - '0' - 0xd, %al
    cmp $0xd, %al
    jb again
    cmp $0x13, %al
    ja again
set:
    mov %al, mode
    xor %ah, %ah
    push %ax
    int $0x10
    pop %ax
    cmp $7, %al
    je 1f
    int $0x10               # twice: see above
1:
    mov $0x0100, %ax        # no cursor
    mov $0x2000, %cx
    int $0x10
    mov mode, %al
    xor %ah, %ah
    mov %ax, %si
    cmp $4, %al
    jb text
    cmp $7, %al
    je text
    # graphics: width, lines / 16, mask of colours
    cmp $7, %al
    jb 1f
    sub $6, %si             # Dh follows 6
1:  sub $4, %si
    shl $2, %si
    mov sizes(%si), %ax
    mov %ax, width
    mov sizes + 2(%si), %al
    mov %al, lines
    mov sizes + 3(%si), %al
    mov %al, mask
    xor %dx, %dx            # y
2:  xor %cx, %cx            # x
3:  mov %dx, %ax
    shr $4, %ax
    add %cl, %al
    and mask, %al
    mov $0x0c, %ah
    xor %bh, %bh
    push %cx
    push %dx
    int $0x10
    pop %dx
    pop %cx
    inc %cx
    cmp width, %cx
    jb 3b
    add $16, %dx
    mov %dx, %ax
    shr $4, %ax
    cmp lines, %al
    jb 2b
    jmp again

text:
    mov $0xb800, %ax
    cmpb $7, mode
    jne 1f
    mov $0xb000, %ax
1:  mov %ax, %es
    mov $80, %cx            # columns
    cmpb $2, mode
    jae 2f
    mov $40, %cx
2:  mov %cl, columns
    xor %di, %di
    xor %bx, %bx            # BL x, BH y
3:  mov %bl, %al
    mov $7, %dl
    mul %dl
    mov %ax, %cx
    mov %bh, %al
    mov $13, %dl
    mul %dl
    add %cl, %al
    stosb
    mov %bh, %al
    cmpb $7, mode
    je mono
    mov $5, %dl
    mul %dl
    add %bl, %al
    and $0x7f, %al
    jmp 5f
mono:
    add %bl, %al
    xor %ah, %ah
    mov $5, %dl
    div %dl
    mov %ah, %al
    xor %ah, %ah
    mov %ax, %si
    mov mono_attributes(%si), %al
5:  stosb
    inc %bl
    cmp columns, %bl
    jb 3b
    xor %bl, %bl
    inc %bh
    cmp $25, %bh
    jb 3b
    jmp again

mode: .byte 0
columns: .byte 0
lines: .byte 0
mask: .byte 0
width: .word 0
mono_attributes: .byte 0x07, 0x0f, 0x70, 0x01, 0x00
font_list:
    .word 1024; .byte 3     # 8 lines, characters 0-7Fh
    .word 1024; .byte 4     # 8 lines, 80h-FFh
    .word 3584; .byte 2
    .word 4096; .byte 6
    .word 0
sizes:                      # modes 4, 5, 6, Dh to 13h
    .word 320; .byte 13, 3
    .word 320; .byte 13, 3
    .word 640; .byte 13, 1
    .word 320; .byte 13, 15
    .word 640; .byte 13, 15
    .word 640; .byte 22, 15
    .word 640; .byte 22, 15
    .word 640; .byte 30, 1
    .word 640; .byte 30, 15
    .word 320; .byte 13, 15
    .org 510
    .word 0xaa55
