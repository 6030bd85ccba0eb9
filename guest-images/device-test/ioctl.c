// ioctl DEVICE REQUEST ARGUMENT: the device's answer is printed; status 1 if it is an error, 2 if
// there is no device. The argument is a number, or numbers with commas between them: then they go
// into memory, and their address is the argument. For Linux guests, without a C library: Debian's
// static busybox has no program for floppy formats and CD trays.
long program(char **argv);
void _start(void);

enum { SYS_WRITE = 4, SYS_OPEN = 5, SYS_IOCTL = 54, O_RDWR = 2, O_NONBLOCK = 0x800 };

static long call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

// Decimal, or hexadecimal after 0x; stops at what is neither.
static unsigned long number(const char **text)
{
    unsigned long base = 10, value = 0;
    if ((*text)[0] == '0' && (*text)[1] == 'x') {
        base = 16;
        *text += 2;
    }
    for (;; (*text)++) {
        char c = **text;
        if (c >= '0' && c <= '9')
            value = value * base + (unsigned long)(c - '0');
        else if (base == 16 && c >= 'a' && c <= 'f')
            value = value * base + (unsigned long)(c - 'a') + 10;
        else
            return value;
    }
}

static void print(long value)
{
    char text[16], *at = text + sizeof text;
    *--at = '\n';
    unsigned long rest = value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--at = '-';
    call(SYS_WRITE, 1, (long)at, text + sizeof text - at);
}

// argv as Linux leaves it on the stack.
long program(char **argv)
{
    static unsigned list[16];
    if (!argv[1] || !argv[2] || !argv[3])
        return 2;
    const char *text = argv[2];
    long request = (long)number(&text);
    text = argv[3];
    long argument = (long)number(&text);
    for (unsigned n = 0; *text == ',' && n + 1 < sizeof list / sizeof *list;) {
        list[n++] = (unsigned)argument;
        text++;
        argument = (long)number(&text);
        list[n] = (unsigned)argument;
        if (*text != ',')
            argument = (long)list;
    }
    // the floppy driver formats only for whom may write, and a CD is never opened for writing
    long fd = call(SYS_OPEN, (long)argv[1], O_RDWR | O_NONBLOCK, 0);
    if (fd < 0)
        fd = call(SYS_OPEN, (long)argv[1], O_NONBLOCK, 0);
    if (fd < 0)
        return 2;
    long answer = call(SYS_IOCTL, fd, request, argument);
    print(answer);
    return answer < 0;
}

__asm__(".globl _start\n"
        "_start: lea 4(%esp), %eax\n"
        "push %eax\n"
        "call program\n"
        "mov %eax, %ebx\n"
        "mov $1, %eax\n"
        "int $0x80\n");
