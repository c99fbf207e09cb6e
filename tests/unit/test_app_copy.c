/* The copy menu: each key, of each kind of row. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(app_copy, .timeout = 60);

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 100, .height = 30, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

#define COPY_TEST(name) Test(app_copy, name, .init = start, .fini = stop)

static void expect_copied(const char *keys, const char *bytes)
{
    driver_keys(&driver, keys);
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY), "%s: nothing is copied:\n%s", keys,
                       driver_screen(&driver));
    cr_expect_str_eq(driver.app->copy.bytes.data, bytes, "%s copies %s", keys,
                     driver.app->copy.bytes.data);
    driver_send(&driver, &(struct message){.kind = MESSAGE_COPIED});
}

static void expect_refused(const char *keys, const char *line)
{
    driver_keys(&driver, keys);
    cr_expect_null(driver_effect(&driver, EFFECT_COPY), "%s", keys);
    cr_expect(driver_shows(&driver, line), "%s:\n%s", keys, driver_screen(&driver));
    cr_expect_neq(state_place(driver.app), PLACE_COPY);
}

static const char BODY[] =
    "{\"event_id\":\"wh_live3\",\"event_object\":{\"email\":\"ann@x.example\","
    "\"amount\":\"1.0\"}}";

/* The store answers the question for a delivery. */
static void load(int64_t id)
{
    const struct effect *effect = driver_effect(&driver, EFFECT_LOAD);
    cr_assert(effect != NULL && effect->delivery_id == id);
    struct delivery delivery = {.id = id,
                                .method = (char *)"POST",
                                .target = (char *)"/webhooks/payments",
                                .body = (char *)BODY,
                                .body_length = sizeof BODY - 1};
    cr_assert(header_list_add(&delivery.headers, "Host", "h.example"));
    cr_assert(header_list_add(&delivery.headers, "Authorization", "Bearer abc"));
    cr_assert(header_list_add(&delivery.headers, "X-Webhook-Signature", "t=1,v0=QUJD"));
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_LOADED, .delivery_id = id, .delivery = &delivery});
    header_list_clear(&delivery.headers);
}

static void expect_loaded(const char *keys, const char *bytes, const char *line)
{
    driver_keys(&driver, keys);
    load(3);
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY), "%s", keys);
    cr_expect_str_eq(driver.app->copy.bytes.data, bytes);
    driver_send(&driver, &(struct message){.kind = MESSAGE_COPIED});
    cr_expect(driver_shows(&driver, line), "%s:\n%s", keys, driver_screen(&driver));
}

COPY_TEST(an_endpoint_gives_id_and_url)
{
    expect_copied("1yi", "wep_pay1");
    cr_expect(driver_shows(&driver, "id copied: 8 bytes"));
    expect_copied("yu", "https://hooks.example.com/webhooks/payments");
    expect_refused("yb", "an endpoint has no body");
    expect_refused("yh", "an endpoint has no headers");
    expect_refused("yc", "an endpoint has no curl command");
    expect_refused("yp", "from the inspector");
}

COPY_TEST(an_upcoming_event_gives_its_json)
{
    expect_copied("2yi", "wh_a1");
    driver_keys(&driver, "yb");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect_not_null(strstr(driver.app->copy.bytes.data, "\"event_id\":\"wh_a1\""));
    driver_send(&driver, &(struct message){.kind = MESSAGE_COPIED});
    expect_refused("yh", "an upcoming event has no headers");
    expect_refused("ys", "an upcoming event has no signature");
    expect_copied("yu", "https://hooks.example.com/webhooks/payments");
}

COPY_TEST(an_arrival_gives_the_url_of_the_endpoint_it_was_for)
{
    expect_copied("4gyu", "https://hooks.example.com/webhooks/payments");
    free(driver.app->live[0].delivery.webhook_id);
    driver.app->live[0].delivery.webhook_id = NULL;
    expect_refused("yu", "this delivery has no URL");
}

