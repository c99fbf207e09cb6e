#include "api/forwarded.h"

#include <string.h>
#include <strings.h>

enum { ENTRY_MAX = 64 }; /* "[IPv6 address]:65535" */

/* "192.0.2.7", "192.0.2.7:1234", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:1234" */
static bool parse_entry(const char *text, size_t length, struct ip_address *address)
{
    char entry[ENTRY_MAX];
    if (length >= sizeof entry)
        return false;
    memcpy(entry, text, length);
    entry[length] = '\0';
    char *host = entry;
    char *rest = NULL;
    if (entry[0] == '[') {
        host = entry + 1;
        char *end = strchr(host, ']');
        if (end == NULL)
            return false;
        *end = '\0';
        rest = end + 1;
    } else if ((rest = strchr(entry, ':')) != NULL && strchr(rest + 1, ':') == NULL) {
        *rest++ = '\0';
        return rest[0] != '\0' && rest[strspn(rest, "0123456789")] == '\0' &&
               ip_address_parse(host, address);
    } else {
        rest = NULL;
    }
    if (rest != NULL && *rest != '\0' &&
        (*rest != ':' || rest[1] == '\0' || rest[1 + strspn(rest + 1, "0123456789")] != '\0'))
        return false;
    return ip_address_parse(host, address);
}

/* Where the walk from the right has come to. */
struct walk {
    const struct cidr_list *trusted;
    struct ip_address address; /* the last one that was read */
    bool any;
    bool failed; /* that which came next is no address */
    bool found;  /* one that is not trusted */
};

static void read_entry(struct walk *walk, const char *text, size_t length)
{
    struct ip_address address;
    if (!parse_entry(text, length, &address)) {
        walk->failed = true;
        return;
    }
    walk->address = address;
    walk->any = true;
    walk->found = !cidr_list_contains(walk->trusted, &address);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Empty elements count for nothing (RFC 9110, 5.6.1). */
static void walk_field(struct walk *walk, const char *value)
{
    size_t end = strlen(value);
    for (;;) {
        size_t begin = end;
        while (begin > 0 && value[begin - 1] != ',')
            begin--;
        size_t first = begin;
        size_t last = end;
        while (first < last && is_blank(value[first]))
            first++;
        while (last > first && is_blank(value[last - 1]))
            last--;
        if (last > first)
            read_entry(walk, value + first, last - first);
        if (begin == 0 || walk->found || walk->failed)
            return;
        end = begin - 1;
    }
}

bool forwarded_client(const struct header_list *headers, const struct cidr_list *trusted,
                      struct ip_address *client)
{
    struct walk walk = {.trusted = trusted};
    for (size_t i = headers->count; i > 0 && !walk.found && !walk.failed; i--)
        if (strcasecmp(headers->items[i - 1].name, "X-Forwarded-For") == 0)
            walk_field(&walk, headers->items[i - 1].value);
    if (!walk.any || walk.failed)
        return false;
    *client = walk.address;
    return true;
}
