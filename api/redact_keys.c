/* The names under which personal and banking data stand. */
#include "api/redact_private.h"

#include <ctype.h>
#include <string.h>

/* --- the table ------------------------------------------------------------------ */

enum scope {
    DEEP,     /* the value, and all that is inside it */
    SHALLOW,  /* the value, and elements of a list; what has names of its own is judged by them */
    READABLE, /* stays, also inside something that is hidden */
};

/* Words are joined by `_`; `*` in front or at the end stands for one word or more. An exact name
   also matches where its words are run together (`firstname`). The first row that matches counts:
   exact before wildcards, and an exception before what it is taken from. */
static const struct row {
    const char *pattern;
    enum redact_kind kind;
    enum scope scope;
} TABLE[] = {
    /* Names that end like ids but are what they say. */
    {"tax_id", REDACT_TAX, DEEP},
    {"*_tax_id", REDACT_TAX, DEEP},
    {"taxpayer_id", REDACT_TAX, DEEP},
    {"vat_id", REDACT_TAX, DEEP},
    {"national_id", REDACT_TAX, DEEP},
    {"government_id", REDACT_TAX, DEEP},
    {"passport_id", REDACT_TAX, DEEP},
    {"voter_id", REDACT_TAX, DEEP},
    {"license_id", REDACT_TAX, DEEP},
    {"*_license_id", REDACT_TAX, DEEP},
    {"email_id", REDACT_EMAIL, DEEP},
    {"pix_id", REDACT_ACCOUNT, DEEP},

    /* What a reader of a masked payload needs. */
    {"id", REDACT_NONE, READABLE},
    {"*_id", REDACT_NONE, READABLE},
    {"*_ids", REDACT_NONE, READABLE},
    {"uuid", REDACT_NONE, READABLE},
    {"type", REDACT_NONE, READABLE},
    {"*_type", REDACT_NONE, READABLE},
    {"status", REDACT_NONE, READABLE},
    {"*_status", REDACT_NONE, READABLE},
    {"currency", REDACT_NONE, READABLE},
    {"*_currency", REDACT_NONE, READABLE},
    {"amount", REDACT_NONE, READABLE},
    {"*_amount", REDACT_NONE, READABLE},
    {"*_fee", REDACT_NONE, READABLE},
    {"*_percent", REDACT_NONE, READABLE},
    {"*_count", REDACT_NONE, READABLE},
    {"*_rail", REDACT_NONE, READABLE},
    {"*_rails", REDACT_NONE, READABLE},
    {"*_at", REDACT_NONE, READABLE},
    {"*_hash", REDACT_NONE, READABLE},
    {"chain", REDACT_NONE, READABLE},
    {"event_name", REDACT_NONE, READABLE},
    {"type_name", REDACT_NONE, READABLE},
    {"field_name", REDACT_NONE, READABLE},
    {"category_name", REDACT_NONE, READABLE},
    {"status_name", REDACT_NONE, READABLE},
    {"currency_name", REDACT_NONE, READABLE},
    {"chain_name", REDACT_NONE, READABLE},
    {"network_name", REDACT_NONE, READABLE},
    {"rail_name", REDACT_NONE, READABLE},
    {"sequence_number", REDACT_NONE, READABLE},
    {"attempt_number", REDACT_NONE, READABLE},
    {"version_number", REDACT_NONE, READABLE},
    {"block_number", REDACT_NONE, READABLE},
    {"page_number", REDACT_NONE, READABLE},
    {"line_number", REDACT_NONE, READABLE},

    /* Electronic mail and telephones, before the addresses that mail has. */
    {"email", REDACT_EMAIL, DEEP},
    {"emails", REDACT_EMAIL, DEEP},
    {"e_mail", REDACT_EMAIL, DEEP},
    {"*_email", REDACT_EMAIL, DEEP},
    {"*_emails", REDACT_EMAIL, DEEP},
    {"email_*", REDACT_EMAIL, DEEP},
    {"phone", REDACT_PHONE, DEEP},
    {"phones", REDACT_PHONE, DEEP},
    {"*_phone", REDACT_PHONE, DEEP},
    {"phone_*", REDACT_PHONE, DEEP},
    {"telephone", REDACT_PHONE, DEEP},
    {"mobile", REDACT_PHONE, DEEP},
    {"*_mobile", REDACT_PHONE, DEEP},
    {"mobile_number", REDACT_PHONE, DEEP},
    {"fax", REDACT_PHONE, DEEP},
    {"msisdn", REDACT_PHONE, DEEP},

    /* Wallets, before the addresses that are postal. A liquidation address is also an object. */
    {"liquidation_address", REDACT_ACCOUNT, SHALLOW},
    {"to_address", REDACT_ACCOUNT, DEEP},
    {"from_address", REDACT_ACCOUNT, DEEP},
    {"wallet_address", REDACT_ACCOUNT, DEEP},
    {"blockchain_address", REDACT_ACCOUNT, DEEP},
    {"deposit_address", REDACT_ACCOUNT, DEEP},
    {"crypto_address", REDACT_ACCOUNT, DEEP},
    {"destination_address", REDACT_ACCOUNT, DEEP},
    {"source_address", REDACT_ACCOUNT, DEEP},

    /* Where somebody is. */
    {"address", REDACT_ADDRESS, DEEP},
    {"addresses", REDACT_ADDRESS, DEEP},
    {"*_address", REDACT_ADDRESS, DEEP},
    {"*_addresses", REDACT_ADDRESS, DEEP},
    {"address_*", REDACT_ADDRESS, DEEP},
    {"street", REDACT_ADDRESS, DEEP},
    {"street_*", REDACT_ADDRESS, DEEP},
    {"*_street", REDACT_ADDRESS, DEEP},
    {"line_1", REDACT_ADDRESS, DEEP},
    {"line_2", REDACT_ADDRESS, DEEP},
    {"line_3", REDACT_ADDRESS, DEEP},
    {"house_number", REDACT_ADDRESS, DEEP},
    {"city", REDACT_ADDRESS, DEEP},
    {"*_city", REDACT_ADDRESS, DEEP},
    {"town", REDACT_ADDRESS, DEEP},
    {"postal_code", REDACT_ADDRESS, DEEP},
    {"*_postal_code", REDACT_ADDRESS, DEEP},
    {"post_code", REDACT_ADDRESS, DEEP},
    {"zip", REDACT_ADDRESS, DEEP},
    {"zip_code", REDACT_ADDRESS, DEEP},
    {"*_zip_code", REDACT_ADDRESS, DEEP},
    {"subdivision", REDACT_ADDRESS, DEEP},
    {"latitude", REDACT_ADDRESS, DEEP},
    {"longitude", REDACT_ADDRESS, DEEP},
    {"geolocation", REDACT_ADDRESS, DEEP},
    {"ip", REDACT_ADDRESS, DEEP},

    /* What describes a person. */
    {"birth_date", REDACT_BIRTH, DEEP},
    {"date_of_birth", REDACT_BIRTH, DEEP},
    {"dob", REDACT_BIRTH, DEEP},
    {"birthday", REDACT_BIRTH, DEEP},
    {"birth_*", REDACT_BIRTH, DEEP},
    {"*_birth", REDACT_BIRTH, DEEP},
    {"*_birth_date", REDACT_BIRTH, DEEP},
    {"nationality", REDACT_BIRTH, DEEP},
    {"citizenship", REDACT_BIRTH, DEEP},
    {"gender", REDACT_BIRTH, DEEP},
    {"marital_status", REDACT_BIRTH, DEEP},
    {"occupation", REDACT_BIRTH, DEEP},
    {"most_recent_occupation", REDACT_BIRTH, DEEP},

    /* Tax and documents of identity. */
    {"ssn", REDACT_TAX, DEEP},
    {"*_ssn", REDACT_TAX, DEEP},
    {"ssn_*", REDACT_TAX, DEEP},
    {"itin", REDACT_TAX, DEEP},
    {"ein", REDACT_TAX, DEEP},
    {"tin", REDACT_TAX, DEEP},
    {"cpf", REDACT_TAX, DEEP},
    {"cnpj", REDACT_TAX, DEEP},
    {"curp", REDACT_TAX, DEEP},
    {"rfc", REDACT_TAX, DEEP},
    {"nif", REDACT_TAX, DEEP},
    {"nie", REDACT_TAX, DEEP},
    {"dni", REDACT_TAX, DEEP},
    {"pan_card", REDACT_TAX, DEEP},
    {"aadhaar", REDACT_TAX, DEEP},
    {"vat", REDACT_TAX, DEEP},
    {"tax_number", REDACT_TAX, DEEP},
    {"tax_*", REDACT_TAX, DEEP},
    {"*_tax_number", REDACT_TAX, DEEP},
    {"vat_number", REDACT_TAX, DEEP},
    {"id_number", REDACT_TAX, DEEP},
    {"identification_number", REDACT_TAX, DEEP},
    {"*_identification_number", REDACT_TAX, DEEP},
    {"identifying_information", REDACT_TAX, DEEP},
    {"identity_document", REDACT_TAX, DEEP},
    {"document_number", REDACT_TAX, DEEP},
    {"registration_number", REDACT_TAX, DEEP},
    {"license_number", REDACT_TAX, DEEP},
    {"*_license_number", REDACT_TAX, DEEP},
    {"passport", REDACT_TAX, DEEP},
    {"passport_*", REDACT_TAX, DEEP},
    {"image_front", REDACT_TAX, DEEP},
    {"image_back", REDACT_TAX, DEEP},

    /* Accounts, cards, banks. */
    {"account", REDACT_ACCOUNT, SHALLOW},
    {"bank_account", REDACT_ACCOUNT, SHALLOW},
    {"iban", REDACT_ACCOUNT, DEEP},
    {"*_iban", REDACT_ACCOUNT, DEEP},
    {"iban_*", REDACT_ACCOUNT, DEEP},
    {"clabe", REDACT_ACCOUNT, DEEP},
    {"clabe_*", REDACT_ACCOUNT, DEEP},
    {"pix", REDACT_ACCOUNT, DEEP},
    {"pix_*", REDACT_ACCOUNT, DEEP},
    {"br_code", REDACT_ACCOUNT, DEEP},
    {"bic", REDACT_ACCOUNT, DEEP},
    {"*_bic", REDACT_ACCOUNT, DEEP},
    {"swift", REDACT_ACCOUNT, SHALLOW},
    {"swift_code", REDACT_ACCOUNT, DEEP},
    {"swift_bic", REDACT_ACCOUNT, DEEP},
    {"sort_code", REDACT_ACCOUNT, DEEP},
    {"*_sort_code", REDACT_ACCOUNT, DEEP},
    {"bank_code", REDACT_ACCOUNT, DEEP},
    {"branch_code", REDACT_ACCOUNT, DEEP},
    {"ifsc", REDACT_ACCOUNT, DEEP},
    {"bsb", REDACT_ACCOUNT, DEEP},
    {"aba", REDACT_ACCOUNT, DEEP},
    {"routing", REDACT_ACCOUNT, DEEP},
    {"last_4", REDACT_ACCOUNT, DEEP},
    {"last_four", REDACT_ACCOUNT, DEEP},
    {"*_last_4", REDACT_ACCOUNT, DEEP},
    {"*_last_four", REDACT_ACCOUNT, DEEP},
    {"last_4_digits", REDACT_ACCOUNT, DEEP},
    {"pan", REDACT_ACCOUNT, DEEP},
    {"bin", REDACT_ACCOUNT, DEEP},
    {"*_bin", REDACT_ACCOUNT, DEEP},
    {"cvv", REDACT_ACCOUNT, DEEP},
    {"cvc", REDACT_ACCOUNT, DEEP},
    {"expiry", REDACT_ACCOUNT, DEEP},
    {"expiry_*", REDACT_ACCOUNT, DEEP},
    {"*_expiry", REDACT_ACCOUNT, DEEP},
    {"exp_month", REDACT_ACCOUNT, DEEP},
    {"exp_year", REDACT_ACCOUNT, DEEP},
    {"expiration_month", REDACT_ACCOUNT, DEEP},
    {"expiration_year", REDACT_ACCOUNT, DEEP},
    {"wallet", REDACT_ACCOUNT, SHALLOW},
    {"blockchain_memo", REDACT_ACCOUNT, DEEP},
    {"account_number", REDACT_ACCOUNT, DEEP},
    {"routing_number", REDACT_ACCOUNT, DEEP},
    {"card_number", REDACT_ACCOUNT, DEEP},
    {"phone_number", REDACT_PHONE, DEEP},
    {"number", REDACT_ACCOUNT, DEEP},
    {"*_number", REDACT_ACCOUNT, DEEP},
    {"*_numbers", REDACT_ACCOUNT, DEEP},

    /* Who. */
    {"name", REDACT_NAME, DEEP},
    {"names", REDACT_NAME, DEEP},
    {"*_name", REDACT_NAME, DEEP},
    {"*_names", REDACT_NAME, DEEP},
    {"name_*", REDACT_NAME, DEEP},
    {"first_name", REDACT_NAME, DEEP},
    {"middle_name", REDACT_NAME, DEEP},
    {"last_name", REDACT_NAME, DEEP},
    {"full_name", REDACT_NAME, DEEP},
    {"given_name", REDACT_NAME, DEEP},
    {"family_name", REDACT_NAME, DEEP},
    {"display_name", REDACT_NAME, DEEP},
    {"user_name", REDACT_NAME, DEEP},
    {"legal_name", REDACT_NAME, DEEP},
    {"business_name", REDACT_NAME, DEEP},
    {"company_name", REDACT_NAME, DEEP},
    {"bank_name", REDACT_NAME, DEEP},
    {"surname", REDACT_NAME, DEEP},
    {"nickname", REDACT_NAME, DEEP},
    {"account_owner", REDACT_NAME, SHALLOW},
    {"account_holder", REDACT_NAME, SHALLOW},
    {"cardholder", REDACT_NAME, SHALLOW},
    {"card_holder", REDACT_NAME, SHALLOW},
    {"owner", REDACT_NAME, SHALLOW},
    {"holder", REDACT_NAME, SHALLOW},
    {"beneficiary", REDACT_NAME, SHALLOW},
    {"recipient", REDACT_NAME, SHALLOW},
    {"sender", REDACT_NAME, SHALLOW},
    {"payee", REDACT_NAME, SHALLOW},
    {"payer", REDACT_NAME, SHALLOW},
    {"originator", REDACT_NAME, SHALLOW},
    {"remitter", REDACT_NAME, SHALLOW},
    {"signatory", REDACT_NAME, SHALLOW},
    {"signer", REDACT_NAME, SHALLOW},
    {"employer", REDACT_NAME, SHALLOW},
    {"bank", REDACT_NAME, SHALLOW},
    {"company", REDACT_NAME, SHALLOW},
    {"merchant", REDACT_NAME, DEEP},

    /* What people wrote. */
    {"memo", REDACT_TEXT, DEEP},
    {"*_memo", REDACT_TEXT, DEEP},
    {"deposit_message", REDACT_TEXT, DEEP},
    {"wire_message", REDACT_TEXT, DEEP},
    {"payment_message", REDACT_TEXT, DEEP},
    {"reference", REDACT_TEXT, DEEP},
    {"*_reference", REDACT_TEXT, DEEP},
    {"remittance_information", REDACT_TEXT, DEEP},
    {"addenda", REDACT_TEXT, DEEP},
    {"statement_descriptor", REDACT_TEXT, DEEP},
    {"description", REDACT_TEXT, DEEP},
    {"*_description", REDACT_TEXT, DEEP},
    {"note", REDACT_TEXT, DEEP},
    {"notes", REDACT_TEXT, DEEP},
    {"comment", REDACT_TEXT, DEEP},
    {"comments", REDACT_TEXT, DEEP},

    /* What lets somebody in. */
    {"password", REDACT_SECRET, DEEP},
    {"passphrase", REDACT_SECRET, DEEP},
    {"secret", REDACT_SECRET, DEEP},
    {"*_secret", REDACT_SECRET, DEEP},
    {"api_key", REDACT_SECRET, DEEP},
    {"access_token", REDACT_SECRET, DEEP},
    {"refresh_token", REDACT_SECRET, DEEP},
    {"session_token", REDACT_SECRET, DEEP},
    {"auth_token", REDACT_SECRET, DEEP},
    {"id_token", REDACT_SECRET, DEEP},
    {"authorization", REDACT_SECRET, DEEP},
    {"private_key", REDACT_SECRET, DEEP},
    {"pin", REDACT_SECRET, SHALLOW},
    {"otp", REDACT_SECRET, SHALLOW},
    {"kyc_link", REDACT_SECRET, SHALLOW},
    {"tos_link", REDACT_SECRET, SHALLOW},
};

