// The block worker: order, drains, both ways of working; and a host's disk that fails under it:
// full (a limit of file size), a flush that fails, an NBD server that is killed. Nothing that was
// lost is acknowledged.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/block/worker.h"
#include "emu/tests/nbd_server.h"
#include "emu/tests/verdict.h"

enum { MB = 1 << 20, N = 200, WAIT_MS = 60000 };

static char dir[] = "/tmp/tickmark-worker-XXXXXX";
static int wake_fd;
static int sync_error; // what the host says to the next fdatasync()
static unsigned syncs;

// Instead of the C library's.
int fdatasync(int fd)
{
    (void)fd;
    syncs++;
    int error = sync_error;
    sync_error = 0; // Linux tells an error once
    errno = error;
    return error ? -1 : 0;
}

static void on_wake(void *opaque)
{
    uint64_t one = 1;
    (void)opaque;
    if (write(wake_fd, &one, sizeof one) != sizeof one)
        abort();
}

struct job {
    struct block_request r;
    uint8_t bytes[4096];
    int error; // -1: not done
    unsigned place;
};
static unsigned done_count;

static void on_done(struct block_request *r, int error)
{
    struct job *j = r->opaque;
    j->error = error;
    j->place = done_count++;
}

static bool submit(struct block_worker *w, struct job *j, enum block_action action, uint64_t offset)
{
    j->r = (struct block_request){.action = action,
                                  .offset = offset,
                                  .bytes = action == BLOCK_FLUSH ? 0 : sizeof j->bytes,
                                  .buffer = j->bytes,
                                  .done = on_done,
                                  .opaque = j};
    j->error = -1;
    return block_worker_submit(w, &j->r);
}

// Until so many are done, in all.
static bool wait_done(struct block_worker *w, unsigned n)
{
    for (;;) {
        struct pollfd pfd = {.fd = wake_fd, .events = POLLIN};
        uint64_t wakes;
        block_worker_finish(w);
        if (done_count >= n)
            return done_count == n;
        if (poll(&pfd, 1, WAIT_MS) != 1 || read(wake_fd, &wakes, sizeof wakes) != sizeof wakes)
            return false;
    }
}

static struct block *open_image(const char *name, uint64_t bytes, char path[64])
{
    char why[256];
    struct block_options options = {.read_only = false};
    snprintf(path, 64, "%s/%s", dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || ftruncate(fd, (off_t)bytes))
        exit(1);
    close(fd);
    struct block *b = block_open(path, &options, why, sizeof why);
    if (!b) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    b->messages = BLOCK_MESSAGES_MAX; // its errors are meant
    return b;
}

static void test_order(bool threaded)
{
    static struct job jobs[N], back;
    char path[64];
    struct block *b = open_image("order", MB, path);
    struct block_worker *w = block_worker_create(b, threaded, on_wake, NULL);
    CHECK(w != NULL, "no worker");
    done_count = 0;
    for (unsigned i = 0; i < N; i++) {
        memset(jobs[i].bytes, (int)i, sizeof jobs[i].bytes);
        submit(w, &jobs[i], BLOCK_WRITE, 8192); // all to the same place: the last one counts
    }
    submit(w, &back, BLOCK_READ, 8192);
    CHECK(wait_done(w, N + 1), "%u of %d done", done_count, N + 1);
    for (unsigned i = 0; i < N; i++)
        CHECK(jobs[i].error == 0 && jobs[i].place == i, "request %u: error %d, place %u", i,
              jobs[i].error, jobs[i].place);
    CHECK(back.error == 0 && back.bytes[0] == N - 1 && back.bytes[4095] == N - 1, "read back %u",
          back.bytes[0]);
    // A drain ends all.
    for (unsigned i = 0; i < N; i++)
        submit(w, &jobs[i], BLOCK_READ, 0);
    block_worker_drain(w);
    CHECK(done_count == 2 * N + 1, "%u done after a drain", done_count);
    syncs = 0;
    submit(w, &jobs[0], BLOCK_FLUSH, 0);
    submit(w, &jobs[1], BLOCK_WRITE, 0);
    block_worker_drain(w);
    CHECK(syncs == 1, "%u syncs for one flush", syncs);
    submit(w, &jobs[1], BLOCK_ZERO, 8192);
    block_worker_drain(w);
    submit(w, &back, BLOCK_READ, 8192);
    block_worker_drain(w);
    CHECK(back.error == 0 && back.bytes[0] == 0 && back.bytes[4095] == 0, "zeros are not there");
    submit(w, &jobs[2], BLOCK_READ, MB);
    block_worker_drain(w);
    CHECK(jobs[2].error == EINVAL, "beyond the end: %d", jobs[2].error);
    for (unsigned i = 0; i < N; i++)
        submit(w, &jobs[i], BLOCK_WRITE, 4096 * (i % 8));
    block_worker_destroy(w); // with requests that wait
    block_close(b);
    case_end(threaded ? "worker.order_threaded" : "worker.order_repeatable");
}

