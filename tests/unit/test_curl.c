/* What the command says; that it does what it says is shown with curl itself (tests/e2e). */
#include "api/curl.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(curl, .timeout = 60);

#define BASE "http://127.0.0.1:8787"

static void expect_quoted(const char *bytes, size_t length, const char *wanted)
{
    struct buffer out;
    buffer_init(&out, 4096);
    curl_quote(&out, bytes, length);
    cr_expect_not(out.failed);
    cr_expect_str_eq(out.data, wanted);
    buffer_clear(&out);
}

Test(curl, quotes_for_a_shell)
{
    static const struct {
        const char *bytes, *wanted;
    } cases[] = {
        {"", "''"},
        {"plain-1.2/3:4,5@6%7+8_9", "plain-1.2/3:4,5@6%7+8_9"},
        {"two words", "'two words'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
        {"'; rm -rf ~ #", "''\\''; rm -rf ~ #'"},
        {"$(id) `id` ${HOME} !! \\ \"", "'$(id) `id` ${HOME} !! \\ \"'"},
        {"*?[a]{b,c}~=<>|&;()", "'*?[a]{b,c}~=<>|&;()'"},
        {"two\nlines\n", "'two\nlines\n'"},
        {"caf\xC3\xA9 \xE6\x9D\xB1", "'caf\xC3\xA9 \xE6\x9D\xB1'"},
        {"tab\tbed", "\"$(printf 'tab\\011bed')\""},
        {"\x1B]0;owned\x07", "\"$(printf '\\033\\1350\\073owned\\007')\""},
        {"\r'$(id)!%s\\", "\"$(printf '\\015\\047\\044\\050id\\051\\041\\045s\\134')\""},
        {"-\x7F", "\"$(printf '\\055\\177')\""},
        {"\x01\n\n", "\"$(printf '\\001')\"'\n\n'"},
        {"\x80", "\"$(printf '\\200')\""},
        {"\xC3", "\"$(printf '\\303')\""},
        {"\xC0\xAF", "\"$(printf '\\300\\257')\""},          /* an overlong slash */
        {"\xE0\x82\xA9", "\"$(printf '\\340\\202\\251')\""}, /* an overlong letter */
        {"\xC2\x9B", "\"$(printf '\\302\\233')\""},          /* C1 control: CSI */
        {"\xC2\xAD", "\"$(printf '\\302\\255')\""},          /* soft hyphen */
        {"\xE2\x80\xAE", "\"$(printf '\\342\\200\\256')\""}, /* right-to-left override */
        {"\xE2\x80\x8B", "\"$(printf '\\342\\200\\213')\""}, /* zero width */
        {"\xD7\x90", "\"$(printf '\\327\\220')\""},          /* Hebrew: drawn right to left */
        {"e\xCC\x81", "\"$(printf 'e\\314\\201')\""},        /* a combining mark */
        {"\xF0\x9F\x98\x80", "\"$(printf '\\360\\237\\230\\200')\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_quoted(cases[i].bytes, strlen(cases[i].bytes), cases[i].wanted);
}

/* The command for a body, with these headers. */
static char *command_for(const char *target, const char *const *headers, const char *body,
                         size_t body_length)
{
    char method[] = "POST";
    struct delivery delivery = {.method = method, .body_length = body_length};
    delivery.target = strdup(target);
    delivery.body = malloc(body_length + 1);
    cr_assert(delivery.target != NULL && delivery.body != NULL);
    memcpy(delivery.body, body, body_length);
    delivery.body[body_length] = '\0';
    for (; headers[0] != NULL; headers += 2)
        cr_assert(header_list_add(&delivery.headers, headers[0], headers[1]));
    struct buffer out;
    buffer_init(&out, CURL_COMMAND_MAX);
    cr_assert(curl_command(&out, &delivery, BASE));
    delivery.method = NULL;
    delivery_clear(&delivery);
    return buffer_take(&out, NULL);
}

static void expect_command(const char *target, const char *const *headers, const char *body,
                           size_t body_length, const char *wanted)
{
    char *command = command_for(target, headers, body, body_length);
    cr_expect_str_eq(command, wanted);
    free(command);
}

#define START "curl --disable --globoff --noproxy '*' --path-as-is \\\n    --request POST --url "
#define NEXT  " \\\n    "

Test(curl, says_all_that_was_sent)
{
    static const char *const headers[] = {"Host",
                                          "hooks.example",
                                          "Content-Type",
                                          "application/json",
                                          "Content-Length",
                                          "9",
                                          "X-Empty",
                                          "",
                                          "User-Agent",
                                          "Bridge/1",
                                          "Accept",
                                          "*/*",
                                          NULL};
    expect_command("/webhooks/wep_1?a=1", headers, "{\"a\":'1'}", 9,
                   START "'" BASE "/webhooks/wep_1?a=1'" NEXT "--header 'Host: hooks.example'" NEXT
                         "--header 'Content-Type: application/json'" NEXT
                         "--header 'Content-Length: 9'" NEXT "--header 'X-Empty;'" NEXT
                         "--header 'User-Agent: Bridge/1'" NEXT "--header 'Accept: */*'" NEXT
                         "--header 'Expect:'" NEXT "--data-raw '{\"a\":'\\''1'\\''}'\n");
}

#define NOTHING_OF_ITS_OWN                                                                         \
    NEXT "--header 'Accept:'" NEXT "--header 'Content-Type:'" NEXT "--header 'Expect:'" NEXT       \
         "--header 'User-Agent:'"

static const char *const NO_HEADERS[] = {NULL};

Test(curl, keeps_curl_from_adding_its_own)
{
    expect_command("/", NO_HEADERS, "", 0, START BASE "/" NOTHING_OF_ITS_OWN "\n");
}

Test(curl, sends_an_empty_body_where_one_was_announced)
{
    static const char *const headers[] = {"Content-Length", "0", NULL};
    expect_command("/", headers, "", 0,
                   START BASE "/" NEXT "--header 'Content-Length: 0'" NOTHING_OF_ITS_OWN NEXT
                              "--data-raw ''\n");
}

Test(curl, leaves_out_a_length_that_is_not_true)
{
    static const char *const headers[] = {"Content-Length", "900", NULL};
    expect_command("/", headers, "short", 5,
                   START BASE "/" NOTHING_OF_ITS_OWN NEXT "--data-raw 'short'\n");
}

Test(curl, reads_no_file_where_a_body_begins_with_an_at)
{
    expect_command("/", NO_HEADERS, "@/etc/passwd", 12,
                   START BASE "/" NOTHING_OF_ITS_OWN NEXT "--data-raw '@/etc/passwd'\n");
}

Test(curl, sends_bytes_through_base64)
{
    expect_command("/", NO_HEADERS, "a\0b", 3,
                   "base64 -d <<'END' | " START BASE "/" NOTHING_OF_ITS_OWN NEXT
                   "--data-binary @-\nYQBi\nEND\n");
}

Test(curl, sends_an_odd_target_beside_the_url)
{
    static const char *const targets[] = {"/a#b", "/a'b",   "/a{1,2}[3]", "/a\\b",
                                          "/\"",  "//a/$x", "/\xC3\xA9"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char *command = command_for(targets[i], NO_HEADERS, "", 0);
        cr_expect_not_null(strstr(command, "--url " BASE "/" NEXT "--request-target "), "%s",
                           command);
        free(command);
    }
}

Test(curl, sends_a_long_body_through_base64)
{
    size_t length = CURL_TEXT_MAX + 1;
    char *body = malloc(length);
    cr_assert_not_null(body);
    memset(body, 'x', length);
    char *text = command_for("/", NO_HEADERS, body, length - 1);
    char *bytes = command_for("/", NO_HEADERS, body, length);
    cr_expect_null(strstr(text, "base64"));
    cr_expect_eq(strncmp(bytes, "base64 -d", 9), 0);
    free(text);
    free(bytes);
    free(body);
}

Test(curl, fails_where_it_does_not_fit)
{
    struct delivery delivery = {0};
    struct buffer out;
    buffer_init(&out, 60);
    cr_expect_not(curl_command(&out, &delivery, BASE));
    cr_expect(out.failed);
    buffer_clear(&out);
}

/* Every byte in every place: nothing but printable ASCII, newlines and letters comes out. */
Test(curl, lets_no_control_byte_out)
{
    char all[256];
    for (int i = 0; i < 255; i++)
        all[i] = (char)(i + 1);
    all[255] = '\0';
    const char *const headers[] = {all, all, NULL};
    char *command = command_for(all, headers, all, 255);
    for (const char *c = command; *c != '\0'; c++)
        cr_expect(*c == '\n' || (*c >= ' ' && *c < 0x7F), "a byte %d", (unsigned char)*c);
    free(command);
}
