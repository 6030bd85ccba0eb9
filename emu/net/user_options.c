// The properties of -netdev user, with QEMU's names and defaults (QEMU documentation, -netdev
// user): 10.0.2.0/24 with the router at .2, DNS at .3 and the first guest at .15, fec0::/64
// likewise.
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/net/user.h"

enum { HOST_ROUTER = 2, HOST_DNS = 3, HOST_FIRST = 15, PREFIX_DEFAULT = 24, PREFIX_MAX = 27 };

__attribute__((format(printf, 3, 4))) static int refuse(char *why, size_t whylen,
                                                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, whylen, format, args);
    va_end(args);
    return -1;
}

void net_user_defaults(struct net_user_config *c)
{
    *c = (struct net_user_config){.ipv4 = true, .ipv6 = true, .prefix6_bits = 64};
    inet_pton(AF_INET, "10.0.2.0", &c->network);
    inet_pton(AF_INET, "255.255.255.0", &c->mask);
    inet_pton(AF_INET6, "fec0::", &c->prefix6);
}

static int set_switch(bool *to, const char *key, const char *value, char *why, size_t whylen)
{
    bool on = strcmp(value, "on") == 0 || strcmp(value, "yes") == 0 || strcmp(value, "y") == 0;
    bool off = strcmp(value, "off") == 0 || strcmp(value, "no") == 0 || strcmp(value, "n") == 0;
    if (!on && !off)
        return refuse(why, whylen, "%s cannot be '%s'; there are on and off", key, value);
    *to = on;
    return 0;
}

static int set_address(struct in_addr *to, const char *key, const char *value, char *why,
                       size_t whylen)
{
    if (inet_pton(AF_INET, value, to) == 1 && to->s_addr)
        return 0;
    return refuse(why, whylen, "%s: '%s' is not an IPv4 address", key, value);
}

static int set_address6(struct in6_addr *to, const char *key, const char *value, char *why,
                        size_t whylen)
{
    if (inet_pton(AF_INET6, value, to) == 1)
        return 0;
    return refuse(why, whylen, "%s: '%s' is not an IPv6 address", key, value);
}

// A decimal number and nothing else, from `least` to `most`; -1 if it is not one.
static long number_of(const char *text, long least, long most)
{
    char *end;
    errno = 0;
    long n = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
    return n < least || n > most || errno || *end ? -1 : n;
}

// ADDRESS or ADDRESS/BITS or ADDRESS/MASK
static int set_network(struct net_user_config *c, char *value, char *why, size_t whylen)
{
    char *slash = strchr(value, '/');
    long bits = PREFIX_DEFAULT;
    struct in_addr mask;
    if (slash) {
        *slash++ = 0;
        bits = number_of(slash, 1, PREFIX_MAX);
    }
    if (bits > 0)
        mask.s_addr = htonl(~0u << (32 - bits));
    else if (inet_pton(AF_INET, slash, &mask) != 1)
        return refuse(why, whylen, "net: '%s' is not a mask, nor 1 to %d bits", slash, PREFIX_MAX);
    uint32_t host_bits = ~ntohl(mask.s_addr);
    if ((host_bits & (host_bits + 1)) || host_bits < (1u << (32 - PREFIX_MAX)) - 1)
        return refuse(why, whylen, "net: '%s' is not a mask of 1 to %d bits", slash, PREFIX_MAX);
    if (set_address(&c->network, "net", value, why, whylen))
        return -1;
    c->mask = mask;
    c->network.s_addr &= mask.s_addr;
    return 0;
}

static int set_network6(struct net_user_config *c, char *value, char *why, size_t whylen)
{
    char *slash = strchr(value, '/');
    long bits = 64;
    if (slash) {
        *slash++ = 0;
        bits = number_of(slash, 1, 126);
    }
    if (bits < 0)
        return refuse(why, whylen, "ipv6-net: '%s' is not 1 to 126 bits", slash);
    c->prefix6_bits = (uint8_t)bits;
    return set_address6(&c->prefix6, "ipv6-net", value, why, whylen);
}

// Cut [ADDRESS]:PORT at its colon. False: that is not what it is.
static bool take_endpoint(char *text, struct in_addr *address, uint16_t *port, long least_port)
{
    char *colon = strchr(text, ':');
    if (!colon)
        return false;
    *colon = 0;
    long n = number_of(colon + 1, least_port, 65535);
    address->s_addr = 0;
    *port = (uint16_t)n;
    return n >= 0 && (!*text || inet_pton(AF_INET, text, address) == 1);
}

// [tcp|udp]:[HOST]:PORT-[GUEST]:PORT
static int add_forward(struct net_user_config *c, char *value, char *why, size_t whylen)
{
    char text[128];
    struct net_forward f = {.udp = false};
    if (c->forwards == NET_FORWARDS)
        return refuse(why, whylen, "hostfwd: more than %d", NET_FORWARDS);
    if (snprintf(text, sizeof text, "%s", value) >= (int)sizeof text)
        return refuse(why, whylen, "hostfwd: '%s' is too long", value);
    char *host = strchr(text, ':'), *guest = host ? strchr(host, '-') : NULL;
    if (guest) {
        *host++ = 0;
        *guest++ = 0;
        f.udp = strcmp(text, "udp") == 0;
    }
    if (!guest || (!f.udp && *text && strcmp(text, "tcp") != 0) ||
        !take_endpoint(host, &f.host, &f.host_port, 0) ||
        !take_endpoint(guest, &f.guest, &f.guest_port, 1))
        return refuse(why, whylen, "hostfwd: '%s' is not [tcp|udp]:[HOST]:PORT-[GUEST]:PORT",
                      value);
    c->forward[c->forwards++] = f;
    return 0;
}