COPY_TEST(a_log_entry_gives_its_json)
{
    expect_copied("3gyi", "wh_9z");
    expect_copied("yu", "https://hooks.example.com/webhooks/payments");
    driver_keys(&driver, "yb");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect_not_null(strstr(driver.app->copy.bytes.data, "\"event_id\":\"wh_9z\""));
}

COPY_TEST(an_arrival_is_loaded_first_and_masked)
{
    expect_copied("4yi", "wh_live3");
    expect_loaded("yb",
                  "{\"event_id\":\"wh_live3\",\"event_object\":{\"email\":\"***\",\"amount\":"
                  "\"1.0\"}}",
                  "(masked: the signature will not fit)");
    expect_loaded("ys", "t=1,v0=QUJD", "signature copied: 11 bytes");
    expect_loaded("yh", "Host: h.example\nAuthorization: ***\nX-Webhook-Signature: t=1,v0=QUJD\n",
                  "headers copied: 68 bytes (masked)");
}

COPY_TEST(unmasked_it_is_what_came)
{
    driver_keys(&driver, "4m");
    expect_loaded("yb", BODY, "body copied: 79 bytes");
    cr_expect_not(driver_shows(&driver, "(masked"));
    driver_keys(&driver, "yc");
    load(3);
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    const char *command = driver.app->copy.bytes.data;
    cr_expect_not_null(strstr(command, "--url http://127.0.0.1:8787/webhooks/payments"), "%s",
                       command);
    cr_expect_not_null(strstr(command, "--header 'Authorization: Bearer abc'"));
    cr_expect_not_null(strstr(command, BODY));
}

COPY_TEST(a_masked_command_hides_too)
{
    driver_keys(&driver, "4yc");
    load(3);
    const char *command = driver.app->copy.bytes.data;
    cr_expect_null(strstr(command, "ann@x"), "%s", command);
    cr_expect_null(strstr(command, "Bearer"), "%s", command);
    driver_send(&driver, &(struct message){.kind = MESSAGE_COPIED});
    cr_expect(driver_shows(&driver, "the signature will not fit"));
}

COPY_TEST(a_selected_member_gives_path_and_value)
{
    driver_keys(&driver, "4<enter>");
    load(3);
    driver_keys(&driver, "/email<enter>");
    expect_copied("yp", "event_object.email = \"***\"");
    cr_expect(driver_shows(&driver, "path and value copied"));
    driver_keys(&driver, "m");
    expect_copied("yp", "event_object.email = \"ann@x.example\"");
    expect_copied("yb", BODY);
}

COPY_TEST(the_answer_for_another_one_is_not_copied)
{
    driver_keys(&driver, "4yb");
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 2, .text = "x"});
    cr_expect_null(driver_effect(&driver, EFFECT_COPY));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 3, .text = "it is gone"});
    cr_expect_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect(driver_shows(&driver, "it is gone"));
}

COPY_TEST(a_file_is_named_and_a_failure_is_told)
{
    driver_keys(&driver, "1yi");
    driver_keys(&driver, "yu");
    cr_expect(driver_shows(&driver, "still being written"));
    driver_send(&driver, &(struct message){.kind = MESSAGE_COPIED, .text = "/s/copied-1"});
    cr_expect(driver_shows(&driver, "id written to /s/copied-1: 8 bytes"));
    driver_keys(&driver, "yi");
    driver_send(&driver, &(struct message){.kind = MESSAGE_COPIED, .error = "No space left"});
    cr_expect(driver_shows(&driver, "the id could not be copied: No space left"));
}

COPY_TEST(the_menu_can_be_left)
{
    driver_keys(&driver, "y");
    cr_expect_eq(state_place(driver.app), PLACE_COPY);
    cr_expect(driver_shows(&driver, "copy what?"));
    cr_expect(driver_shows(&driver, "b body"));
    driver_keys(&driver, "j<esc>");
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS);
    cr_expect_null(driver_effect(&driver, EFFECT_COPY));
}

COPY_TEST(by_name)
{
    driver_keys(&driver, ":copy id<enter>");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect_str_eq(driver.app->copy.bytes.data, "wep_pay1");
}
