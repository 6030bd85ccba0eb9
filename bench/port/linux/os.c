/* What the family os asks of the kernel (see port_os_prepare() in port.h): pipes, processes,
 * threads, mappings, signals. Helpers that live on between samples, the reader of a pipe and the
 * partner thread, end with this process. */
#include "bench/freestanding.h"
#include "bench/port/linux/linux.h"
#include "bench/port/port.h"

enum { OS_POLLIN = 1, OS_PR_SET_PDEATHSIG = 1, OS_FUTEX_WAIT = 128, OS_FUTEX_WAKE = 129 };
enum { OS_AT_SYSINFO = 32, OS_AT_EMPTY_PATH = 0x1000, OS_MFD_CLOEXEC = 1 };
/* CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM */
#define OS_CLONE_THREAD 0x50F00u

int32_t linux_clone(uint32_t flags, uint32_t *stack);
void linux_call_kernel(void);

volatile uint32_t linux_os_signals;
static uint32_t os_sysinfo;

void linux_os_init(char **argv)
{
    const uint32_t *p = (const uint32_t *)(const void *)argv;
    while (*p++) /* the words */
        ;
    while (*p++) /* the environment */
        ;
    for (; p[0]; p += 2)
        if (p[0] == OS_AT_SYSINFO)
            os_sysinfo = p[1];
}

/* ---- poll ---- */

static int32_t os_empty_pipe[2] = {-1, -1};

static uint32_t os_poll_empty(void)
{
    struct {
        int32_t fd;
        uint16_t events, revents;
    } wait = {os_empty_pipe[0], OS_POLLIN, 0};
    return linux_call(LINUX_POLL, linux_pointer(&wait), 1, 0, 0, 0) == 0;
}

/* ---- pipe ---- */

static struct {
    uint32_t size; /* 0: no reader */
    int32_t pid, data_fd, answer_fd;
} os_pipe;

/* The other process: adds up a batch and answers with the sum, until the writer is gone. */
static void os_read_batches(int32_t data_fd, int32_t answer_fd, uint32_t batch)
{
    static uint8_t buffer[65536];
    uint32_t at = 0, sum = 0;
    for (;;) {
        uint32_t most = batch - at < sizeof buffer ? batch - at : sizeof buffer;
        int32_t got = linux_call(LINUX_READ, (uint32_t)data_fd, linux_pointer(buffer), most, 0, 0);
        if (got == -LINUX_EINTR)
            continue;
        if (got <= 0)
            linux_call(LINUX_EXIT_GROUP, 0, 0, 0, 0, 0);
        /* one byte in 64, by its place in the batch, and how many came */
        for (uint32_t i = (64 - at % 64) % 64; i < (uint32_t)got; i += 64)
            sum += buffer[i];
        sum += (uint32_t)got;
        at += (uint32_t)got;
        if (at == batch) {
            linux_call(LINUX_WRITE, (uint32_t)answer_fd, linux_pointer(&sum), 4, 0, 0);
            at = sum = 0;
        }
    }
}

static uint32_t os_send_batch(void)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < PORT_PIPE_WRITES; i++) {
        const uint8_t *from = port_big_area();
        for (uint32_t left = os_pipe.size; left;) {
            int32_t done =
                linux_call(LINUX_WRITE, (uint32_t)os_pipe.data_fd, linux_pointer(from), left, 0, 0);
            if (done == -LINUX_EINTR)
                continue;
            if (done <= 0)
                return 0;
            from += done;
            left -= (uint32_t)done;
        }
    }
    if (linux_call(LINUX_READ, (uint32_t)os_pipe.answer_fd, linux_pointer(&sum), 4, 0, 0) != 4)
        return 0;
    return sum;
}

static void os_end_reader(void)
{
    if (!os_pipe.size)
        return;
    linux_call(LINUX_CLOSE, (uint32_t)os_pipe.data_fd, 0, 0, 0, 0); /* its end of file */
    linux_call(LINUX_CLOSE, (uint32_t)os_pipe.answer_fd, 0, 0, 0, 0);
    linux_call(LINUX_WAIT4, (uint32_t)os_pipe.pid, 0, 0, 0, 0);
    os_pipe.size = 0;
}

