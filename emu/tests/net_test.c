// User networking (emu/net) through each network card: DHCP, ARP, ICMP and a TCP connection to an
// echo server of this process, by a driver for the card and the little of a TCP/IP stack that it
// takes. And the options of -netdev user.
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "emu/net/user.h"
#include "emu/tests/ne2k_driver.h"
#include "emu/tests/verdict.h"
#include "emu/tests/virtio_driver.h"

enum { WAIT_SECONDS = 60, TCP_BYTES = 100000, SEGMENT = 1400, US = 0x0a00020f, THEM = 0x0a000202 };

struct host {
    struct nic_bench *b;
    bool virtio;
    uint8_t next; // NE2000: page of the ring
    struct driver receive;
    uint16_t sent;
    uint8_t gateway[6];
    uint8_t frame[2048]; // the last one that came
    unsigned bytes;
};

// --- the two drivers ---

enum { TX_RINGS = 0x60000, RX_BUFFERS = 0x100000, TX_BUFFER = 0x80000, RX_COUNT = 64 };

static void bring_up_virtio(struct host *h)
{
    struct machine *m = h->b->m;
    struct driver *d = &h->receive;
    *d = driver_find(m, NIC_SLOT, true);
    CHECK(driver_offered(d) & 1 << 5, "no MAC feature");
    CHECK(driver_accept(d, 1 << 5 | 1 << 15), "the features are refused");
    driver_make_queue(d, RX_COUNT);
    for (uint32_t at = TX_RINGS; at < TX_RINGS + 0x1000; at += 4)
        store(m, at, 4, 0);
    put_modern(d, 22, 2, 1);
    put_modern(d, 24, 2, 16);
    put_modern(d, 32, 8, TX_RINGS);
    put_modern(d, 40, 8, TX_RINGS + 0x400);
    put_modern(d, 48, 8, TX_RINGS + 0x800);
    put_modern(d, 28, 2, 1);
    driver_start(d);
    for (uint16_t i = 0; i < RX_COUNT; i++) { // small ones: frames are merged from several
        put_descriptor(d, i, RX_BUFFERS + 1024u * i, 600, D_WRITE, 0);
        driver_offer(d, i);
    }
    driver_kick(d);
}

static void put_frame(struct host *h, const uint8_t *frame, unsigned bytes)
{
    struct machine *m = h->b->m;
    if (!h->virtio) {
        send_frame(h->b, frame, bytes < 60 ? 60 : bytes);
        return;
    }
    struct driver tx = h->receive;
    tx.desc = TX_RINGS;
    for (unsigned i = 0; i < 12; i++)
        store(m, TX_BUFFER + i, 1, 0);
    for (unsigned i = 0; i < bytes; i++)
        store(m, TX_BUFFER + 12 + i, 1, frame[i]);
    put_descriptor(&tx, 0, TX_BUFFER, 12 + bytes, 0, 0);
    store(m, TX_RINGS + 0x400 + 4 + 2u * (h->sent % 16), 2, 0);
    store(m, TX_RINGS + 0x400 + 2, 2, ++h->sent);
    put_modern(&tx, NOTIFY_AT + 4, 2, 1);
    CHECK(load(m, TX_RINGS + 0x800 + 2, 2) == h->sent, "a frame was not taken");
}

static unsigned take_virtio(struct host *h)
{
    struct driver *d = &h->receive;
    uint32_t head, written, buffers = 1, n = 0;
    for (uint32_t i = 0; i < buffers && driver_take_used(d, &head, &written); i++) {
        uint32_t from = RX_BUFFERS + 1024 * (head % RX_COUNT), skip = i ? 0 : 12;
        if (i == 0)
            buffers = load(d->m, from + 10, 2);
        for (; skip < written && n < sizeof h->frame; skip++)
            h->frame[n++] = (uint8_t)load(d->m, from + skip, 1);
        driver_offer(d, (uint16_t)head);
    }
    if (n)
        driver_kick(d);
    return n;
}

// The next frame within the time; false: none came.
static bool get_frame(struct host *h)
{
    time_t end = time(NULL) + WAIT_SECONDS;
    unsigned bad = 0;
    while (time(NULL) < end) {
        calls_make(h->b->m);
        h->bytes = h->virtio ? take_virtio(h) : take_frame(h->b, &h->next, h->frame, &bad);
        CHECK(!bad, "a bad header");
        if (h->bytes)
            return true;
        usleep(200);
    }
    return false;
}

// --- the stack ---

static void put16(uint8_t *to, unsigned v)
{
    to[0] = (uint8_t)(v >> 8), to[1] = (uint8_t)v;
}

