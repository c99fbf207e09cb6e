#include "api/forwarded.h"

#include <criterion/criterion.h>

enum { FIELDS_MAX = 3 };

Test(forwarded, is_the_last_address_that_is_not_a_trusted_proxy)
{
    static const struct {
        const char *fields[FIELDS_MAX];
        const char *client; /* NULL: not known */
    } cases[] = {
        {{"203.0.113.9"}, "203.0.113.9"},
        {{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"}, /* what comes before may be made up */
        {{"203.0.113.9, 10.0.0.2, 10.0.0.1"}, "203.0.113.9"},
        {{"198.51.100.1,203.0.113.9,10.0.0.1"}, "203.0.113.9"},
        {{"198.51.100.1", "203.0.113.9, 10.0.0.2", "10.0.0.1"}, "203.0.113.9"},
        {{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
        {{" \t203.0.113.9\t "}, "203.0.113.9"},
        {{"203.0.113.9, ,"}, "203.0.113.9"},
        {{"203.0.113.9:51234"}, "203.0.113.9"},
        {{"2001:db8::9"}, "2001:db8::9"},
        {{"[2001:db8::9]"}, "2001:db8::9"},
        {{"[2001:db8::9]:51234, 10.0.0.1"}, "2001:db8::9"},
        {{"::ffff:203.0.113.9"}, "203.0.113.9"},
        {{"::ffff:10.0.0.2"}, "10.0.0.2"},
        {{NULL}, NULL},
        {{""}, NULL},
        {{", ,"}, NULL},
        {{"unknown"}, NULL},
        {{"203.0.113.9, unknown"}, NULL},
        {{"203.0.113.9, unknown, 10.0.0.1"}, NULL},
        {{"unknown, 203.0.113.9"}, "203.0.113.9"},
        {{"203.0.113.9, ", "x"}, NULL},
        {{"203.0.113.9:"}, NULL},
        {{"203.0.113.9:port"}, NULL},
        {{"[2001:db8::9"}, NULL},
        {{"[2001:db8::9]x"}, NULL},
        {{"[2001:db8::9]:"}, NULL},
        {{"\"203.0.113.9\""}, NULL},
        {{"203.0.113.9 10.0.0.1"}, NULL},
        {{"0000000000000000000000000000000000000000000000000000000000000000000"}, NULL},
    };
    struct cidr_list trusted = {0};
    cr_assert(cidr_list_add(&trusted, "10.0.0.0/8", NULL));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct header_list headers = {0};
        cr_assert(header_list_add(&headers, "Forwarded", "for=192.0.2.99"));
        for (size_t k = 0; k < FIELDS_MAX && cases[i].fields[k] != NULL; k++)
            cr_assert(header_list_add(&headers, k == 1 ? "x-forwarded-for" : "X-Forwarded-For",
                                      cases[i].fields[k]));
        struct ip_address client;
        char text[IP_ADDRESS_TEXT_MAX];
        bool known = forwarded_client(&headers, &trusted, &client);
        cr_expect_eq(known, cases[i].client != NULL, "case %zu", i);
        if (known && cases[i].client != NULL)
            cr_expect_str_eq(ip_address_text(&client, text), cases[i].client, "case %zu", i);
        header_list_clear(&headers);
    }
    cidr_list_clear(&trusted);
}
