/* os: what an operating system charges. The port does each operation in one call (port.h) that
 * returns a proof that it was done; the kernel is the same call and sum on every port. System calls
 * themselves are measured instructions, on Linux only. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/port/port.h"

#define OS_GETPID 20

static uint32_t os_getpid(void)
{
    uint32_t pid;
    __asm__ volatile("int $0x80" : "=a"(pid) : "0"(OS_GETPID) : "memory");
    return pid;
}

static const char os_refused[] = "the operating system refused what the test needs";

static uint32_t os_never(void)
{
    return 0;
}

static void os_setup(struct test_state *s, enum port_os_op op, uint32_t size)
{
    port_os_call *call = port_os_prepare(op, size);
    uint32_t *table = (uint32_t *)(void *)(s->data + TEST_TABLE);
    table[0] = (uint32_t)(uintptr_t)(call ? call : os_never);
    if (!call)
        s->why = os_refused;
}

static void os_setup_syscall(struct test_state *s)
{
    os_setup(s, PORT_OS_SYSCALL, 0);
}
static void os_setup_poll(struct test_state *s)
{
    os_setup(s, PORT_OS_POLL_EMPTY, 0);
}
static void os_setup_fork(struct test_state *s)
{
    os_setup(s, PORT_OS_FORK, 0);
}
static void os_setup_exec(struct test_state *s)
{
    os_setup(s, PORT_OS_EXEC, 0);
}
static void os_setup_switch(struct test_state *s)
{
    os_setup(s, PORT_OS_THREAD_SWITCH, 0);
}
static void os_setup_mmap(struct test_state *s)
{
    os_setup(s, PORT_OS_MMAP, 0);
}
static void os_setup_signal(struct test_state *s)
{
    os_setup(s, PORT_OS_SIGNAL, 0);
}

/* The size is the number behind the name's slash. */
static uint32_t os_pipe_size(const struct test *t)
{
    const char *p = t->name;
    uint32_t size = 0;
    while (*p && *p++ != '/')
        ;
    for (; *p >= '0' && *p <= '9'; p++)
        size = size * 10 + (uint32_t)(*p - '0');
    return *p == 'K' ? size << 10 : size;
}

static void os_setup_pipe(struct test_state *s)
{
    uint32_t size = os_pipe_size(s->test), value = s->data32[0];
    uint8_t *from = port_big_area();
    for (uint32_t i = 0; i < size; i++, value = value * 1664525 + 1013904223)
        from[i] = (uint8_t)(value >> 24);
    os_setup(s, PORT_OS_PIPE, size);
}

static void os_model_calls(struct test_state *s, uint32_t proofs)
{
    s->regs.ebx += proofs;
    s->regs.eax = s->regs.ecx = s->regs.edx = 0;
}

static void os_model_one(struct test_state *s, uint32_t n)
{
    os_model_calls(s, n * s->test->ops);
}
static void os_model_switch(struct test_state *s, uint32_t n)
{
    os_model_calls(s, n);
}
static void os_model_exit(struct test_state *s, uint32_t n)
{
    os_model_calls(s, n * PORT_EXIT_STATUS);
}

/* The reader counts bytes, and adds those whose place in the batch is a multiple of 64. */
static void os_model_pipe(struct test_state *s, uint32_t n)
{
    const uint32_t size = os_pipe_size(s->test), batch = PORT_PIPE_WRITES * size;
    const uint8_t *from = port_big_area();
    uint32_t sum = batch;
    for (uint32_t at = 0; at < batch; at += 64)
        sum += from[at % size];
    os_model_calls(s, n * sum);
}

static void os_model_syscall(struct test_state *s, uint32_t n)
{
    uint32_t pid = os_getpid();
    s->regs.eax = pid;
    s->regs.ebx += pid * 16 * n;
}

#define OS_CALLS(count)                                                                            \
    LOOP_TAIL(REPEAT(count, "call *0x4000(%esi)\n add %eax,%ebx"),                                 \
              "xor %eax,%eax\n xor %ecx,%ecx\n xor %edx,%edx")
#define OS_PIPE(F, T, id, size)                                                                    \
    T(F, pipe_##id, "pipe/" size, "LPIPE",                                                         \
      "write of " size                                                                             \
      " bytes to a pipe that another process reads, acknowledged every 16 writes",                 \
      PORT_PIPE_WRITES, SPREAD, NEED_OS, OS_CALLS(1), os_setup_pipe, os_model_pipe)

/* clang-format off */
#define OS_ROWS(F, T, TX) \
T(F, syscall_int80, "syscall/int80", "", "getpid through int 0x80",                         16, SPREAD, NEED_LINUX, LOOP_RAW(REPEAT(16, "mov $20,%eax\n int $0x80\n add %eax,%ebx")), NULL, os_model_syscall) \
T(F, syscall_vdso,  "syscall/vdso",  "", "getpid through the kernel's own entry in the vdso: sysenter where there is one", 16, SPREAD, NEED_LINUX, LOOP_RAW(REPEAT(16, "mov $20,%eax\n call *0x4000(%esi)\n add %eax,%ebx")), os_setup_syscall, os_model_syscall) \
T(F, poll_empty,    "poll_empty",    "test 12 PeekMsg", "ask for a message where there is none: poll of an empty pipe, PeekMessage", 4, SPREAD, NEED_OS, OS_CALLS(4), os_setup_poll, os_model_one) \
OS_PIPE(F, T, 1,   "1") \
OS_PIPE(F, T, 512, "512") \
OS_PIPE(F, T, 4k,  "4K") \
OS_PIPE(F, T, 64k, "64K") \
T(F, fork,          "fork",          "", "fork, exit of the child, wait for it",            1, SPREAD, NEED_LINUX, OS_CALLS(1), os_setup_fork, os_model_exit) \
T(F, exec,          "exec",          "", "start a program of one page and wait for its end", 1, SPREAD, NEED_OS, OS_CALLS(1), os_setup_exec, os_model_exit) \
T(F, thread_switch, "thread_switch", "", "hand over to a second thread that waits, and wait: per switch", 2, SPREAD, NEED_OS, OS_CALLS(1), os_setup_switch, os_model_switch) \
T(F, mmap,          "mmap",          "", "map 64 KB, touch a page of it, unmap",            1, SPREAD, NEED_OS, OS_CALLS(1), os_setup_mmap, os_model_one) \
T(F, signal,        "signal",        "", "send a signal to oneself, handle it, return",     1, SPREAD, NEED_LINUX, OS_CALLS(1), os_setup_signal, os_model_one)
/* clang-format on */
FAMILY_TABLE(os, OS_ROWS)
