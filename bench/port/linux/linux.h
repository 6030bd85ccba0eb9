/* How the linux port talks to the kernel: int 0x80 and the numbers of its i386 interface (the
 * kernel's syscall_32.tbl and uapi headers). Results of -4095 to -1 are errors, negated. */
#ifndef BENCH_PORT_LINUX_LINUX_H
#define BENCH_PORT_LINUX_LINUX_H
#include <stdbool.h>
#include <stdint.h>

enum {
    LINUX_EXIT = 1,
    LINUX_FORK = 2,
    LINUX_READ = 3,
    LINUX_WRITE = 4,
    LINUX_OPEN = 5,
    LINUX_CLOSE = 6,
    LINUX_UNLINK = 10,
    LINUX_GETPID = 20,
    LINUX_KILL = 37,
    LINUX_PIPE = 42,
    LINUX_IOCTL = 54,
    LINUX_GETRUSAGE = 77,
    LINUX_MMAP = 90, /* takes a block of six words */
    LINUX_MUNMAP = 91,
    LINUX_IOPERM = 101,
    LINUX_WAIT4 = 114,
    LINUX_FSYNC = 118,
    LINUX_CLONE = 120,
    LINUX_MPROTECT = 125,
    LINUX_MLOCK = 150,
    LINUX_MLOCKALL = 152,
    LINUX_POLL = 168,
    LINUX_PRCTL = 172,
    LINUX_RT_SIGACTION = 174,
    LINUX_PREAD64 = 180,
    LINUX_PWRITE64 = 181,
    LINUX_FTRUNCATE64 = 194,
    LINUX_FSTAT64 = 197,
    LINUX_MADVISE = 219,
    LINUX_FCNTL64 = 221,
    LINUX_FUTEX = 240,
    LINUX_EXIT_GROUP = 252,
    LINUX_CLOCK_GETTIME = 265,
    LINUX_PIPE2 = 331,
    LINUX_MEMFD_CREATE = 356,
    LINUX_EXECVEAT = 358,
};
enum { LINUX_PROT_NONE = 0, LINUX_PROT_READ = 1, LINUX_PROT_RW = 3, LINUX_PROT_RWX = 7 };
enum {
    LINUX_SIGILL = 4,
    LINUX_SIGTRAP = 5,
    LINUX_SIGBUS = 7,
    LINUX_SIGFPE = 8,
    LINUX_SIGKILL = 9,
    LINUX_SIGUSR1 = 10,
    LINUX_SIGSEGV = 11,
    LINUX_SIGPIPE = 13,
    LINUX_SIGCHLD = 17,
    LINUX_SIGXFSZ = 25
};
enum { LINUX_EINTR = 4, LINUX_ECHILD = 10, LINUX_EAGAIN = 11 };
#define LINUX_MAP_PRIVATE_ANONYMOUS 0x22
#define LINUX_MAP_SHARED            1
#define LINUX_PAGE                  4096u
#define LINUX_O_CLOEXEC             02000000

struct linux_action { /* kernel_sigaction of i386 */
    void (*handler)(void);
    uint32_t flags;
    void (*restorer)(void);
    uint32_t mask[2];
};
#define LINUX_SA_RESTORER 0x04000000u
#define LINUX_SA_NODEFER  0x40000000u

int32_t linux_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e);
/* mmap from offset 0, anywhere. */
int32_t linux_map_memory(uint32_t bytes, uint32_t protection, uint32_t flags, int32_t fd);
/* Catch a signal with `handler` (linux_signal_entry, or 0 default, 1 ignore). */
void linux_catch(uint32_t signal, void (*handler)(void));
void linux_signal_entry(void);
void linux_signal_return(void);
static inline uint32_t linux_pointer(const void *p)
{
    return (uint32_t)(uintptr_t)p;
}
static inline bool linux_failed(int32_t result)
{
    return result < 0 && result > -4096;
}

/* disk.c */
bool linux_has_disk(void);
/* screen.c */
bool linux_has_screen(void);

/* os.c: words of the auxiliary vector, behind the environment; signals that os.signal sent. */
void linux_os_init(char **argv);
extern volatile uint32_t linux_os_signals;

#endif