enum { TABLE_COUNT = sizeof TABLE / sizeof TABLE[0] };

/* --- names in one style ------------------------------------------------------------ */

/* A longer name is judged by its end, which says what it is. */
enum { NAME_MAX_BYTES = 96 };

struct words {
    char joined[2 * NAME_MAX_BYTES + 1]; /* "last_4" */
    size_t length;
    char squeezed[NAME_MAX_BYTES + 1]; /* "last4" */
    size_t squeezed_length;
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* lastFour, LastFour, IBANNumber, last4: a word begins where the kind of character changes. */
static bool begins_word(const char *name, size_t length, size_t i)
{
    char before = name[i - 1];
    char here = name[i];
    if (is_digit(here) != is_digit(before))
        return true;
    if (!is_upper(here))
        return false;
    bool lower_follows = i + 1 < length && is_lower(name[i + 1]);
    return !is_upper(before) || lower_follows;
}

static void split_words(struct words *words, const char *name, size_t length)
{
    if (length > NAME_MAX_BYTES) {
        name += length - NAME_MAX_BYTES;
        length = NAME_MAX_BYTES;
    }
    words->length = 0;
    words->squeezed_length = 0;
    bool gap = false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool letter = is_upper(c) || is_lower(c) || is_digit(c);
        if (!letter) {
            gap = true;
            continue;
        }
        gap |= i > 0 && begins_word(name, length, i);
        if (gap && words->length > 0)
            words->joined[words->length++] = '_';
        gap = false;
        char lower = (char)(is_upper(c) ? c - 'A' + 'a' : c);
        words->joined[words->length++] = lower;
        words->squeezed[words->squeezed_length++] = lower;
    }
    words->joined[words->length] = '\0';
    words->squeezed[words->squeezed_length] = '\0';
}

