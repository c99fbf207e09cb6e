#include "api/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { V4_BITS = 32, ALL_BITS = 128, V4_MAPPED_BITS = ALL_BITS - V4_BITS };

static const unsigned char v4_mapped[V4_MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

/* --- addresses ------------------------------------------------------------------- */

static void set_v4(struct ip_address *address, const void *v4)
{
    memcpy(address->bytes, v4_mapped, sizeof v4_mapped);
    memcpy(address->bytes + sizeof v4_mapped, v4, V4_BITS / 8);
}

bool ip_address_parse(const char *text, struct ip_address *address)
{
    unsigned char v4[V4_BITS / 8];
    if (inet_pton(AF_INET, text, v4) == 1) {
        set_v4(address, v4);
        return true;
    }
    return inet_pton(AF_INET6, text, address->bytes) == 1;
}

bool ip_address_of(const struct sockaddr *socket_address, struct ip_address *address)
{
    if (socket_address->sa_family == AF_INET) {
        set_v4(address, &((const struct sockaddr_in *)socket_address)->sin_addr);
        return true;
    }
    if (socket_address->sa_family != AF_INET6)
        return false;
    memcpy(address->bytes, &((const struct sockaddr_in6 *)socket_address)->sin6_addr,
           sizeof address->bytes);
    return true;
}

bool ip_address_is_v4(const struct ip_address *address)
{
    return memcmp(address->bytes, v4_mapped, sizeof v4_mapped) == 0;
}

const char *ip_address_text(const struct ip_address *address, char text[IP_ADDRESS_TEXT_MAX])
{
    if (ip_address_is_v4(address))
        (void)inet_ntop(AF_INET, address->bytes + sizeof v4_mapped, text, IP_ADDRESS_TEXT_MAX);
    else
        (void)inet_ntop(AF_INET6, address->bytes, text, IP_ADDRESS_TEXT_MAX);
    return text;
}

/* --- ranges ------------------------------------------------------------------------ */

static void clear_from(struct ip_address *address, unsigned first_bit)
{
    for (unsigned i = 0; i < sizeof address->bytes; i++) {
        if (i * 8 >= first_bit)
            address->bytes[i] = 0;
        else if (i * 8 + 8 > first_bit)
            address->bytes[i] &= (unsigned char)(0xffU << (i * 8 + 8 - first_bit));
    }
}

/* Digits without a sign or a leading zero, up to `most`. */
static bool parse_prefix(const char *text, unsigned most, unsigned *prefix)
{
    size_t length = strlen(text);
    if (length == 0 || length > 3 || text[strspn(text, "0123456789")] != '\0' ||
        (text[0] == '0' && length > 1))
        return false;
    *prefix = (unsigned)strtoul(text, NULL, 10);
    return *prefix <= most;
}

static bool not_a_range(const char *text, struct error *error)
{
    return error_set(error, "%.60s is no address or range, like 192.0.2.7 or 2001:db8::/32", text);
}

/* "::ffff:10.0.0.0/104" is 10.0.0.0/8. */
static bool read_prefix(const char *text, bool v6_notation, struct cidr *cidr)
{
    unsigned prefix = ALL_BITS;
    unsigned before = v6_notation ? 0 : V4_MAPPED_BITS;
    if (text != NULL && !parse_prefix(text, ALL_BITS - before, &prefix))
        return false;
    if (text != NULL)
        prefix += before;
    cidr->prefix = (unsigned char)prefix;
    cidr->v4 = ip_address_is_v4(&cidr->network) && prefix >= V4_MAPPED_BITS;
    return true;
}

static bool bits_beyond(const struct cidr *cidr, const struct ip_address *network, const char *text,
                        struct error *error)
{
    char meant[IP_ADDRESS_TEXT_MAX];
    return error_set(error, "%.60s has bits beyond its prefix: %s/%d is the range around it", text,
                     ip_address_text(network, meant),
                     cidr->prefix - (cidr->v4 ? V4_MAPPED_BITS : 0));
}

bool cidr_parse(const char *text, struct cidr *cidr, struct error *error)
{
    char address[IP_ADDRESS_TEXT_MAX];
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (length >= sizeof address)
        return not_a_range(text, error);
    memcpy(address, text, length);
    address[length] = '\0';

    struct cidr parsed;
    bool v6_notation = strchr(address, ':') != NULL;
    if (!ip_address_parse(address, &parsed.network) ||
        !read_prefix(slash != NULL ? slash + 1 : NULL, v6_notation, &parsed))
        return not_a_range(text, error);
    struct ip_address network = parsed.network;
    clear_from(&network, parsed.prefix);
    if (memcmp(&network, &parsed.network, sizeof network) != 0)
        return bits_beyond(&parsed, &network, text, error);
    *cidr = parsed;
    return true;
}

bool cidr_contains(const struct cidr *cidr, const struct ip_address *address)
{
    if (cidr->v4 != ip_address_is_v4(address))
        return false;
    struct ip_address network = *address;
    clear_from(&network, cidr->prefix);
    return memcmp(&network, &cidr->network, sizeof network) == 0;
}

/* --- lists ----------------------------------------------------------------------------- */

bool cidr_list_add(struct cidr_list *list, const char *text, struct error *error)
{
    struct cidr cidr;
    if (!cidr_parse(text, &cidr, error))
        return false;
    if (list->count >= CIDR_LIST_MAX)
        return error_set(error, "more than %d ranges", CIDR_LIST_MAX);
    struct cidr *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL)
        return error_set(error, "out of memory");
    items[list->count++] = cidr;
    list->items = items;
    return true;
}

bool cidr_list_contains(const struct cidr_list *list, const struct ip_address *address)
{
    if (list == NULL)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (cidr_contains(&list->items[i], address))
            return true;
    return false;
}

void cidr_list_clear(struct cidr_list *list)
{
    free(list->items);
    *list = (struct cidr_list){0};
}
