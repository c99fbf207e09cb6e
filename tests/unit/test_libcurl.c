/* The library that is loaded when it is first called: it is there, and calls arrive in it with what
   they were given. */
#include "api/libcurl.h"

#include <criterion/criterion.h>
#include <curl/curl.h>

Test(libcurl, is_loaded_by_the_first_call)
{
    struct error error;
    CURL *curl = curl_easy_init();
    cr_assert_not_null(curl);
    cr_expect(libcurl_load(&error), "%s", error.message);
    curl_easy_cleanup(curl);
}

/* A number, a pointer, a large number and a function, each of which comes back or has an effect. */
Test(libcurl, options_of_every_kind_arrive)
{
    static char mark;
    CURL *curl = curl_easy_init();
    char *found = NULL, *url = NULL;
    curl_off_t size = 0;
    cr_assert_not_null(curl);
    cr_expect_eq(curl_easy_setopt(curl, CURLOPT_PRIVATE, &mark), CURLE_OK);
    cr_expect_eq(curl_easy_getinfo(curl, CURLINFO_PRIVATE, &found), CURLE_OK);
    cr_expect_eq(found, &mark);
    cr_expect_eq(curl_easy_setopt(curl, CURLOPT_URL, "nowhere://host/"), CURLE_OK);
    cr_expect_eq(curl_easy_setopt(curl, CURLOPT_MAXREDIRS, -2L), CURLE_BAD_FUNCTION_ARGUMENT,
                 "a long, with its sign");
    cr_expect_eq(curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)-1),
                 CURLE_BAD_FUNCTION_ARGUMENT, "a large number, with its sign");
    cr_expect_eq(curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)1 << 40), CURLE_OK);
    cr_expect_eq(curl_easy_perform(curl), CURLE_UNSUPPORTED_PROTOCOL, "the URL arrived");
    cr_expect_eq(curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &url), CURLE_OK);
    cr_expect_str_eq(url, "nowhere://host/");
    cr_expect_eq(curl_easy_getinfo(curl, CURLINFO_SIZE_DOWNLOAD_T, &size), CURLE_OK);
    curl_easy_cleanup(curl);
}

Test(libcurl, options_of_a_pool_arrive)
{
    CURLM *multi = curl_multi_init();
    cr_assert_not_null(multi);
    cr_expect_eq(curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 4L), CURLM_OK);
    cr_expect_eq(curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &multi), CURLM_OK);
    cr_expect_eq(curl_multi_setopt(multi, (CURLMoption)9999, 1L), CURLM_UNKNOWN_OPTION);
    cr_expect_eq(curl_multi_cleanup(multi), CURLM_OK);
}

Test(libcurl, says_what_a_code_means)
{
    cr_expect_str_eq(curl_easy_strerror(CURLE_OPERATION_TIMEDOUT), "Timeout was reached");
    cr_expect_eq(curl_getdate("Thu, 01 Jan 1970 00:00:07 GMT", NULL), 7);
}
