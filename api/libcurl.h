/*
 * libcurl, loaded when it is first called.
 *
 * It brings some twenty libraries with it (GnuTLS, Kerberos, LDAP, …): 4 MB of memory and several
 * milliseconds at every start, which a receiver that asks no API would pay for nothing. So the
 * program is not linked with it: api/libcurl.c has functions of libcurl's names, which load the
 * library and hand the call on. Whoever calls it includes <curl/curl.h> as everywhere.
 *
 * Where the library cannot be loaded, every call fails as libcurl says that it may
 * (CURLE_FAILED_INIT, NULL, …). Safe on several threads, as far as libcurl's own are.
 */
#ifndef BRIDGETOP_API_LIBCURL_H
#define BRIDGETOP_API_LIBCURL_H

#include "api/error.h"

#include <stdbool.h>

/* Loads it, unless that was done. False, with the loader's words, where it is not there: to be
   asked where one is begun that needs it, for the calls themselves have no words for that. */
bool libcurl_load(struct error *error);

#endif
