# A boot sector for floppy, disk and CD (El Torito without emulation), all read by the BIOS's int 13h.
# Says on port E9h which drive the BIOS booted, prints the text in the sector after it (CD: the block 21), writes a
# text of its own to the sector after that (not on a CD), reads it back, and ends by isa-debug-exit: 10h all was well,
# 20h + what failed (1 read, 2 write, 3 the text is not the same).
        .code16
        .globl start
start:  cld
        xor %ax, %ax
        mov %ax, %ds
        mov %ax, %es
        mov %ax, %ss
        mov $0x7000, %sp
        mov %dl, drive
        mov $said_drive, %si
        call print
        mov drive, %al
        call print_hex
        mov $said_text, %si
        call print
        mov $1, %al
        mov $1, %bp                 # the sector
        mov $2, %ah                 # read
        call transfer
        mov $0x21, %bl
        jc end
        mov $0x8000, %si
        call print
        cmpb $0xe0, drive
        jae good                    # a CD cannot be written
        mov $written, %si
        mov $0x8000, %di
        mov $256, %cx
        rep movsw
        mov $2, %bp
        mov $3, %ah                 # write
        call transfer
        mov $0x22, %bl
        jc end
        mov $0x8000, %di
        mov $256, %cx
        xor %ax, %ax
        rep stosw
        mov $2, %ah
        call transfer
        mov $0x21, %bl
        jc end
        mov $written, %si
        mov $0x8000, %di
        mov $256, %cx
        repe cmpsw
        mov $0x23, %bl
        jne end
good:   mov $0x10, %bl
end:    mov $0xf4, %dx
        mov %bl, %al
        out %al, %dx
        hlt

# ah 2 read, 3 write: sector bp at 8000h. Carry if the BIOS says that it failed.
transfer:
        cmpb $0x80, drive
        jae extended
        mov $1, %al
        mov $0x8000, %bx
        mov %bp, %cx                # cylinder 0, sector bp + 1
        inc %cx
        mov drive, %dl
        xor %dh, %dh
        int $0x13
        ret
extended:
        mov %bp, packet_lba
        cmpb $0xe0, drive
        jb 1f
        movw $21, packet_lba
1:      add $0x40, %ah
        xor %al, %al
        mov $packet, %si
        mov drive, %dl
        int $0x13
        ret

print:  lodsb
        test %al, %al
        jz 1f
        out %al, $0xe9
        jmp print
1:      ret

print_hex:
        mov %al, %ah
        shr $4, %al
        call 1f
        mov %ah, %al
        and $15, %al
1:      cmp $10, %al
        jb 2f
        add $39, %al
2:      add $48, %al
        out %al, $0xe9
        ret

said_drive: .asciz "drive "
said_text:  .asciz ", "
drive:      .byte 0
        .balign 4
packet:     .byte 16, 0
            .word 1
            .word 0x8000, 0
packet_lba: .word 0, 0, 0, 0
written:    .asciz "written by the guest"
        .org 510
        .word 0xaa55