/* --- matching --------------------------------------------------------------------- */

static bool ends_with(const struct words *words, const char *end, size_t length)
{
    return words->length > length &&
           memcmp(words->joined + words->length - length, end, length) == 0;
}

/* `pattern` without its underscores, against the words run together. */
static bool matches_squeezed(const char *pattern, const struct words *words)
{
    size_t at = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '_')
            continue;
        if (at == words->squeezed_length || words->squeezed[at] != *pattern)
            return false;
        at++;
    }
    return at == words->squeezed_length;
}

static bool matches_wildcard(const char *pattern, const struct words *words)
{
    size_t length = strlen(pattern);
    if (pattern[0] == '*')
        return ends_with(words, pattern + 1, length - 1);
    return words->length > length - 1 && memcmp(words->joined, pattern, length - 1) == 0;
}

static bool is_wildcard(const char *pattern)
{
    return pattern[0] == '*' || pattern[strlen(pattern) - 1] == '*';
}

static const struct row *find_row(const struct words *words)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (TABLE[i].pattern[0] == words->squeezed[0] && !is_wildcard(TABLE[i].pattern) &&
            matches_squeezed(TABLE[i].pattern, words))
            return &TABLE[i];
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (is_wildcard(TABLE[i].pattern) && matches_wildcard(TABLE[i].pattern, words))
            return &TABLE[i];
    return NULL;
}

