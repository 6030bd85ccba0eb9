// Block requests carried out by a thread of their own, so that the guest's processor does not wait
// for the host's disk.
//
// The owner (one thread) submits requests and gets each back through its done(). They are carried
// out one after the other in the order of submission: a flush makes durable what was submitted
// before it. wake() is called by the worker, with nothing locked, when some have ended; the owner
// then calls block_worker_finish(), which calls done(). A short read that the host has at hand is
// made by block_worker_submit() itself, which says so: two hand-overs between threads take longer
// than it, much longer where processors are busy. Without a thread (a run that must repeat)
// the work itself is done in block_worker_finish(), and wake() is not called.
// Invariants: a request is the worker's from submit to done(), and so is its buffer; done() is only
// called within block_worker_finish() and block_worker_drain(), and may submit more.
#ifndef TM_EMU_BLOCK_WORKER_H
#define TM_EMU_BLOCK_WORKER_H

#include "emu/block/block.h"

enum block_action { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD, BLOCK_ZERO };

struct block_request {
    enum block_action action;
    uint64_t offset, bytes;
    void *buffer;     // of reads and writes
    bool durable;     // a write or zeros: flushed before it counts as done
    bool may_discard; // zeros: as a hole, where the image has holes
    void (*done)(struct block_request *r, int error);
    void *opaque; // the owner's
    int error;
    struct block_request *next;
};

struct block_worker;

// NULL: out of memory or threads. The device stays the caller's, who leaves it alone while requests
// are under way.
struct block_worker *block_worker_create(struct block *b, bool threaded, void (*wake)(void *opaque),
                                         void *opaque);
// Waits for the request at work; the others are dropped.
void block_worker_destroy(struct block_worker *w); // NULL is fine
// True: it has ended already, and the owner calls block_worker_finish() without being woken.
bool block_worker_submit(struct block_worker *w, struct block_request *r);
// Call done() of all that have ended.
void block_worker_finish(struct block_worker *w);
// Wait until nothing is under way, what done() submits included.
void block_worker_drain(struct block_worker *w);

#endif