static void put32(uint8_t *to, uint32_t v)
{
    put16(to, v >> 16), put16(to + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static uint32_t add_up(const uint8_t *bytes, unsigned n, uint32_t sum)
{
    for (unsigned i = 0; i < n; i++)
        sum += (uint32_t)bytes[i] << (i & 1 ? 0 : 8);
    return sum;
}

static unsigned checksum(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

// An IP packet whose payload is at frame + 34.
static void send_ip(struct host *h, uint8_t *frame, unsigned protocol, uint32_t from, uint32_t to,
                    unsigned bytes)
{
    memcpy(frame, h->gateway, 6);
    memcpy(frame + 6, bench_mac, 6);
    put16(frame + 12, 0x0800);
    uint8_t *ip = frame + 14;
    memset(ip, 0, 20);
    ip[0] = 0x45, ip[8] = 64, ip[9] = (uint8_t)protocol;
    put16(ip + 2, 20 + bytes);
    put32(ip + 12, from), put32(ip + 16, to);
    put16(ip + 10, checksum(add_up(ip, 20, 0)));
    put_frame(h, frame, 34 + bytes);
}

static bool is_ip(const struct host *h, unsigned protocol)
{
    return h->bytes >= 34 && h->frame[12] == 8 && h->frame[13] == 0 && h->frame[23] == protocol;
}

// A UDP packet from port 68 to 67: message type `kind`.
static bool ask_dhcp(struct host *h, uint8_t kind)
{
    uint8_t f[400] = {0}, *udp = f + 34, *d = udp + 8;
    memset(h->gateway, 0xff, 6);
    put16(udp, 68), put16(udp + 2, 67), put16(udp + 4, 8 + 260);
    d[0] = 1, d[1] = 1, d[2] = 6;
    put32(d + 4, 0x12345678);
    memcpy(d + 28, bench_mac, 6);
    put32(d + 236, 0x63825363);
    d[240] = 53, d[241] = 1, d[242] = kind;
    d[243] = 50, d[244] = 4, put32(d + 245, US);
    d[249] = 0xff;
    send_ip(h, f, 17, 0, ~0u, 8 + 260);
    while (get_frame(h))
        if (is_ip(h, 17) && get32(h->frame + 42 + 4) == 0x12345678)
            return get32(h->frame + 42 + 16) == US && h->frame[42 + 242] == kind + 1 + (kind > 1);
    return false;
}

static bool ask_arp(struct host *h)
{
    uint8_t f[60] = {0};
    memset(f, 0xff, 6);
    memcpy(f + 6, bench_mac, 6);
    put16(f + 12, 0x0806), put16(f + 14, 1), put16(f + 16, 0x0800);
    f[18] = 6, f[19] = 4, f[21] = 1;
    memcpy(f + 22, bench_mac, 6);
    put32(f + 28, US), put32(f + 38, THEM);
    put_frame(h, f, sizeof f);
    while (get_frame(h))
        if (h->frame[12] == 8 && h->frame[13] == 6 && h->frame[21] == 2 &&
            get32(h->frame + 28) == THEM) {
            memcpy(h->gateway, h->frame + 22, 6);
            return true;
        }
    return false;
}

static bool ping(struct host *h, unsigned bytes)
{
    uint8_t f[1600] = {0}, *icmp = f + 34;
    icmp[0] = 8;
    put16(icmp + 4, 77), put16(icmp + 6, 1);
    for (unsigned i = 8; i < bytes; i++)
        icmp[i] = (uint8_t)(i * 3);
    put16(icmp + 2, checksum(add_up(icmp, bytes, 0)));
    send_ip(h, f, 1, US, THEM, bytes);
    while (get_frame(h))
        if (is_ip(h, 1))
            return h->frame[34] == 0 && memcmp(h->frame + 42, icmp + 8, bytes - 8) == 0;
    return false;
}

// --- TCP ---

enum { FIN = 1, SYN = 2, ACK = 16 };

struct tcp {
    unsigned port;
    uint32_t next, acked, expected; // ours, of ours, theirs
};

static void send_tcp(struct host *h, struct tcp *t, uint8_t flags, const uint8_t *data,
                     unsigned bytes)
{
    uint8_t f[1600] = {0}, *p = f + 34, pseudo[12] = {0};
    put16(p, 4321), put16(p + 2, t->port);
    put32(p + 4, t->next), put32(p + 8, t->expected);
    p[12] = 5 << 4, p[13] = flags;
    put16(p + 14, 8000);
    if (bytes)
        memcpy(p + 20, data, bytes);
    put32(pseudo, US), put32(pseudo + 4, THEM);
    pseudo[9] = 6;
    put16(pseudo + 10, 20 + bytes);
    put16(p + 16, checksum(add_up(p, 20 + bytes, add_up(pseudo, 12, 0))));
    send_ip(h, f, 6, US, THEM, 20 + bytes);
}

// Send `n` bytes and get as many back, one segment at a time on its way out.
static bool echo(struct host *h, unsigned port, const uint8_t *data, uint8_t *back, unsigned n)
{
    struct tcp t = {.port = port, .next = 1000};
    unsigned out = 0, in = 0, way = 0;
    send_tcp(h, &t, SYN, NULL, 0);
    t.next++;
    while (in < n) {
        if (!get_frame(h))
            return false;
        const uint8_t *p = h->frame + 34;
        if (!is_ip(h, 6))
            continue;
        unsigned head = (unsigned)(p[12] >> 4) * 4;
        unsigned bytes = (unsigned)(h->frame[16] << 8 | h->frame[17]) - 20 - head;
        if (p[13] & SYN)
            t.expected = get32(p + 4) + 1;
        else if (p[13] & ~(ACK | 8))
            return false; // reset or closed
        bool answer = bytes || (p[13] & SYN);
        if (bytes && get32(p + 4) == t.expected && in + bytes <= n) {
            memcpy(back + in, p + head, bytes);
            in += bytes;
            t.expected += bytes;
        }
        if (get32(p + 8) == t.next && out < n) { // all that was sent has arrived
            out += way;
            way = n - out < SEGMENT ? n - out : SEGMENT;
            send_tcp(h, &t, ACK, data + out, way);
            t.next += way;
        } else if (answer) {
            send_tcp(h, &t, ACK, NULL, 0);
        }
    }
    send_tcp(h, &t, ACK | FIN, NULL, 0);
    return true;
}

static void *serve_echo(void *opaque)
{
    int listener = *(int *)opaque, fd = accept(listener, NULL, NULL);
    char buffer[8192];
    ssize_t n;
    while (fd >= 0 && (n = read(fd, buffer, sizeof buffer)) > 0)
        for (ssize_t done = 0, w; done < n; done += w)
            if ((w = write(fd, buffer + done, (size_t)(n - done))) < 0)
                return NULL;
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void test_tcp(struct host *h)
{
    static uint8_t data[TCP_BYTES], back[TCP_BYTES];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&at, &length) ||
        pthread_create(&thread, NULL, serve_echo, &listener)) {
        CHECK(false, "no echo server");
        return;
    }
    for (unsigned i = 0; i < TCP_BYTES; i++)
        data[i] = (uint8_t)(i * 13 + (i >> 9));
    CHECK(echo(h, ntohs(at.sin_port), data, back, TCP_BYTES), "the connection broke off");
    CHECK(memcmp(data, back, TCP_BYTES) == 0, "other bytes came back");
    shutdown(listener, SHUT_RDWR); // an accept() that still waits
    nic_bench_destroy(h->b);
    pthread_join(thread, NULL);
    close(listener);
}

static void test_card(const char *model, const char *name)
{
    struct net_user_config c;
    char why[256], test[64];
    struct host h = {.virtio = strcmp(model, "ne2k_pci") != 0, .next = PSTART};
    net_user_defaults(&c);
    c.ipv6 = false;
    CHECK(net_user_finish(&c, why, sizeof why) == 0, "%s", why);
    struct netdev *n = net_user_open("n", &c, why, sizeof why);
    CHECK(n != NULL, "%s", why);
    if (n) {
        h.b = nic_bench_on(model, n);
        if (h.virtio) {
            bring_up_virtio(&h);
        } else {
            card_of(h.b);
            init_ring(h.b, PSTART, PSTOP, PSTOP - 1);
        }
        CHECK(ask_dhcp(&h, 1), "no DHCP offer of 10.0.2.15");
        CHECK(ask_dhcp(&h, 3), "no DHCP acknowledgement");
        CHECK(ask_arp(&h), "10.0.2.2 does not answer to ARP");
        CHECK(ping(&h, 64) && ping(&h, 1480), "10.0.2.2 does not answer to ICMP");
        test_tcp(&h);
    }
    snprintf(test, sizeof test, "net.%s", name);
    case_end(test);
}

// --- options ---

static void test_options(void)
{
    static const struct {
        const char *key, *value, *why;
    } wrong[] = {
        {"net", "10.0.0.0/33", "net: '33'"},
        {"net", "10.0.0.0/255.0.255.0", "not a mask"},
        {"net", "300.0.0.0/24", "not an IPv4 address"},
        {"dns", "here", "not an IPv4 address"},
        {"dns", "10.1.2.3", "not a host of the network"},
        {"host", "10.0.2.3", "not three addresses"},
        {"dhcpstart", "10.0.2.255", "not a host of the network"},
        {"hostfwd", "tcp:1:2-3:4", "is not [tcp|udp]"},
        {"hostfwd", "tcp::80", "is not [tcp|udp]"},
        {"hostfwd", "tcp::80-:99999", "is not [tcp|udp]"},
        {"hostfwd", "sctp::80-:80", "is not [tcp|udp]"},
        {"hostfwd", "tcp::80-1.2.3.4:80", "not a host of the network"},
        {"tftp", "/nowhere", "No such file"},
        {"restrict", "perhaps", "there are on and off"},
        {"ipv6-net", "fec0::/200", "not 1 to 126 bits"},
        {"speed", "9", "no property 'speed'"},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct net_user_config c;
        char value[64], why[512] = "accepted";
        net_user_defaults(&c);
        snprintf(value, sizeof value, "%s", wrong[i].value);
        bool bad = net_user_set(&c, wrong[i].key, value, why, sizeof why) ||
                   net_user_finish(&c, why, sizeof why);
        CHECK(bad && strstr(why, wrong[i].why), "%s=%s: %s", wrong[i].key, wrong[i].value, why);
    }
    struct net_user_config c;
    char why[256], net[] = "192.168.9.0/24", forward[] = "udp:127.0.0.1:5000-:53";
    net_user_defaults(&c);
    CHECK(net_user_set(&c, "net", net, why, sizeof why) == 0, "%s", why);
    CHECK(net_user_set(&c, "hostfwd", forward, why, sizeof why) == 0, "%s", why);
    CHECK(net_user_finish(&c, why, sizeof why) == 0, "%s", why);
    CHECK(ntohl(c.host.s_addr) == 0xc0a80902 && ntohl(c.dns.s_addr) == 0xc0a80903, "not derived");
    CHECK(c.forward[0].udp && c.forward[0].guest_port == 53 &&
              ntohl(c.forward[0].guest.s_addr) == 0xc0a8090f,
          "the forward is another");
    case_end("net.options");
}

// The BIOS runs a card's ROM if it names the card: iPXE's, of one driver for many cards, is given
// the name; another maker's stays as it is.
static void test_rom(void)
{
    static const struct {
        uint16_t vendor, device, wanted_vendor, wanted_device;
    } roms[] = {{0, 0, 0x1af4, 0x1000},
                {0x1af4, 0x1041, 0x1af4, 0x1000}, // the modern number, in a transitional card
                {0x8086, 0x100e, 0x8086, 0x100e}};
    for (unsigned i = 0; i < sizeof roms / sizeof *roms; i++) {
        enum { BYTES = 1024, PCIR = 0x40 };
        uint8_t rom[BYTES] = {0x55, 0xAA, BYTES / 512, [0x18] = PCIR, [PCIR] = 'P', 'C', 'I', 'R'};
        rom[PCIR + 4] = (uint8_t)roms[i].vendor, rom[PCIR + 5] = (uint8_t)(roms[i].vendor >> 8);
        rom[PCIR + 6] = (uint8_t)roms[i].device, rom[PCIR + 7] = (uint8_t)(roms[i].device >> 8);
        uint8_t sum = 0;
        for (unsigned n = 0; n < BYTES; n++)
            sum = (uint8_t)(sum + rom[n]);
        rom[BYTES - 1] = (uint8_t)-sum;
        int fd = memfd_create("rom", MFD_CLOEXEC);
        CHECK(fd >= 0 && write(fd, rom, BYTES) == BYTES, "no file in memory");
        char path[64], why[256] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        struct machine_config config = {.ram_bytes = 4 << 20,
                                        .engine = &bench_engine,
                                        .icount = true,
                                        .serial_fd = -1,
                                        .debugcon_fd = -1,
                                        .nics = {{.model = "virtio-net-pci", .rom = path}}};
        struct machine *m = machine_create(&config, why, sizeof why);
        CHECK(m != NULL, "no machine: %s", why);
        if (m) {
            const uint8_t *got = mmu_region_bytes(m->nic_rom[0]);
            unsigned vendor = got[PCIR + 4] | (unsigned)got[PCIR + 5] << 8;
            unsigned device = got[PCIR + 6] | (unsigned)got[PCIR + 7] << 8;
            CHECK(vendor == roms[i].wanted_vendor && device == roms[i].wanted_device,
                  "ROM %u names %04x:%04x", i, vendor, device);
            for (unsigned n = sum = 0; n < BYTES; n++)
                sum = (uint8_t)(sum + got[n]);
            CHECK(sum == 0, "ROM %u: the sum is %02x", i, sum);
        }
        machine_destroy(m);
        close(fd);
    }
    case_end("net.rom");
}

int main(void)
{
    test_rom();
    test_options();
    test_card("ne2k_pci", "ne2k");
    test_card("virtio-net-pci", "virtio");
    return verdict_failures != 0;
}
