/* The names under which personal and banking data stand, and how one is found among them. */
#include "api/redact_private.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

/* --- the table ------------------------------------------------------------------ */

/* Words are joined by `_`; `*` in front or at the end stands for one word or more. An exact name
   also matches where its words are run together (`firstname`). The first row that matches counts:
   exact before wildcards, and an exception before what it is taken from. */
static const struct redact_row TABLE[] = {
    /* Names that end like ids but are what they say. */
    {"tax_id", REDACT_TAX, REDACT_DEEP},
    {"*_tax_id", REDACT_TAX, REDACT_DEEP},
    {"taxpayer_id", REDACT_TAX, REDACT_DEEP},
    {"vat_id", REDACT_TAX, REDACT_DEEP},
    {"national_id", REDACT_TAX, REDACT_DEEP},
    {"government_id", REDACT_TAX, REDACT_DEEP},
    {"passport_id", REDACT_TAX, REDACT_DEEP},
    {"voter_id", REDACT_TAX, REDACT_DEEP},
    {"license_id", REDACT_TAX, REDACT_DEEP},
    {"*_license_id", REDACT_TAX, REDACT_DEEP},
    {"email_id", REDACT_EMAIL, REDACT_DEEP},
    {"pix_id", REDACT_ACCOUNT, REDACT_DEEP},

    /* What a reader of a masked payload needs. */
    {"id", REDACT_NONE, REDACT_READABLE},
    {"*_id", REDACT_NONE, REDACT_READABLE},
    {"*_ids", REDACT_NONE, REDACT_READABLE},
    {"uuid", REDACT_NONE, REDACT_READABLE},
    {"type", REDACT_NONE, REDACT_READABLE},
    {"*_type", REDACT_NONE, REDACT_READABLE},
    {"status", REDACT_NONE, REDACT_READABLE},
    {"*_status", REDACT_NONE, REDACT_READABLE},
    {"currency", REDACT_NONE, REDACT_READABLE},
    {"*_currency", REDACT_NONE, REDACT_READABLE},
    {"amount", REDACT_NONE, REDACT_READABLE},
    {"*_amount", REDACT_NONE, REDACT_READABLE},
    {"*_fee", REDACT_NONE, REDACT_READABLE},
    {"*_percent", REDACT_NONE, REDACT_READABLE},
    {"*_count", REDACT_NONE, REDACT_READABLE},
    {"*_rail", REDACT_NONE, REDACT_READABLE},
    {"*_rails", REDACT_NONE, REDACT_READABLE},
    {"*_at", REDACT_NONE, REDACT_READABLE},
    {"*_hash", REDACT_NONE, REDACT_READABLE},
    {"chain", REDACT_NONE, REDACT_READABLE},
    {"mcc", REDACT_NONE, REDACT_READABLE}, /* what a merchant sells, ISO 18245 */
    {"*_mcc", REDACT_NONE, REDACT_READABLE},
    {"merchant_category_code", REDACT_NONE, REDACT_READABLE},
    {"event_name", REDACT_NONE, REDACT_READABLE},
    {"type_name", REDACT_NONE, REDACT_READABLE},
    {"field_name", REDACT_NONE, REDACT_READABLE},
    {"category_name", REDACT_NONE, REDACT_READABLE},
    {"status_name", REDACT_NONE, REDACT_READABLE},
    {"currency_name", REDACT_NONE, REDACT_READABLE},
    {"chain_name", REDACT_NONE, REDACT_READABLE},
    {"network_name", REDACT_NONE, REDACT_READABLE},
    {"rail_name", REDACT_NONE, REDACT_READABLE},
    {"sequence_number", REDACT_NONE, REDACT_READABLE},
    {"attempt_number", REDACT_NONE, REDACT_READABLE},
    {"version_number", REDACT_NONE, REDACT_READABLE},
    {"block_number", REDACT_NONE, REDACT_READABLE},
    {"page_number", REDACT_NONE, REDACT_READABLE},
    {"line_number", REDACT_NONE, REDACT_READABLE},

    /* Electronic mail and telephones, before the addresses that mail has. */
    {"email", REDACT_EMAIL, REDACT_DEEP},
    {"emails", REDACT_EMAIL, REDACT_DEEP},
    {"e_mail", REDACT_EMAIL, REDACT_DEEP},
    {"*_email", REDACT_EMAIL, REDACT_DEEP},
    {"*_emails", REDACT_EMAIL, REDACT_DEEP},
    {"email_*", REDACT_EMAIL, REDACT_DEEP},
    {"phone", REDACT_PHONE, REDACT_DEEP},
    {"phones", REDACT_PHONE, REDACT_DEEP},
    {"*_phone", REDACT_PHONE, REDACT_DEEP},
    {"phone_*", REDACT_PHONE, REDACT_DEEP},
    {"telephone", REDACT_PHONE, REDACT_DEEP},
    {"mobile", REDACT_PHONE, REDACT_DEEP},
    {"*_mobile", REDACT_PHONE, REDACT_DEEP},
    {"mobile_number", REDACT_PHONE, REDACT_DEEP},
    {"fax", REDACT_PHONE, REDACT_DEEP},
    {"msisdn", REDACT_PHONE, REDACT_DEEP},

    /* Wallets, before the addresses that are postal. A liquidation address is also an object. */
    {"liquidation_address", REDACT_ACCOUNT, REDACT_SHALLOW},
    {"to_address", REDACT_ACCOUNT, REDACT_DEEP},
    {"from_address", REDACT_ACCOUNT, REDACT_DEEP},
    {"wallet_address", REDACT_ACCOUNT, REDACT_DEEP},
    {"blockchain_address", REDACT_ACCOUNT, REDACT_DEEP},
    {"deposit_address", REDACT_ACCOUNT, REDACT_DEEP},
    {"crypto_address", REDACT_ACCOUNT, REDACT_DEEP},
    {"destination_address", REDACT_ACCOUNT, REDACT_DEEP},
    {"source_address", REDACT_ACCOUNT, REDACT_DEEP},

    /* Where somebody is. */
    {"address", REDACT_ADDRESS, REDACT_DEEP},
    {"addresses", REDACT_ADDRESS, REDACT_DEEP},
    {"*_address", REDACT_ADDRESS, REDACT_DEEP},
    {"*_addresses", REDACT_ADDRESS, REDACT_DEEP},
    {"address_*", REDACT_ADDRESS, REDACT_DEEP},
    {"street", REDACT_ADDRESS, REDACT_DEEP},
    {"street_*", REDACT_ADDRESS, REDACT_DEEP},
    {"*_street", REDACT_ADDRESS, REDACT_DEEP},
    {"line_1", REDACT_ADDRESS, REDACT_DEEP},
    {"line_2", REDACT_ADDRESS, REDACT_DEEP},
    {"line_3", REDACT_ADDRESS, REDACT_DEEP},
    {"house_number", REDACT_ADDRESS, REDACT_DEEP},
    {"city", REDACT_ADDRESS, REDACT_DEEP},
    {"*_city", REDACT_ADDRESS, REDACT_DEEP},
    {"town", REDACT_ADDRESS, REDACT_DEEP},
    {"postal_code", REDACT_ADDRESS, REDACT_DEEP},
    {"*_postal_code", REDACT_ADDRESS, REDACT_DEEP},
    {"post_code", REDACT_ADDRESS, REDACT_DEEP},
    {"zip", REDACT_ADDRESS, REDACT_DEEP},
    {"zip_code", REDACT_ADDRESS, REDACT_DEEP},
    {"*_zip_code", REDACT_ADDRESS, REDACT_DEEP},
    {"subdivision", REDACT_ADDRESS, REDACT_DEEP},
    {"latitude", REDACT_ADDRESS, REDACT_DEEP},
    {"longitude", REDACT_ADDRESS, REDACT_DEEP},
    {"geolocation", REDACT_ADDRESS, REDACT_DEEP},
    {"ip", REDACT_ADDRESS, REDACT_DEEP},

    /* What describes a person. */
    {"birth_date", REDACT_BIRTH, REDACT_DEEP},
    {"date_of_birth", REDACT_BIRTH, REDACT_DEEP},
    {"dob", REDACT_BIRTH, REDACT_DEEP},
    {"birthday", REDACT_BIRTH, REDACT_DEEP},
    {"birth_*", REDACT_BIRTH, REDACT_DEEP},
    {"*_birth", REDACT_BIRTH, REDACT_DEEP},
    {"*_birth_date", REDACT_BIRTH, REDACT_DEEP},
    {"nationality", REDACT_BIRTH, REDACT_DEEP},
    {"citizenship", REDACT_BIRTH, REDACT_DEEP},
    {"gender", REDACT_BIRTH, REDACT_DEEP},
    {"marital_status", REDACT_BIRTH, REDACT_DEEP},
    {"occupation", REDACT_BIRTH, REDACT_DEEP},
    {"most_recent_occupation", REDACT_BIRTH, REDACT_DEEP},

    /* Tax and documents of identity. */
    {"ssn", REDACT_TAX, REDACT_DEEP},
    {"*_ssn", REDACT_TAX, REDACT_DEEP},
    {"ssn_*", REDACT_TAX, REDACT_DEEP},
    {"itin", REDACT_TAX, REDACT_DEEP},
    {"ein", REDACT_TAX, REDACT_DEEP},
    {"tin", REDACT_TAX, REDACT_DEEP},
    {"cpf", REDACT_TAX, REDACT_DEEP},
    {"cnpj", REDACT_TAX, REDACT_DEEP},
    {"curp", REDACT_TAX, REDACT_DEEP},
    {"rfc", REDACT_TAX, REDACT_DEEP},
    {"nif", REDACT_TAX, REDACT_DEEP},
    {"nie", REDACT_TAX, REDACT_DEEP},
    {"dni", REDACT_TAX, REDACT_DEEP},
    {"pan_card", REDACT_TAX, REDACT_DEEP},
    {"aadhaar", REDACT_TAX, REDACT_DEEP},
    {"vat", REDACT_TAX, REDACT_DEEP},
    {"tax_number", REDACT_TAX, REDACT_DEEP},
    {"tax_*", REDACT_TAX, REDACT_DEEP},
    {"*_tax_number", REDACT_TAX, REDACT_DEEP},
    {"vat_number", REDACT_TAX, REDACT_DEEP},
    {"id_number", REDACT_TAX, REDACT_DEEP},
    {"identification_number", REDACT_TAX, REDACT_DEEP},
    {"*_identification_number", REDACT_TAX, REDACT_DEEP},
    {"identifying_information", REDACT_TAX, REDACT_DEEP},
    {"identity_document", REDACT_TAX, REDACT_DEEP},
    {"document_number", REDACT_TAX, REDACT_DEEP},
    {"registration_number", REDACT_TAX, REDACT_DEEP},
    {"license_number", REDACT_TAX, REDACT_DEEP},
    {"*_license_number", REDACT_TAX, REDACT_DEEP},
    {"passport", REDACT_TAX, REDACT_DEEP},
    {"passport_*", REDACT_TAX, REDACT_DEEP},
    {"image_front", REDACT_TAX, REDACT_DEEP},
    {"image_back", REDACT_TAX, REDACT_DEEP},

    /* Accounts, cards, banks. */
    {"account", REDACT_ACCOUNT, REDACT_SHALLOW},
    {"bank_account", REDACT_ACCOUNT, REDACT_SHALLOW},
    {"iban", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_iban", REDACT_ACCOUNT, REDACT_DEEP},
    {"iban_*", REDACT_ACCOUNT, REDACT_DEEP},
    {"clabe", REDACT_ACCOUNT, REDACT_DEEP},
    {"clabe_*", REDACT_ACCOUNT, REDACT_DEEP},
    {"pix", REDACT_ACCOUNT, REDACT_DEEP},
    {"pix_*", REDACT_ACCOUNT, REDACT_DEEP},
    {"br_code", REDACT_ACCOUNT, REDACT_DEEP},
    {"bic", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_bic", REDACT_ACCOUNT, REDACT_DEEP},
    {"swift", REDACT_ACCOUNT, REDACT_SHALLOW},
    {"swift_code", REDACT_ACCOUNT, REDACT_DEEP},
    {"swift_bic", REDACT_ACCOUNT, REDACT_DEEP},
    {"sort_code", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_sort_code", REDACT_ACCOUNT, REDACT_DEEP},
    {"bank_code", REDACT_ACCOUNT, REDACT_DEEP},
    {"branch_code", REDACT_ACCOUNT, REDACT_DEEP},
    {"ifsc", REDACT_ACCOUNT, REDACT_DEEP},
    {"bsb", REDACT_ACCOUNT, REDACT_DEEP},
    {"aba", REDACT_ACCOUNT, REDACT_DEEP},
    {"routing", REDACT_ACCOUNT, REDACT_DEEP},
    {"last_4", REDACT_ACCOUNT, REDACT_DEEP},
    {"last_four", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_last_4", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_last_four", REDACT_ACCOUNT, REDACT_DEEP},
    {"last_4_digits", REDACT_ACCOUNT, REDACT_DEEP},
    {"pan", REDACT_ACCOUNT, REDACT_DEEP},
    {"bin", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_bin", REDACT_ACCOUNT, REDACT_DEEP},
    {"cvv", REDACT_ACCOUNT, REDACT_DEEP},
    {"cvc", REDACT_ACCOUNT, REDACT_DEEP},
    {"expiry", REDACT_ACCOUNT, REDACT_DEEP},
    {"expiry_*", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_expiry", REDACT_ACCOUNT, REDACT_DEEP},
    {"exp_month", REDACT_ACCOUNT, REDACT_DEEP},
    {"exp_year", REDACT_ACCOUNT, REDACT_DEEP},
    {"expiration_month", REDACT_ACCOUNT, REDACT_DEEP},
    {"expiration_year", REDACT_ACCOUNT, REDACT_DEEP},
    {"wallet", REDACT_ACCOUNT, REDACT_SHALLOW},
    {"blockchain_memo", REDACT_ACCOUNT, REDACT_DEEP},
    {"account_number", REDACT_ACCOUNT, REDACT_DEEP},
    {"routing_number", REDACT_ACCOUNT, REDACT_DEEP},
    {"card_number", REDACT_ACCOUNT, REDACT_DEEP},
    {"phone_number", REDACT_PHONE, REDACT_DEEP},
    {"number", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_number", REDACT_ACCOUNT, REDACT_DEEP},
    {"*_numbers", REDACT_ACCOUNT, REDACT_DEEP},

    /* Who. */
    {"name", REDACT_NAME, REDACT_DEEP},
    {"names", REDACT_NAME, REDACT_DEEP},
    {"*_name", REDACT_NAME, REDACT_DEEP},
    {"*_names", REDACT_NAME, REDACT_DEEP},
    {"name_*", REDACT_NAME, REDACT_DEEP},
    {"first_name", REDACT_NAME, REDACT_DEEP},
    {"middle_name", REDACT_NAME, REDACT_DEEP},
    {"last_name", REDACT_NAME, REDACT_DEEP},
    {"full_name", REDACT_NAME, REDACT_DEEP},
    {"given_name", REDACT_NAME, REDACT_DEEP},
    {"family_name", REDACT_NAME, REDACT_DEEP},
    {"display_name", REDACT_NAME, REDACT_DEEP},
    {"user_name", REDACT_NAME, REDACT_DEEP},
    {"legal_name", REDACT_NAME, REDACT_DEEP},
    {"business_name", REDACT_NAME, REDACT_DEEP},
    {"company_name", REDACT_NAME, REDACT_DEEP},
    {"bank_name", REDACT_NAME, REDACT_DEEP},
    {"surname", REDACT_NAME, REDACT_DEEP},
    {"nickname", REDACT_NAME, REDACT_DEEP},
    {"account_owner", REDACT_NAME, REDACT_SHALLOW},
    {"account_holder", REDACT_NAME, REDACT_SHALLOW},
    {"cardholder", REDACT_NAME, REDACT_SHALLOW},
    {"card_holder", REDACT_NAME, REDACT_SHALLOW},
    {"owner", REDACT_NAME, REDACT_SHALLOW},
    {"holder", REDACT_NAME, REDACT_SHALLOW},
    {"beneficiary", REDACT_NAME, REDACT_SHALLOW},
    {"recipient", REDACT_NAME, REDACT_SHALLOW},
    {"sender", REDACT_NAME, REDACT_SHALLOW},
    {"payee", REDACT_NAME, REDACT_SHALLOW},
    {"payer", REDACT_NAME, REDACT_SHALLOW},
    {"originator", REDACT_NAME, REDACT_SHALLOW},
    {"remitter", REDACT_NAME, REDACT_SHALLOW},
    {"signatory", REDACT_NAME, REDACT_SHALLOW},
    {"signer", REDACT_NAME, REDACT_SHALLOW},
    {"employer", REDACT_NAME, REDACT_SHALLOW},
    {"bank", REDACT_NAME, REDACT_SHALLOW},
    {"company", REDACT_NAME, REDACT_SHALLOW},
    {"merchant", REDACT_NAME, REDACT_DEEP},

    /* What people wrote. */
    {"memo", REDACT_TEXT, REDACT_DEEP},
    {"*_memo", REDACT_TEXT, REDACT_DEEP},
    {"deposit_message", REDACT_TEXT, REDACT_DEEP},
    {"wire_message", REDACT_TEXT, REDACT_DEEP},
    {"payment_message", REDACT_TEXT, REDACT_DEEP},
    {"reference", REDACT_TEXT, REDACT_DEEP},
    {"*_reference", REDACT_TEXT, REDACT_DEEP},
    {"remittance_information", REDACT_TEXT, REDACT_DEEP},
    {"addenda", REDACT_TEXT, REDACT_DEEP},
    {"statement_descriptor", REDACT_TEXT, REDACT_DEEP},
    {"description", REDACT_TEXT, REDACT_DEEP},
    {"*_description", REDACT_TEXT, REDACT_DEEP},
    {"note", REDACT_TEXT, REDACT_DEEP},
    {"notes", REDACT_TEXT, REDACT_DEEP},
    {"comment", REDACT_TEXT, REDACT_DEEP},
    {"comments", REDACT_TEXT, REDACT_DEEP},

    /* What lets somebody in. */
    {"password", REDACT_SECRET, REDACT_DEEP},
    {"passphrase", REDACT_SECRET, REDACT_DEEP},
    {"secret", REDACT_SECRET, REDACT_DEEP},
    {"*_secret", REDACT_SECRET, REDACT_DEEP},
    {"api_key", REDACT_SECRET, REDACT_DEEP},
    {"access_token", REDACT_SECRET, REDACT_DEEP},
    {"refresh_token", REDACT_SECRET, REDACT_DEEP},
    {"session_token", REDACT_SECRET, REDACT_DEEP},
    {"auth_token", REDACT_SECRET, REDACT_DEEP},
    {"id_token", REDACT_SECRET, REDACT_DEEP},
    {"authorization", REDACT_SECRET, REDACT_DEEP},
    {"private_key", REDACT_SECRET, REDACT_DEEP},
    {"pin", REDACT_SECRET, REDACT_SHALLOW},
    {"otp", REDACT_SECRET, REDACT_SHALLOW},
    {"kyc_link", REDACT_SECRET, REDACT_SHALLOW},
    {"tos_link", REDACT_SECRET, REDACT_SHALLOW},
};

/* --- its index --------------------------------------------------------------------- */

/*
 * A payload of a megabyte has up to 350,000 names, so a name is not held against every row. It is
 * looked up by hash: run together, for the exact rows; and for the wildcards by its end from each
 * `_` on and by its beginning up to each `_`, which is why a `*` always stands beside one. (Row by
 * row, a megabyte of unknown names took 150 ms; it takes 8.)
 */
enum {
    TABLE_COUNT = sizeof TABLE / sizeof TABLE[0],
    SLOTS = 1024, /* a power of two */
    NO_ROW = 0xFFFF,
};
static_assert(2 * TABLE_COUNT < SLOTS, "the index is more than half empty");

/* How a row is held against a name: what seeds the hash. */
enum form {
    EXACT = 1,
    BEGINS = 2,
    ENDS = 3,
};

/* Open addressing: a row is in the first free slot from that of its hash on. Rows with one hash are
   met in the table's order. */
static struct {
    uint32_t hash;
    uint16_t row;
} slots[SLOTS];
static size_t longest_beginning;
static size_t longest_end;

static uint32_t hash_more(uint32_t hash, char c)
{
    return (hash ^ (unsigned char)c) * 0x01000193u; /* FNV-1a */
}

static enum form form_of(const char *pattern)
{
    if (pattern[0] == '*')
        return ENDS;
    return pattern[strlen(pattern) - 1] == '*' ? BEGINS : EXACT;
}

/* An end is hashed from its last byte on: so one pass over a name has the hashes of all of them. */
static uint32_t hash_pattern(const char *pattern)
{
    enum form form = form_of(pattern);
    size_t length = strlen(pattern);
    uint32_t hash = form;
    for (size_t i = 0; i < length; i++) {
        char c = pattern[form == ENDS ? length - 1 - i : i];
        if (c != '*' && (form != EXACT || c != '_'))
            hash = hash_more(hash, c);
    }
    return hash;
}

static void make_index(void)
{
    for (size_t i = 0; i < SLOTS; i++)
        slots[i].row = NO_ROW;
    for (size_t row = 0; row < TABLE_COUNT; row++) {
        const char *pattern = TABLE[row].pattern;
        enum form form = form_of(pattern);
        size_t length = strlen(pattern) - 1;
        assert(form != ENDS || pattern[1] == '_');
        assert(form != BEGINS || pattern[length - 1] == '_');
        if (form == ENDS && longest_end < length)
            longest_end = length;
        if (form == BEGINS && longest_beginning < length)
            longest_beginning = length;
        uint32_t hash = hash_pattern(pattern);
        size_t at = hash % SLOTS;
        while (slots[at].row != NO_ROW)
            at = (at + 1) % SLOTS;
        slots[at].hash = hash;
        slots[at].row = (uint16_t)row;
    }
}

/* `pattern` without its underscores, against the words run together. */
static bool matches_squeezed(const char *pattern, const struct redact_words *words)
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

static bool matches(const char *pattern, enum form form, const struct redact_words *words)
{
    size_t length = strlen(pattern) - 1;
    if (form == EXACT)
        return matches_squeezed(pattern, words);
    if (form == ENDS)
        return redact_words_end(words, pattern + 1, length);
    return words->length > length && memcmp(words->joined, pattern, length) == 0;
}

static uint16_t look_up(uint32_t hash, enum form form, const struct redact_words *words)
{
    for (size_t at = hash % SLOTS; slots[at].row != NO_ROW; at = (at + 1) % SLOTS) {
        if (slots[at].hash != hash)
            continue;
        const char *pattern = TABLE[slots[at].row].pattern;
        if (form_of(pattern) == form && matches(pattern, form, words))
            return slots[at].row;
    }
    return NO_ROW;
}

static uint16_t first_of(uint16_t one, uint16_t other)
{
    return one < other ? one : other;
}

static uint16_t look_up_exact(const struct redact_words *words)
{
    uint32_t hash = EXACT;
    for (size_t i = 0; i < words->squeezed_length; i++)
        hash = hash_more(hash, words->squeezed[i]);
    return look_up(hash, EXACT, words);
}

static uint16_t look_up_ends(const struct redact_words *words)
{
    uint16_t row = NO_ROW;
    uint32_t hash = ENDS;
    for (size_t i = words->length; i-- > 1 && words->length - i <= longest_end;) {
        hash = hash_more(hash, words->joined[i]);
        if (words->joined[i] == '_')
            row = first_of(row, look_up(hash, ENDS, words));
    }
    return row;
}

static uint16_t look_up_beginnings(const struct redact_words *words)
{
    uint16_t row = NO_ROW;
    uint32_t hash = BEGINS;
    for (size_t i = 0; i < words->length && i < longest_beginning; i++) {
        hash = hash_more(hash, words->joined[i]);
        if (words->joined[i] == '_')
            row = first_of(row, look_up(hash, BEGINS, words));
    }
    return row;
}

const struct redact_row *redact_row_find(const struct redact_words *words)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* exports are masked on threads of their own */
    (void)pthread_once(&once, make_index);
    uint16_t row = look_up_exact(words);
    if (row == NO_ROW && words->length > words->squeezed_length) /* more words than one */
        row = first_of(look_up_ends(words), look_up_beginnings(words));
    return row != NO_ROW ? &TABLE[row] : NULL;
}