static bool says_changes(const struct words *words)
{
    return strcmp(words->joined, "changes") == 0 || ends_with(words, "_changes", 8) ||
           strcmp(words->joined, "diff") == 0 || strcmp(words->joined, "patch") == 0;
}

static struct redact_name judge_one(const char *name, size_t length)
{
    struct words words;
    split_words(&words, name, length);
    struct redact_name judged = {.changes = says_changes(&words)};
    const struct row *row = words.length > 0 ? find_row(&words) : NULL;
    if (row == NULL)
        return judged;
    judged.kind = row->kind;
    judged.deep = row->scope == DEEP;
    judged.readable = row->scope == READABLE;
    return judged;
}

static bool separates(char c)
{
    return c == '.' || c == '/' || c == '[' || c == ']';
}

/* A name may be a path: `address.city`, `/account/last_4`, `owners[0].email`. Its last part says
   what the value is, and a part before it may hide all that is below. */
struct redact_name redact_name_judge(const char *name, size_t length)
{
    enum { PARTS_MAX = 8 };
    struct redact_name judged = {0};
    struct redact_name above = {0};
    size_t parts = 0;
    size_t at = 0;
    while (at < length && parts < PARTS_MAX) {
        size_t end = at;
        while (end < length && !separates(name[end]))
            end++;
        bool index = end > at;
        for (size_t i = at; i < end; i++)
            index &= is_digit(name[i]);
        if (end > at && !(index && parts > 0)) {
            if (judged.kind != REDACT_NONE && judged.deep)
                above = judged;
            judged = judge_one(name + at, end - at);
            parts++;
        }
        at = end + 1;
    }
    if (at < length) /* more parts than anybody writes: by the end of it, and by what is above */
        judged = judge_one(name + at, length - at);
    if (judged.kind == REDACT_NONE && !judged.readable && above.kind != REDACT_NONE) {
        above.changes = judged.changes;
        return above;
    }
    return judged;
}