// A back end that says whether it has a read at hand, and whose other accesses wait at a gate.
static struct {
    pthread_mutex_t gate;
    bool at_hand;
    unsigned at_once, reads;
} slow = {.gate = PTHREAD_MUTEX_INITIALIZER};

static void pass_gate(void)
{
    pthread_mutex_lock(&slow.gate);
    pthread_mutex_unlock(&slow.gate);
}

static int slow_read(void *self, uint64_t offset, void *to, size_t bytes)
{
    (void)self, (void)offset;
    pass_gate();
    slow.reads++;
    memset(to, 1, bytes);
    return 0;
}

static bool slow_read_at_once(void *self, uint64_t offset, void *to, size_t bytes)
{
    (void)self, (void)offset;
    slow.at_once += slow.at_hand;
    if (slow.at_hand)
        memset(to, 2, bytes);
    return slow.at_hand;
}

static int slow_write(void *self, uint64_t offset, const void *from, size_t bytes)
{
    (void)self, (void)offset, (void)from, (void)bytes;
    pass_gate();
    return 0;
}

static struct block_worker *chain_worker;
static struct job chain_next;
static bool chain_at_once;

static void on_done_submit(struct block_request *r, int error)
{
    on_done(r, error);
    chain_next.r = (struct block_request){.action = BLOCK_READ,
                                          .bytes = sizeof chain_next.bytes,
                                          .buffer = chain_next.bytes,
                                          .done = on_done,
                                          .opaque = &chain_next};
    chain_at_once = block_worker_submit(chain_worker, &chain_next.r);
}

// What is at hand is read by the owner, but nothing overtakes and nothing long is.
static void test_at_once(void)
{
    static const struct block_ops ops = {
        .read = slow_read, .read_at_once = slow_read_at_once, .write = slow_write};
    static struct job jobs[3];
    static uint8_t large[128 << 10];
    struct block *b = block_create(&ops, &slow, "slow", MB, false);
    struct block_worker *w = block_worker_create(b, true, on_wake, NULL);
    done_count = 0;
    slow.at_hand = true;
    CHECK(submit(w, &jobs[0], BLOCK_READ, 0) && done_count == 0, "done() is called by submit()");
    block_worker_finish(w);
    CHECK(done_count == 1 && jobs[0].error == 0 && jobs[0].bytes[4095] == 2, "not read at once");
    slow.at_hand = false;
    CHECK(!submit(w, &jobs[0], BLOCK_READ, 0), "read at once though it is not at hand");
    CHECK(wait_done(w, 2) && jobs[0].bytes[0] == 1 && slow.reads == 1, "not read by the thread");
    slow.at_hand = true;
    pthread_mutex_lock(&slow.gate);
    CHECK(!submit(w, &jobs[0], BLOCK_WRITE, 0), "a write at once");
    CHECK(!submit(w, &jobs[1], BLOCK_READ, 0), "a read overtakes a write");
    pthread_mutex_unlock(&slow.gate);
    CHECK(wait_done(w, 4) && jobs[1].bytes[0] == 1 && jobs[0].place < jobs[1].place, "the order");
    jobs[2].r = (struct block_request){.action = BLOCK_READ,
                                       .bytes = sizeof large,
                                       .buffer = large,
                                       .done = on_done,
                                       .opaque = &jobs[2]};
    CHECK(!block_worker_submit(w, &jobs[2].r), "a long read at once");
    CHECK(wait_done(w, 5) && large[0] == 1, "not read by the thread");
    // The rest of something, that done() asks for, is the thread's.
    chain_worker = w;
    jobs[0].r.action = BLOCK_READ;
    jobs[0].r.done = on_done_submit;
    CHECK(block_worker_submit(w, &jobs[0].r), "not read at once");
    CHECK(wait_done(w, 7) && !chain_at_once && chain_next.bytes[0] == 1, "done()'s read at once");
    CHECK(slow.at_once == 2, "%u reads at once", slow.at_once);
    block_worker_destroy(w);
    block_close(b);
    // A run that repeats does all in its place.
    b = block_create(&ops, &slow, "slow", MB, false);
    w = block_worker_create(b, false, on_wake, NULL);
    CHECK(!submit(w, &jobs[0], BLOCK_READ, 0) && slow.at_once == 2, "at once without a thread");
    block_worker_drain(w);
    block_worker_destroy(w);
    block_close(b);
    case_end("worker.at_once");
}

