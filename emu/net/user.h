// User networking: the guest is behind a router that is libslirp, which makes its connections with
// this process's sockets. Nothing else on the host is needed or touched.
#ifndef TM_EMU_NET_USER_H
#define TM_EMU_NET_USER_H

#include <netinet/in.h>

#include "emu/net/net.h"

enum { NET_FORWARDS = 32, NET_SEARCHES = 8 };

struct net_forward { // what arrives at the host's port goes to the guest's
    bool udp;
    struct in_addr host, guest; // guest 0.0.0.0: the first that DHCP gives out
    uint16_t host_port, guest_port;
};

// As net_user_defaults() and net_user_set() leave it; strings are the caller's and stay.
struct net_user_config {
    bool restricted; // no connections but the forwarded ones
    bool ipv4, ipv6;
    struct in_addr network, mask, host, dns, dhcp_start; // 0.0.0.0: derived from the network
    struct in6_addr prefix6, host6, dns6;
    uint8_t prefix6_bits;
    bool host6_given, dns6_given;
    const char *hostname, *domain, *tftp, *tftp_server, *bootfile;
    const char *search[NET_SEARCHES + 1];
    struct net_forward forward[NET_FORWARDS];
    unsigned forwards, searches;
};

void net_user_defaults(struct net_user_config *c);
// One property as -netdev user has it. 0, or -1 with `why` set. `value` is changed and kept.
int net_user_set(struct net_user_config *c, const char *key, char *value, char *why, size_t whylen);
// All were set: fill in what follows from them. 0, or -1 with `why` set.
int net_user_finish(struct net_user_config *c, char *why, size_t whylen);
// Open it. NULL with `why` set.
struct netdev *net_user_open(const char *id, const struct net_user_config *c, char *why,
                             size_t whylen);

#endif