static int set_tftp(struct net_user_config *c, const char *value, char *why, size_t whylen)
{
    struct stat st;
    if (stat(value, &st))
        return refuse(why, whylen, "tftp: %s: %s", value, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return refuse(why, whylen, "tftp: %s: not a folder", value);
    c->tftp = value;
    return 0;
}

static int add_search(struct net_user_config *c, const char *value, char *why, size_t whylen)
{
    if (c->searches == NET_SEARCHES)
        return refuse(why, whylen, "dnssearch: more than %d", NET_SEARCHES);
    c->search[c->searches++] = value;
    return 0;
}

// DHCP has one byte for the length of each.
static int set_name(const char **to, const char *key, const char *value, char *why, size_t whylen)
{
    enum { NAME_MAX_BYTES = 127 };
    if (strlen(value) > NAME_MAX_BYTES)
        return refuse(why, whylen, "%s: longer than %d bytes", key, NAME_MAX_BYTES);
    *to = value;
    return 0;
}

int net_user_set(struct net_user_config *c, const char *key, char *value, char *why, size_t whylen)
{
    if (strcmp(key, "restrict") == 0)
        return set_switch(&c->restricted, key, value, why, whylen);
    if (strcmp(key, "ipv4") == 0)
        return set_switch(&c->ipv4, key, value, why, whylen);
    if (strcmp(key, "ipv6") == 0)
        return set_switch(&c->ipv6, key, value, why, whylen);
    if (strcmp(key, "net") == 0)
        return set_network(c, value, why, whylen);
    if (strcmp(key, "host") == 0)
        return set_address(&c->host, key, value, why, whylen);
    if (strcmp(key, "dns") == 0)
        return set_address(&c->dns, key, value, why, whylen);
    if (strcmp(key, "dhcpstart") == 0)
        return set_address(&c->dhcp_start, key, value, why, whylen);
    if (strcmp(key, "ipv6-net") == 0)
        return set_network6(c, value, why, whylen);
    if (strcmp(key, "ipv6-host") == 0) {
        c->host6_given = true;
        return set_address6(&c->host6, key, value, why, whylen);
    }
    if (strcmp(key, "ipv6-dns") == 0) {
        c->dns6_given = true;
        return set_address6(&c->dns6, key, value, why, whylen);
    }
    if (strcmp(key, "hostfwd") == 0)
        return add_forward(c, value, why, whylen);
    if (strcmp(key, "tftp") == 0)
        return set_tftp(c, value, why, whylen);
    if (strcmp(key, "hostname") == 0)
        return set_name(&c->hostname, key, value, why, whylen);
    if (strcmp(key, "domainname") == 0)
        return set_name(&c->domain, key, value, why, whylen);
    if (strcmp(key, "tftp-server-name") == 0)
        return set_name(&c->tftp_server, key, value, why, whylen);
    if (strcmp(key, "bootfile") == 0)
        return set_name(&c->bootfile, key, value, why, whylen);
    if (strcmp(key, "dnssearch") == 0)
        return add_search(c, value, why, whylen);
    return refuse(why, whylen,
                  "no property '%s'; there are id, net, host, dns, dhcpstart, hostfwd, restrict, "
                  "hostname, domainname, dnssearch, tftp, tftp-server-name, bootfile, ipv4, ipv6, "
                  "ipv6-net, ipv6-host and ipv6-dns",
                  key);
}

// An address of the network that is neither the network's own nor broadcast.
static int check_inside(const struct net_user_config *c, const char *key, struct in_addr a,
                        char *why, size_t whylen)
{
    char text[INET_ADDRSTRLEN];
    uint32_t host_part = ntohl(a.s_addr & ~c->mask.s_addr);
    if ((a.s_addr & c->mask.s_addr) == c->network.s_addr && host_part &&
        host_part != ntohl(~c->mask.s_addr))
        return 0;
    return refuse(why, whylen, "%s: %s is not a host of the network (net=)", key,
                  inet_ntop(AF_INET, &a, text, sizeof text));
}

static void derive(const struct net_user_config *c, struct in_addr *a, uint32_t host_part)
{
    if (!a->s_addr)
        a->s_addr = c->network.s_addr | htonl(host_part);
}

int net_user_finish(struct net_user_config *c, char *why, size_t whylen)
{
    if (!c->ipv4 && !c->ipv6)
        return refuse(why, whylen, "neither ipv4 nor ipv6");
    derive(c, &c->host, HOST_ROUTER);
    derive(c, &c->dns, HOST_DNS);
    derive(c, &c->dhcp_start, HOST_FIRST);
    if (check_inside(c, "host", c->host, why, whylen) ||
        check_inside(c, "dns", c->dns, why, whylen) ||
        check_inside(c, "dhcpstart", c->dhcp_start, why, whylen))
        return -1;
    if (c->host.s_addr == c->dns.s_addr || c->host.s_addr == c->dhcp_start.s_addr ||
        c->dns.s_addr == c->dhcp_start.s_addr)
        return refuse(why, whylen, "host, dns and dhcpstart are not three addresses");
    for (unsigned i = 0; i < c->forwards; i++) {
        struct in_addr *guest = &c->forward[i].guest;
        if (!guest->s_addr)
            *guest = c->dhcp_start;
        if (check_inside(c, "hostfwd", *guest, why, whylen))
            return -1;
    }
    if (!c->host6_given) {
        c->host6 = c->prefix6;
        c->host6.s6_addr[15] |= HOST_ROUTER;
    }
    if (!c->dns6_given) {
        c->dns6 = c->prefix6;
        c->dns6.s6_addr[15] |= HOST_DNS;
    }
    return 0;
}