static bool os_start_reader(uint32_t size)
{
    int32_t data[2], answer[2];
    if (os_pipe.size == size)
        return true;
    os_end_reader();
    if (linux_failed(linux_call(LINUX_PIPE, linux_pointer(data), 0, 0, 0, 0)) ||
        linux_failed(linux_call(LINUX_PIPE, linux_pointer(answer), 0, 0, 0, 0)))
        return false;
    int32_t pid = linux_call(LINUX_FORK, 0, 0, 0, 0, 0);
    if (pid == 0) {
        linux_call(LINUX_PRCTL, OS_PR_SET_PDEATHSIG, LINUX_SIGKILL, 0, 0, 0);
        linux_call(LINUX_CLOSE, (uint32_t)data[1], 0, 0, 0, 0);
        linux_call(LINUX_CLOSE, (uint32_t)answer[0], 0, 0, 0, 0);
        os_read_batches(data[0], answer[1], PORT_PIPE_WRITES * size);
    }
    linux_call(LINUX_CLOSE, (uint32_t)data[0], 0, 0, 0, 0);
    linux_call(LINUX_CLOSE, (uint32_t)answer[1], 0, 0, 0, 0);
    os_pipe.pid = pid;
    os_pipe.data_fd = data[1];
    os_pipe.answer_fd = answer[0];
    os_pipe.size = size;
    return pid > 0;
}

/* ---- processes ---- */

static uint32_t os_wait_for(int32_t pid)
{
    uint32_t status = 0;
    int32_t ended;
    if (pid <= 0)
        return 0;
    do {
        ended = linux_call(LINUX_WAIT4, (uint32_t)pid, linux_pointer(&status), 0, 0, 0);
    } while (ended == -LINUX_EINTR);
    return ended == pid && !(status & 0xFF) ? status >> 8 & 0xFF : 0;
}

static uint32_t os_fork(void)
{
    int32_t pid = linux_call(LINUX_FORK, 0, 0, 0, 0, 0);
    if (pid == 0)
        linux_call(LINUX_EXIT_GROUP, PORT_EXIT_STATUS, 0, 0, 0, 0);
    return os_wait_for(pid);
}

/* The smallest program: mov $status,%ebx; mov $1,%eax; int $0x80. */
static const struct {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version, entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
    uint32_t p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
    uint8_t code[12];
} os_program = {
    .ident = {0x7F, 'E', 'L', 'F', 1, 1, 1},
    .type = 2,
    .machine = 3,
    .version = 1,
    .entry = 0x08048000 + 84,
    .phoff = 52,
    .ehsize = 52,
    .phentsize = 32,
    .phnum = 1,
    .p_type = 1,
    .p_vaddr = 0x08048000,
    .p_paddr = 0x08048000,
    .p_filesz = 96,
    .p_memsz = 96,
    .p_flags = 5,
    .p_align = 4096,
    .code = {0xBB, PORT_EXIT_STATUS, 0, 0, 0, 0xB8, 1, 0, 0, 0, 0xCD, 0x80},
};
_Static_assert(sizeof os_program == 96, "the program's header says how long it is");
static int32_t os_program_fd = -1;

static bool os_make_program(void)
{
    if (os_program_fd >= 0)
        return true;
    int32_t fd = linux_call(LINUX_MEMFD_CREATE, linux_pointer("os.exec"), OS_MFD_CLOEXEC, 0, 0, 0);
    if (linux_failed(fd))
        return false;
    os_program_fd = fd;
    return linux_call(LINUX_WRITE, (uint32_t)fd, linux_pointer(&os_program), sizeof os_program, 0,
                      0) == sizeof os_program;
}

