#include "api/libcurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* The headers check options' types by macros of these names. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/* Debian's name of it since 2005; what is called is in all of them since 7.83. */
static const char FILE_NAME[] = "libcurl.so.4";

/* Every function that the program calls: F(its name). */
#define FUNCTIONS(F)                                                                               \
    F(curl_global_init)                                                                            \
    F(curl_easy_init)                                                                              \
    F(curl_easy_cleanup)                                                                           \
    F(curl_easy_reset)                                                                             \
    F(curl_easy_perform)                                                                           \
    F(curl_easy_strerror)                                                                          \
    F(curl_easy_escape)                                                                            \
    F(curl_easy_nextheader)                                                                        \
    F(curl_free)                                                                                   \
    F(curl_slist_append)                                                                           \
    F(curl_slist_free_all)                                                                         \
    F(curl_getdate)                                                                                \
    F(curl_url)                                                                                    \
    F(curl_url_cleanup)                                                                            \
    F(curl_url_get)                                                                                \
    F(curl_url_set)                                                                                \
    F(curl_url_strerror)                                                                           \
    F(curl_multi_init)                                                                             \
    F(curl_multi_cleanup)                                                                          \
    F(curl_multi_add_handle)                                                                       \
    F(curl_multi_remove_handle)                                                                    \
    F(curl_multi_info_read)                                                                        \
    F(curl_multi_assign)                                                                           \
    F(curl_multi_socket_action)                                                                    \
    F(curl_multi_strerror)                                                                         \
    F(curl_easy_setopt)                                                                            \
    F(curl_easy_getinfo)                                                                           \
    F(curl_multi_setopt)

#define POINTER(name) __typeof__(name)(*(name));
static struct {
    FUNCTIONS(POINTER)
} real;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char trouble[256]; /* why it is not there, "" when it is */

/* A function's address comes as an object's (POSIX, dlsym()). */
static bool find(void *library, const char *name, void *pointer)
{
    *(void **)pointer = dlsym(library, name);
    return *(void **)pointer != NULL;
}

/* It stays: a library that has made threads and handlers cannot be taken out again. */
static void load(void)
{
    void *library = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);
    bool found = library != NULL;
#define FIND(name) found = found && find(library, #name, (void *)&real.name);
    FUNCTIONS(FIND)
    if (found)
        return;
    const char *why = dlerror();
    (void)snprintf(trouble, sizeof trouble, "%s", why != NULL ? why : FILE_NAME);
}

static bool is_there(void)
{
    (void)pthread_once(&once, load);
    return trouble[0] == '\0';
}

bool libcurl_load(struct error *error)
{
    return is_there() || error_set(error, "cannot load libcurl: %s", trouble);
}

/* --- those with fixed arguments ----------------------------------------------------------- */

CURLcode curl_global_init(long flags)
{
    return is_there() ? real.curl_global_init(flags) : CURLE_FAILED_INIT;
}

CURL *curl_easy_init(void)
{
    return is_there() ? real.curl_easy_init() : NULL;
}

void curl_easy_cleanup(CURL *curl)
{
    if (is_there())
        real.curl_easy_cleanup(curl);
}

void curl_easy_reset(CURL *curl)
{
    if (is_there())
        real.curl_easy_reset(curl);
}

CURLcode curl_easy_perform(CURL *curl)
{
    return is_there() ? real.curl_easy_perform(curl) : CURLE_FAILED_INIT;
}

const char *curl_easy_strerror(CURLcode code)
{
    return is_there() ? real.curl_easy_strerror(code) : "libcurl cannot be loaded";
}

char *curl_easy_escape(CURL *handle, const char *string, int length)
{
    return is_there() ? real.curl_easy_escape(handle, string, length) : NULL;
}

struct curl_header *curl_easy_nextheader(CURL *easy, unsigned origin, int request,
                                         struct curl_header *previous)
{
    return is_there() ? real.curl_easy_nextheader(easy, origin, request, previous) : NULL;
}

void curl_free(void *p)
{
    if (is_there())
        real.curl_free(p);
}

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *data)
{
    return is_there() ? real.curl_slist_append(list, data) : NULL;
}

void curl_slist_free_all(struct curl_slist *list)
{
    if (is_there())
        real.curl_slist_free_all(list);
}

time_t curl_getdate(const char *p, const time_t *unused)
{
    return is_there() ? real.curl_getdate(p, unused) : -1;
}