// Where the host says what is in its page cache, it is the same bytes; an overlay asks both files.
static void test_images_at_once(void)
{
    struct block_options options = {.snapshot = true};
    uint8_t bytes[8192], got[sizeof bytes];
    char path[64], why[256] = "";
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 >> 3);
    struct block *b = open_image("at-once", MB, path);
    CHECK(block_write(b, 4096, bytes, sizeof bytes) == 0, "not written");
    bool knows = block_read_at_once(b, 4096, got, sizeof got); // not on a tmpfs, for one
    CHECK(!knows || memcmp(got, bytes, sizeof bytes) == 0, "other bytes");
    CHECK(!block_read_at_once(b, MB, got, 512), "beyond the end");
    block_close(b);
    b = block_open(path, &options, why, sizeof why);
    CHECK(b != NULL, "%s", why);
    if (b) {
        memset(bytes + 4096, 3, 512);
        CHECK(block_write(b, 8192, bytes + 4096, 512) == 0, "not written");
        if (block_read_at_once(b, 4096, got, sizeof got))
            CHECK(memcmp(got, bytes, sizeof bytes) == 0, "other bytes through an overlay");
        else
            CHECK(block_read(b, 4096, got, sizeof got) == 0 &&
                      memcmp(got, bytes, sizeof bytes) == 0,
                  "other bytes through an overlay");
    }
    block_close(b);
    case_end("worker.images_at_once");
}

// A file that may not grow beyond 64 KB: what was acknowledged is in it, what is not is an error.
static void test_full(void)
{
    static struct job jobs[32];
    char path[64];
    struct block *b = open_image("full", 4096, path);
    b->bytes = 128 << 10; // as a sparse image whose host has no room
    struct block_worker *w = block_worker_create(b, true, on_wake, NULL);
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 64 << 10;
    setrlimit(RLIMIT_FSIZE, &limit);
    done_count = 0;
    for (unsigned i = 0; i < 32; i++) {
        memset(jobs[i].bytes, 0x80 + (int)i, sizeof jobs[i].bytes);
        submit(w, &jobs[i], BLOCK_WRITE, 4096 * i);
    }
    CHECK(wait_done(w, 32), "%u of 32 done", done_count);
    setrlimit(RLIMIT_FSIZE, &old);
    block_worker_destroy(w);
    block_close(b);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (unsigned i = 0; i < 32; i++) {
        uint8_t got[4096] = {0};
        bool there = pread(fd, got, sizeof got, 4096 * i) == sizeof got && got[4095] == 0x80 + i;
        CHECK((jobs[i].error == 0) == there && (jobs[i].error == 0) == (i < 16),
              "write %u: error %d, %s the file", i, jobs[i].error, there ? "in" : "not in");
    }
    close(fd);
    case_end("worker.full_disk");
}

