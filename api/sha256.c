#include "api/sha256.h"

#include <openssl/evp.h>
#include <stdatomic.h>

/* For as long as the program runs. Where memory was out it is tried again. */
static const EVP_MD *algorithm(void)
{
    static _Atomic(EVP_MD *) found;
    EVP_MD *md = atomic_load(&found);
    if (md != NULL)
        return md;
    EVP_MD *first = NULL;
    md = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (md == NULL || atomic_compare_exchange_strong(&found, &first, md))
        return md;
    EVP_MD_free(md); /* another thread was first */
    return first;
}

bool sha256_parts(const struct sha256_part *parts, size_t count, unsigned char digest[SHA256_BYTES])
{
    const EVP_MD *md = algorithm();
    EVP_MD_CTX *context = md != NULL ? EVP_MD_CTX_new() : NULL;
    bool done = context != NULL && EVP_DigestInit_ex2(context, md, NULL) == 1;
    for (size_t i = 0; done && i < count; i++)
        done = EVP_DigestUpdate(context, parts[i].bytes, parts[i].length) == 1;
    done = done && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

bool sha256(const void *bytes, size_t length, unsigned char digest[SHA256_BYTES])
{
    const struct sha256_part part = {bytes, length};
    return sha256_parts(&part, 1, digest);
}