CURLU *curl_url(void)
{
    return is_there() ? real.curl_url() : NULL;
}

void curl_url_cleanup(CURLU *handle)
{
    if (is_there())
        real.curl_url_cleanup(handle);
}

CURLUcode curl_url_get(CURLU *handle, CURLUPart what, char **part, unsigned flags)
{
    return is_there() ? real.curl_url_get(handle, what, part, flags) : CURLUE_OUT_OF_MEMORY;
}

CURLUcode curl_url_set(CURLU *handle, CURLUPart what, const char *part, unsigned flags)
{
    return is_there() ? real.curl_url_set(handle, what, part, flags) : CURLUE_OUT_OF_MEMORY;
}

const char *curl_url_strerror(CURLUcode code)
{
    return is_there() ? real.curl_url_strerror(code) : "libcurl cannot be loaded";
}

CURLM *curl_multi_init(void)
{
    return is_there() ? real.curl_multi_init() : NULL;
}

CURLMcode curl_multi_cleanup(CURLM *multi)
{
    return is_there() ? real.curl_multi_cleanup(multi) : CURLM_INTERNAL_ERROR;
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *curl)
{
    return is_there() ? real.curl_multi_add_handle(multi, curl) : CURLM_INTERNAL_ERROR;
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *curl)
{
    return is_there() ? real.curl_multi_remove_handle(multi, curl) : CURLM_INTERNAL_ERROR;
}

CURLMsg *curl_multi_info_read(CURLM *multi_handle, int *msgs_in_queue)
{
    return is_there() ? real.curl_multi_info_read(multi_handle, msgs_in_queue) : NULL;
}

CURLMcode curl_multi_assign(CURLM *multi_handle, curl_socket_t sockfd, void *sockp)
{
    return is_there() ? real.curl_multi_assign(multi_handle, sockfd, sockp) : CURLM_INTERNAL_ERROR;
}

CURLMcode curl_multi_socket_action(CURLM *multi_handle, curl_socket_t s, int ev_bitmask,
                                   int *running_handles)
{
    return is_there() ? real.curl_multi_socket_action(multi_handle, s, ev_bitmask, running_handles)
                      : CURLM_INTERNAL_ERROR;
}

const char *curl_multi_strerror(CURLMcode code)
{
    return is_there() ? real.curl_multi_strerror(code) : "libcurl cannot be loaded";
}

/* --- those whose last argument depends on an option ------------------------------------------ */

/* What kind of argument an option takes is in its number (<curl/curl.h>, CURLOPTTYPE_…). */
static bool takes_large_number(int option)
{
    return option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB;
}

static bool takes_number(int option)
{
    return option < CURLOPTTYPE_OBJECTPOINT;
}

/* NOLINTBEGIN(bugprone-branch-clone): the two numbers are of one type on some machines. */

CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
    if (!is_there())
        return CURLE_FAILED_INIT;
    CURLcode code;
    va_list arguments;
    va_start(arguments, option);
    if (takes_number((int)option))
        code = real.curl_easy_setopt(curl, option, va_arg(arguments, long));
    else if (takes_large_number((int)option))
        code = real.curl_easy_setopt(curl, option, va_arg(arguments, curl_off_t));
    else
        code = real.curl_easy_setopt(curl, option, va_arg(arguments, void *));
    va_end(arguments);
    return code;
}

CURLMcode curl_multi_setopt(CURLM *multi_handle, CURLMoption option, ...)
{
    if (!is_there())
        return CURLM_INTERNAL_ERROR;
    CURLMcode code;
    va_list arguments;
    va_start(arguments, option);
    if (takes_number((int)option))
        code = real.curl_multi_setopt(multi_handle, option, va_arg(arguments, long));
    else if (takes_large_number((int)option))
        code = real.curl_multi_setopt(multi_handle, option, va_arg(arguments, curl_off_t));
    else
        code = real.curl_multi_setopt(multi_handle, option, va_arg(arguments, void *));
    va_end(arguments);
    return code;
}

/* NOLINTEND(bugprone-branch-clone) */

CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
    if (!is_there())
        return CURLE_FAILED_INIT;
    va_list arguments;
    va_start(arguments, info);
    CURLcode code = real.curl_easy_getinfo(curl, info, va_arg(arguments, void *));
    va_end(arguments);
    return code;
}
