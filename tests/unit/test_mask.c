/* The mask on screen: on at the start, said in the header, and m takes it off and puts it back. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <string.h>

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 200, .height = 40, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(mask, .init = start, .fini = stop);

static void tell_logs(const char *json)
{
    struct error error;
    struct log_list logs = {0};
    cr_assert(log_list_decode(json, strlen(json), &logs, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    log_list_clear(&logs);
}

Test(mask, is_on_at_the_start_and_always_said)
{
    cr_expect(driver.app->masked);
    cr_expect(driver_shows(&driver, " masked "));
    driver_keys(&driver, "m");
    cr_expect_not(driver.app->masked);
    cr_expect(driver_shows(&driver, " UNMASKED "));
    driver_keys(&driver, "2<enter>");
    cr_expect(driver_shows(&driver, " UNMASKED "));
    driver_keys(&driver, "m");
    cr_expect(driver.app->masked);
    cr_expect(driver_shows(&driver, " masked "));
}

Test(mask, can_be_off_from_the_start)
{
    struct app_config config = {.unmasked = true, .width = 80, .height = 24};
    app_clear(driver.app);
    cr_assert(app_init(driver.app, &config));
    cr_expect_not(driver.app->masked);
    cr_expect(driver_shows(&driver, " UNMASKED "));
}

Test(mask, hides_what_an_answer_repeats)
{
    tell_logs("[{\"status\":422,\"event_id\":\"wh_r\",\"response_body\":"
              "\"no user zoe@example.com here\"}]");
    cr_expect(driver_shows(&driver, "no user *** here"));
    cr_expect_not(driver_shows(&driver, "zoe@"));
    driver_keys(&driver, "m");
    cr_expect(driver_shows(&driver, "no user zoe@example.com here"));
}

Test(mask, a_filter_finds_what_can_be_read)
{
    tell_logs("[{\"status\":422,\"event_id\":\"wh_r\",\"response_body\":"
              "\"no user zoe@example.com here\"}]");
    driver_keys(&driver, "3/zoe@");
    cr_expect_null(state_selected_log(driver.app));
    driver_keys(&driver, "<enter>m");
    cr_expect_not_null(state_selected_log(driver.app));
}

Test(mask, hides_what_a_query_says)
{
    struct delivery delivery = {.id = 9,
                                .target = (char *)"/hook?email=zoe&n=1",
                                .method = (char *)"POST",
                                .reason = (char *)"",
                                .sequence = -1};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    driver_keys(&driver, "4");
    cr_expect(driver_shows(&driver, "/hook?email=***&n=1"));
    driver_keys(&driver, "m");
    cr_expect(driver_shows(&driver, "/hook?email=zoe&n=1"));
}