enum redact_kind redact_name_kind(const char *name, size_t length)
{
    return redact_name_judge(name, length).kind;
}

static bool is_one_of(const char *const *list, const char *name, size_t length)
{
    for (; *list != NULL; list++)
        if (strlen(*list) == length && strncasecmp(*list, name, length) == 0)
            return true;
    return false;
}

bool redact_name_names_field(const char *name, size_t length)
{
    static const char *const names[] = {"field", "path",     "key", "attribute",
                                        "name",  "property", NULL};
    return is_one_of(names, name, length);
}

bool redact_name_is_change(const char *name, size_t length)
{
    static const char *const names[] = {"old",    "new",       "before",   "after",     "from",
                                        "to",     "previous",  "current",  "old_value", "value",
                                        "values", "new_value", "oldValue", "newValue",  NULL};
    return is_one_of(names, name, length);
}

const char *redact_kind_name(enum redact_kind kind)
{
    static const char *const names[] = {
        [REDACT_NONE] = "",           [REDACT_NAME] = "name",
        [REDACT_ADDRESS] = "address", [REDACT_EMAIL] = "e-mail",
        [REDACT_PHONE] = "phone",     [REDACT_BIRTH] = "person",
        [REDACT_ACCOUNT] = "account", [REDACT_TAX] = "tax or document id",
        [REDACT_TEXT] = "free text",  [REDACT_SECRET] = "secret",
    };
    return names[kind];
}
