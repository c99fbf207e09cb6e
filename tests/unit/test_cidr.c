#include "api/cidr.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static struct ip_address address_of(const char *text)
{
    struct ip_address address;
    cr_assert(ip_address_parse(text, &address), "%s", text);
    return address;
}

Test(cidr, contains_what_shares_the_prefix)
{
    static const struct {
        const char *range;
        const char *inside;  /* or NULL */
        const char *outside; /* or NULL */
    } cases[] = {
        {"10.0.0.0/8", "10.255.1.2", "11.0.0.0"},
        {"10.0.0.0/8", "10.0.0.0", "9.255.255.255"},
        {"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
        {"192.0.2.128/25", "192.0.2.255", "192.0.3.128"},
        {"192.0.2.7", "192.0.2.7", "192.0.2.6"},
        {"192.0.2.7/32", "192.0.2.7", "192.0.2.8"},
        {"192.0.2.6/31", "192.0.2.7", "192.0.2.8"},
        {"0.0.0.0/0", "203.0.113.9", "2001:db8::1"},
        {"128.0.0.0/1", "255.255.255.255", "127.255.255.255"},
        {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
        {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
        {"2001:db8::1", "2001:db8::1", "2001:db8::2"},
        {"::/0", "2001:db8::1", "192.0.2.7"},
        {"::1", "::1", "127.0.0.1"},
        /* A mapped address is the IPv4 one, on either side. */
        {"10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"},
        {"::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.1"},
        {"::ffff:0:0/96", "192.0.2.7", "::1"},
        {"::ffff:10.1.2.3", "10.1.2.3", "10.1.2.4"},
        {"::/80", "::1", "10.1.2.3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cidr cidr;
        struct error error = {0};
        cr_assert(cidr_parse(cases[i].range, &cidr, &error), "%s", error.message);
        struct ip_address inside = address_of(cases[i].inside);
        struct ip_address outside = address_of(cases[i].outside);
        cr_expect(cidr_contains(&cidr, &inside), "%s: %s", cases[i].range, cases[i].inside);
        cr_expect_not(cidr_contains(&cidr, &outside), "%s: %s", cases[i].range, cases[i].outside);
    }
}

Test(cidr, refuses_what_is_no_range)
{
    static const char *const cases[] = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "10.0.0.0/ 8",
        "10.0.0.0/8 ",
        "10.0.0.0/8/8",
        "10.0.0.0/4294967304",
        "10.0.0/8",
        "10.0.0.0.0/8",
        "256.0.0.0/8",
        "010.0.0.0/8",
        "::/129",
        "2001:db8::/32x",
        "[::1]",
        "fe80::1%lo",
        "localhost",
        "*",
        "2001:0db8:0000:0000:0000:0000:0000:0001:0000:0000:0000:0000:0000/32",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cidr cidr;
        struct error error = {0};
        cr_expect_not(cidr_parse(cases[i], &cidr, &error), "%s", cases[i]);
        cr_expect_not_null(strstr(error.message, " is no address or range"), "%s", error.message);
    }
}

Test(cidr, says_which_range_was_meant)
{
    struct cidr cidr;
    struct error error = {0};
    cr_assert_not(cidr_parse("10.1.2.3/8", &cidr, &error));
    cr_assert_str_eq(error.message,
                     "10.1.2.3/8 has bits beyond its prefix: 10.0.0.0/8 is the range around it");
    cr_assert_not(cidr_parse("2001:db8::1/64", &cidr, &error));
    cr_assert_str_eq(
        error.message,
        "2001:db8::1/64 has bits beyond its prefix: 2001:db8::/64 is the range around it");
}

Test(cidr, reads_a_sockets_peer)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000207)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr local = {.sa_family = AF_UNIX};
    struct ip_address address;
    char text[IP_ADDRESS_TEXT_MAX];
    cr_assert(ip_address_of((struct sockaddr *)&v4, &address));
    cr_assert_str_eq(ip_address_text(&address, text), "192.0.2.7");
    cr_assert(ip_address_is_v4(&address));
    cr_assert(ip_address_of((struct sockaddr *)&v6, &address));
    cr_assert_str_eq(ip_address_text(&address, text), "::1");
    cr_assert_not(ip_address_is_v4(&address));
    cr_assert_eq(inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr), 1);
    cr_assert(ip_address_of((struct sockaddr *)&v6, &address));
    cr_assert_str_eq(ip_address_text(&address, text), "192.0.2.7");
    cr_assert_not(ip_address_of(&local, &address));
}

Test(cidr, keeps_a_bounded_list)
{
    struct cidr_list list = {0};
    struct error error = {0};
    struct ip_address loopback = address_of("127.0.0.1");
    cr_assert_not(cidr_list_contains(NULL, &loopback));
    cr_assert_not(cidr_list_contains(&list, &loopback));
    cr_assert_not(cidr_list_add(&list, "nonsense", &error));
    cr_assert_eq(list.count, 0);
    for (int i = 0; i < CIDR_LIST_MAX - 1; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "10.0.%d.0/24", i);
        cr_assert(cidr_list_add(&list, text, &error), "%s", error.message);
    }
    cr_assert_not(cidr_list_contains(&list, &loopback));
    cr_assert(cidr_list_add(&list, "127.0.0.0/8", &error));
    cr_assert(cidr_list_contains(&list, &loopback));
    cr_assert_not(cidr_list_add(&list, "::1", &error));
    cr_assert_str_eq(error.message, "more than 256 ranges");
    cidr_list_clear(&list);
    cr_assert_eq(list.count, 0);
}
