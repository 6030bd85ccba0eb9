/* What the family os asks of Windows (see port_os_prepare() in port.h): messages, pipes, processes,
 * threads, memory. The reader of a pipe is this program again, and ends when its pipe does. */
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/port/port.h"
#include "bench/port/windows/windows.h"

#define OS_READER "--helper-read" /* followed by the bytes of a batch */
#define OS_EXIT   "--helper-exit"

/* ---- helpers: started by this program ---- */

bool windows_os_is_helper(int argc, char **argv)
{
    return (argc == 2 && !strcmp(argv[0], OS_READER)) || (argc == 1 && !strcmp(argv[0], OS_EXIT));
}

/* Adds up a batch and answers with the sum, until the writer is gone. */
static int os_read_batches(uint32_t batch)
{
    static uint8_t buffer[65536];
    HANDLE data = GetStdHandle(STD_INPUT_HANDLE), answer = GetStdHandle(STD_OUTPUT_HANDLE);
    uint32_t at = 0, sum = 0;
    for (;;) {
        DWORD got = 0, done;
        uint32_t most = batch - at < sizeof buffer ? batch - at : (uint32_t)sizeof buffer;
        if (!ReadFile(data, buffer, most, &got, NULL) || !got)
            return 0;
        for (uint32_t i = (64 - at % 64) % 64; i < got; i += 64)
            sum += buffer[i];
        at += got;
        sum += got;
        if (at == batch) {
            if (!WriteFile(answer, &sum, sizeof sum, &done, NULL))
                return 0;
            at = sum = 0;
        }
    }
}

int windows_os_help(int argc, char **argv)
{
    uint32_t batch = 0;
    if (argc == 1)
        return PORT_EXIT_STATUS;
    for (const char *p = argv[1]; *p >= '0' && *p <= '9'; p++)
        batch = batch * 10 + (uint32_t)(*p - '0');
    return batch ? os_read_batches(batch) : 1;
}

/* This program with other words; input and output NULL: those of this process. */
static HANDLE os_start(const char *words, HANDLE input, HANDLE output)
{
    char line[MAX_PATH + 64] = "\"", path[MAX_PATH];
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION process;
    DWORD len = GetModuleFileNameA(NULL, path, sizeof path);
    if (!len || len >= sizeof path)
        return NULL;
    line_append(line, sizeof line, path);
    line_append(line, sizeof line, "\" ");
    line_append(line, sizeof line, words);
    if (input) {
        start.dwFlags = STARTF_USESTDHANDLES;
        start.hStdInput = input;
        start.hStdOutput = output;
        start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    }
    if (!CreateProcessA(path, line, NULL, NULL, input != NULL, 0, NULL, NULL, &start, &process))
        return NULL;
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* ---- messages ---- */

static uint32_t os_poll_empty(void)
{
    MSG message;
    return !PeekMessageA(&message, NULL, 0, 0, PM_REMOVE);
}

/* ---- pipe ---- */

static struct {
    uint32_t size; /* 0: no reader */
    HANDLE data, answer, process;
} os_pipe;

static void os_close_pipe(void)
{
    if (!os_pipe.size)
        return;
    CloseHandle(os_pipe.data);
    CloseHandle(os_pipe.answer);
    WaitForSingleObject(os_pipe.process, INFINITE);
    CloseHandle(os_pipe.process);
    os_pipe.size = 0;
}

static bool os_open_pipe(uint32_t size)
{
    SECURITY_ATTRIBUTES shared = {sizeof shared, NULL, TRUE};
    HANDLE data[2], answer[2];
    char words[64] = OS_READER " ";
    if (os_pipe.size == size)
        return true;
    os_close_pipe();
    if (!CreatePipe(&data[0], &data[1], &shared, 65536))
        return false;
    if (!CreatePipe(&answer[0], &answer[1], &shared, 0)) {
        CloseHandle(data[0]);
        CloseHandle(data[1]);
        return false;
    }
    /* The reader must not hold the ends that are not its own: it would never see the writer go. */
    SetHandleInformation(data[1], HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(answer[0], HANDLE_FLAG_INHERIT, 0);
    line_append_dec(words, sizeof words, PORT_PIPE_WRITES * size);
    os_pipe.process = os_start(words, data[0], answer[1]);
    CloseHandle(data[0]);
    CloseHandle(answer[1]);
    os_pipe.data = data[1];
    os_pipe.answer = answer[0];
    if (os_pipe.process) {
        os_pipe.size = size;
        return true;
    }
    CloseHandle(os_pipe.data);
    CloseHandle(os_pipe.answer);
    return false;
}

static uint32_t os_write_pipe(void)
{
    uint32_t sum = 0;
    DWORD done;
    for (uint32_t i = 0; i < PORT_PIPE_WRITES; i++)
        for (uint32_t at = 0; at < os_pipe.size; at += done)
            if (!WriteFile(os_pipe.data, port_big_area() + at, os_pipe.size - at, &done, NULL))
                return 0;
    return ReadFile(os_pipe.answer, &sum, sizeof sum, &done, NULL) && done == sizeof sum ? sum : 0;
}

/* ---- processes, threads, memory ---- */

static uint32_t os_exec(void)
{
    DWORD status = 0;
    HANDLE process = os_start(OS_EXIT, NULL, NULL);
    if (!process)
        return 0;
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &status);
    CloseHandle(process);
    return status;
}

static HANDLE os_go, os_gone;
static volatile LONG os_turns;

static DWORD CALLBACK os_partner(void *unused)
{
    (void)unused;
    while (WaitForSingleObject(os_go, INFINITE) == WAIT_OBJECT_0) {
        os_turns++;
        SetEvent(os_gone);
    }
    return 0;
}

static uint32_t os_switch(void)
{
    LONG before = os_turns;
    SetEvent(os_go);
    WaitForSingleObject(os_gone, INFINITE);
    return (uint32_t)(os_turns - before);
}

static bool os_start_partner(void)
{
    if (os_go)
        return true;
    os_go = CreateEventA(NULL, FALSE, FALSE, NULL);
    os_gone = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE thread = os_go && os_gone ? CreateThread(NULL, 0, os_partner, NULL, 0, NULL) : NULL;
    if (thread)
        CloseHandle(thread);
    return thread != NULL;
}

static uint32_t os_map(void)
{
    volatile uint8_t *at =
        VirtualAlloc(NULL, PORT_MMAP_BYTES, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!at)
        return 0;
    uint32_t proof = !at[4096];
    at[4096] = 1;
    VirtualFree((void *)(uintptr_t)at, 0, MEM_RELEASE);
    return proof;
}

port_os_call *port_os_prepare(enum port_os_op op, uint32_t size)
{
    switch (op) {
    case PORT_OS_POLL_EMPTY: return os_poll_empty;
    case PORT_OS_PIPE: return os_open_pipe(size) ? os_write_pipe : NULL;
    case PORT_OS_EXEC: return os_exec;
    case PORT_OS_THREAD_SWITCH: return os_start_partner() ? os_switch : NULL;
    case PORT_OS_MMAP: return os_map;
    case PORT_OS_SYSCALL:
    case PORT_OS_FORK:
    case PORT_OS_SIGNAL: /* NEED_LINUX */ break;
    }
    return NULL;
}