// The host loses pages: every flush from then on fails, although the host says it only once.
static void test_flush(void)
{
    static struct job jobs[5];
    char path[64];
    struct block *b = open_image("flush", MB, path);
    struct block_worker *w = block_worker_create(b, true, on_wake, NULL);
    submit(w, &jobs[0], BLOCK_FLUSH, 0);
    block_worker_drain(w);
    sync_error = EIO;
    submit(w, &jobs[1], BLOCK_WRITE, 0);
    submit(w, &jobs[2], BLOCK_FLUSH, 0);
    submit(w, &jobs[3], BLOCK_FLUSH, 0);
    block_worker_drain(w);
    CHECK(jobs[0].error == 0 && jobs[1].error == 0 && jobs[2].error == EIO, "errors %d %d %d",
          jobs[0].error, jobs[1].error, jobs[2].error);
    CHECK(jobs[3].error == EIO, "the flush after the one that failed: %d", jobs[3].error);
    block_worker_destroy(w);
    block_close(b);
    case_end("worker.lost_flush");
}

// The server is killed with requests under way: each ends, with an error unless it was carried out.
static void test_nbd(void)
{
    static struct job jobs[N];
    char path[64], socket[80], url[128], why[256];
    if (system("command -v qemu-nbd >/dev/null")) {
        puts("skip worker.nbd_killed: no qemu-nbd (package qemu-utils)");
        return;
    }
    block_close(open_image("nbd", 4 * MB, path));
    snprintf(socket, sizeof socket, "%s/socket", dir);
    snprintf(url, sizeof url, "nbd:unix:%s", socket);
    pid_t pid = nbd_server_start(path, "raw", socket);
    struct block_options options = {.read_only = false};
    struct block *b = block_open(url, &options, why, sizeof why);
    CHECK(b != NULL, "%s", why);
    if (b) {
        b->messages = BLOCK_MESSAGES_MAX;
        struct block_worker *w = block_worker_create(b, true, on_wake, NULL);
        done_count = 0;
        for (unsigned i = 0; i < N; i++) {
            memset(jobs[i].bytes, 1 + (int)i, sizeof jobs[i].bytes);
            submit(w, &jobs[i], i == 20 ? BLOCK_FLUSH : BLOCK_WRITE, 4096 * i);
        }
        CHECK(wait_done(w, 50) || done_count > 50, "%u done before", done_count);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        pid = 0;
        CHECK(done_count == N || wait_done(w, N), "%u of %d end", done_count, N);
        submit(w, &jobs[0], BLOCK_FLUSH, 0);
        block_worker_drain(w);
        CHECK(jobs[0].error != 0, "a flush without a server is acknowledged");
        submit(w, &jobs[0], BLOCK_READ, 0);
        block_worker_drain(w);
        CHECK(jobs[0].error != 0, "a read without a server is answered");
        block_worker_destroy(w);
        block_close(b);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        for (unsigned i = 1; i < N; i++) {
            uint8_t got[4096];
            bool there =
                pread(fd, got, sizeof got, 4096 * i) == sizeof got && got[4095] == (uint8_t)(1 + i);
            CHECK(i == 20 || there || jobs[i].error, "write %u is lost and acknowledged", i);
            CHECK(i >= 20 || there, "write %u, before the flush, is lost", i);
        }
        close(fd);
    }
    if (pid > 0)
        kill(pid, SIGKILL), waitpid(pid, NULL, 0);
    case_end("worker.nbd_killed");
}

int main(void)
{
    char command[64];
    wake_fd = eventfd(0, EFD_CLOEXEC);
    if (!mkdtemp(dir) || wake_fd < 0)
        return 1;
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    test_order(true);
    test_order(false);
    test_at_once();
    test_images_at_once();
    test_full();
    test_flush();
    test_nbd();
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) || verdict_failures != 0;
}