static uint32_t os_exec(void)
{
    static const char *const words[] = {"os.exec", NULL};
    int32_t pid = linux_call(LINUX_FORK, 0, 0, 0, 0, 0);
    if (pid == 0) {
        linux_call(LINUX_EXECVEAT, (uint32_t)os_program_fd, linux_pointer(""), linux_pointer(words),
                   linux_pointer(words + 1), OS_AT_EMPTY_PATH);
        linux_call(LINUX_EXIT_GROUP, 0, 0, 0, 0, 0);
    }
    return os_wait_for(pid);
}

/* ---- threads ---- */

static volatile uint32_t os_turn; /* even: ours, odd: the partner's */
static volatile uint32_t os_partner_turns;
static bool os_has_partner;

/* Wait until the turn is no longer `turn`. */
static void os_wait_turn(uint32_t turn)
{
    while (os_turn == turn)
        linux_call(LINUX_FUTEX, linux_pointer((const void *)(uintptr_t)&os_turn), OS_FUTEX_WAIT,
                   turn, 0, 0);
}

static void os_pass_turn(void)
{
    os_turn++;
    linux_call(LINUX_FUTEX, linux_pointer((const void *)(uintptr_t)&os_turn), OS_FUTEX_WAKE, 1, 0,
               0);
}

static void os_partner(void)
{
    for (uint32_t turn = 0;; turn += 2) {
        os_wait_turn(turn);
        os_partner_turns++;
        os_pass_turn();
    }
}

static bool os_start_partner(void)
{
    static uint32_t stack[4096];
    if (os_has_partner)
        return true;
    stack[4095] = linux_pointer((const void *)(uintptr_t)os_partner);
    os_has_partner = !linux_failed(linux_clone(OS_CLONE_THREAD, &stack[4095]));
    return os_has_partner;
}

static uint32_t os_switch_threads(void)
{
    uint32_t before = os_partner_turns, turn = os_turn + 1;
    os_pass_turn();
    os_wait_turn(turn);
    return os_partner_turns - before;
}

/* ---- mappings and signals ---- */

static uint32_t os_map(void)
{
    int32_t at = linux_map_memory(PORT_MMAP_BYTES, LINUX_PROT_RW, LINUX_MAP_PRIVATE_ANONYMOUS, -1);
    if (linux_failed(at))
        return 0;
    volatile uint32_t *page = (volatile uint32_t *)(uintptr_t)(uint32_t)at;
    uint32_t fresh = page[1];
    page[0] = 1;
    fresh += page[0];
    return linux_call(LINUX_MUNMAP, (uint32_t)at, PORT_MMAP_BYTES, 0, 0, 0) == 0 ? fresh : 0;
}

static uint32_t os_pid;

static uint32_t os_signal(void)
{
    uint32_t before = linux_os_signals;
    linux_call(LINUX_KILL, os_pid, LINUX_SIGUSR1, 0, 0, 0);
    return linux_os_signals - before;
}

/* ---- */

port_os_call *port_os_prepare(enum port_os_op op, uint32_t size)
{
    switch (op) {
    case PORT_OS_SYSCALL:
        return os_sysinfo ? (port_os_call *)(uintptr_t)os_sysinfo
                          : (port_os_call *)(uintptr_t)linux_call_kernel;
    case PORT_OS_POLL_EMPTY:
        if (os_empty_pipe[0] < 0 &&
            linux_failed(linux_call(LINUX_PIPE, linux_pointer(os_empty_pipe), 0, 0, 0, 0)))
            return NULL;
        return os_poll_empty;
    case PORT_OS_PIPE: return os_start_reader(size) ? os_send_batch : NULL;
    case PORT_OS_FORK: return os_fork;
    case PORT_OS_EXEC: return os_make_program() ? os_exec : NULL;
    case PORT_OS_THREAD_SWITCH: return os_start_partner() ? os_switch_threads : NULL;
    case PORT_OS_MMAP: return os_map;
    case PORT_OS_SIGNAL:
        os_pid = (uint32_t)linux_call(LINUX_GETPID, 0, 0, 0, 0, 0);
        linux_catch(LINUX_SIGUSR1, linux_signal_entry);
        return os_signal;
    }
    return NULL;
}
