#include "api/sandbox_objects.h"

#include "api/contract.h"
#include "api/sandbox_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- the cast ------------------------------------------------------------- */

static const struct sandbox_person PEOPLE[] = {
    {"Zoë", "Müller", "zoe.mueller@example.com", "DEU"},
    {"José", "Álvarez Peña", "jose.alvarez@example.org", "ESP"},
    {"Nguyễn", "Thị Minh Anh", "minh.anh@example.net", "VNM"},
    {"Łukasz", "Wójcik", "lukasz.wojcik@example.com", "POL"},
    {"花子", "山田", "hanako.yamada@example.jp", "JPN"},
    {"Олена", "Шевченко", "olena@example.com", "UKR"},
    {"Søren", "Ågaard", "soren.aagaard@example.dk", "DNK"},
    {"Chidi", "Okonkwo", "chidi.okonkwo@example.com", "NGA"},
    {"Priya", "Raghavan", "priya.raghavan@example.in", "IND"},
    {"민준", "김", "minjun.kim@example.kr", "KOR"},
    {"Grace", "O'Connor", "grace.oconnor@example.ie", "IRL"},
    {"Mehmet", "Yıldız", "mehmet.yildiz@example.com", "TUR"},
};

static const struct sandbox_shop SHOPS[] = {
    {"Café Zürich", "Berlin", "5812"},       {"寿司 Zanmai", "東京", "5812"},
    {"O'Reilly & Sons", "Dublin", "5411"},   {"MTA*NYCT PAYGO", "New York", "4111"},
    {"Librería \"La Ñ\"", "Madrid", "5942"}, {"Kraków Główny", "Kraków", "4112"},
};

static const char *const BANKS[] = {"Lead Bank", "Banco del Río", "Sparkasse Köln", "Chase"};
static const char *const CHAINS[] = {"polygon", "base", "solana", "ethereum"};
static const char *const RAILS[] = {"ach_push", "wire", "sepa", "spei"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

void sandbox_cast_draw(struct sandbox_cast *cast, struct sandbox_random *random)
{
    static const char digits[] = "0123456789";
    static const char hex[] = "0123456789abcdef";
    cast->person = &PEOPLE[sandbox_random_below(random, COUNT(PEOPLE))];
    cast->shop = &SHOPS[sandbox_random_below(random, COUNT(SHOPS))];
    cast->bank = BANKS[sandbox_random_below(random, COUNT(BANKS))];
    cast->chain = CHAINS[sandbox_random_below(random, COUNT(CHAINS))];
    cast->rail = RAILS[sandbox_random_below(random, COUNT(RAILS))];
    cast->cents = 500 + (int64_t)sandbox_random_below(random, 500000);
    for (size_t i = 0; i < SANDBOX_OBJECT_KINDS; i++)
        sandbox_random_uuid(random, cast->ids[i]);
    sandbox_random_text(random, digits, cast->last_4, sizeof cast->last_4 - 1);
    sandbox_random_text(random, digits, cast->account, sizeof cast->account - 1);
    sandbox_random_text(random, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789", cast->memo,
                        sizeof cast->memo - 1);
    memcpy(cast->address, "0x", 2);
    sandbox_random_text(random, hex, cast->address + 2, sizeof cast->address - 3);
    memcpy(cast->hash, "0x", 2);
    sandbox_random_text(random, hex, cast->hash + 2, sizeof cast->hash - 3);
}

const char *sandbox_cast_id(const struct sandbox_cast *cast, const char *category)
{
    size_t kind = 0;
    while (kind < SANDBOX_OBJECT_KINDS - 1 && CONTRACT_CATEGORIES[kind] != NULL &&
           strcmp(CONTRACT_CATEGORIES[kind], category) != 0)
        kind++;
    return cast->ids[kind];
}

/* --- members that several objects share -------------------------------------- */

static void write_id(struct buffer *out, const struct sandbox_scene *scene)
{
    sandbox_json_member(out, "id", sandbox_cast_id(scene->cast, scene->category));
}

static void write_reference(struct buffer *out, const struct sandbox_scene *scene, const char *name,
                            const char *category)
{
    sandbox_json_member(out, name, sandbox_cast_id(scene->cast, category));
}

static void write_status(struct buffer *out, const struct sandbox_scene *scene)
{
    sandbox_json_member(out, sandbox_object_status_name(scene->category), scene->status);
}

static void write_times(struct buffer *out, const struct sandbox_scene *scene)
{
    sandbox_json_member_time(out, "created_at", scene->began_ms);
    sandbox_json_member_time(out, "updated_at", scene->now_ms);
}

/* Amounts are strings: they must not pass through a binary fraction. */
static void write_amount(struct buffer *out, const char *name, int64_t cents)
{
    sandbox_json_name(out, name);
    buffer_printf(out, "\"%" PRId64 ".%02" PRId64 "\"", cents / 100, cents % 100);
}

static int64_t fee_of(const struct sandbox_scene *scene)
{
    return scene->cast->cents / 200;
}

static bool is_settled(const struct sandbox_scene *scene)
{
    return scene->status != NULL && strcmp(scene->status, "payment_processed") == 0;
}

static void begin_object(struct buffer *out, const char *name)
{
    sandbox_json_name(out, name);
    buffer_append_string(out, "{");
}

static void end_object(struct buffer *out)
{
    buffer_append_string(out, "}");
}

static void write_crypto_destination(struct buffer *out, const struct sandbox_scene *scene)
{
    begin_object(out, "destination");
    sandbox_json_member(out, "payment_rail", scene->cast->chain);
    sandbox_json_member(out, "currency", "usdc");
    sandbox_json_member(out, "to_address", scene->cast->address);
    end_object(out);
}

static void write_receipt(struct buffer *out, const struct sandbox_scene *scene)
{
    begin_object(out, "receipt");
    write_amount(out, "initial_amount", scene->cast->cents);
    write_amount(out, "developer_fee", fee_of(scene));
    write_amount(out, "exchange_fee", 0);
    write_amount(out, "subtotal_amount", scene->cast->cents - fee_of(scene));
    if (is_settled(scene)) {
        write_amount(out, "final_amount", scene->cast->cents - fee_of(scene));
        sandbox_json_member(out, "destination_tx_hash", scene->cast->hash);
    }
    end_object(out);
}

static void write_deposit_instructions(struct buffer *out, const struct sandbox_scene *scene)
{
    begin_object(out, "source_deposit_instructions");
    sandbox_json_member(out, "payment_rail", scene->cast->rail);
    sandbox_json_member(out, "currency", "usd");
    sandbox_json_member(out, "bank_name", scene->cast->bank);
    sandbox_json_member(out, "bank_account_number", scene->cast->account);
    sandbox_json_member(out, "deposit_message", scene->cast->memo);
    end_object(out);
}

/* --- one writer a category ----------------------------------------------------- */

static void write_customer(struct buffer *out, const struct sandbox_scene *scene)
{
    const struct sandbox_person *person = scene->cast->person;
    bool active = scene->status != NULL && strcmp(scene->status, "active") == 0;
    sandbox_json_member(out, "type", "individual");
    sandbox_json_member(out, "first_name", person->first);
    sandbox_json_member(out, "last_name", person->last);
    sandbox_json_member(out, "email", person->email);
    write_status(out, scene);
    begin_object(out, "address");
    sandbox_json_member(out, "country", person->country);
    sandbox_json_member(out, "state", NULL);
    end_object(out);
    sandbox_json_name(out, "capabilities");
    buffer_printf(out, "{\"payin_crypto\":\"%s\",\"payout_fiat\":\"%s\"}",
                  active ? "active" : "pending", active ? "active" : "pending");
    sandbox_json_name(out, "requirements_due");
    buffer_append_string(out, active ? "[]" : "[\"external_account\",\"id_verification\"]");
    sandbox_json_name(out, "has_accepted_terms_of_service");
    buffer_append_string(out, "true");
}

static void write_kyc_link(struct buffer *out, const struct sandbox_scene *scene)
{
    const struct sandbox_person *person = scene->cast->person;
    sandbox_json_name(out, "full_name");
    buffer_printf(out, "\"%s %s\"", person->first, person->last);
    sandbox_json_member(out, "email", person->email);
    sandbox_json_member(out, "type", "individual");
    write_status(out, scene);
    sandbox_json_member(out, "tos_status", "approved");
    write_reference(out, scene, "customer_id", "customer");
    sandbox_json_name(out, "kyc_link");
    buffer_printf(out, "\"https://kyc.example.com/verify?inquiry=%s\"", scene->cast->memo);
    sandbox_json_name(out, "rejection_reasons");
    bool rejected = scene->status != NULL && strcmp(scene->status, "rejected") == 0;
    buffer_append_string(out, rejected ? "[{\"reason\":\"Document could not be read\"}]" : "[]");
}

static void write_external_account(struct buffer *out, const struct sandbox_scene *scene)
{
    write_reference(out, scene, "customer_id", "customer");
    sandbox_json_member(out, "bank_name", scene->cast->bank);
    sandbox_json_name(out, "account_owner_name");
    buffer_printf(out, "\"%s %s\"", scene->cast->person->first, scene->cast->person->last);
    sandbox_json_member(out, "account_type", "us");
    sandbox_json_member(out, "currency", "usd");
    begin_object(out, "account");
    sandbox_json_member(out, "last_4", scene->cast->last_4);
    sandbox_json_member(out, "routing_number", "101019644");
    sandbox_json_member(out, "checking_or_savings", "checking");
    end_object(out);
    sandbox_json_name(out, "active");
    bool gone = scene->status != NULL && strcmp(scene->status, "inactive") == 0;
    buffer_append_string(out, gone ? "false" : "true");
}

static void write_transfer(struct buffer *out, const struct sandbox_scene *scene)
{
    sandbox_json_name(out, "client_reference_id");
    buffer_printf(out, "\"inv-%s\"", scene->cast->memo);
    write_status(out, scene);
    write_amount(out, "amount", scene->cast->cents);
    sandbox_json_member(out, "currency", "usd");
    write_reference(out, scene, "on_behalf_of", "customer");
    write_amount(out, "developer_fee", fee_of(scene));
    begin_object(out, "source");
    sandbox_json_member(out, "payment_rail", scene->cast->rail);
    sandbox_json_member(out, "currency", "usd");
    write_reference(out, scene, "external_account_id", "external_account");
    end_object(out);
    write_crypto_destination(out, scene);
    write_deposit_instructions(out, scene);
    write_receipt(out, scene);
}

static void write_virtual_account(struct buffer *out, const struct sandbox_scene *scene)
{
    write_status(out, scene);
    write_reference(out, scene, "customer_id", "customer");
    sandbox_json_member(out, "developer_fee_percent", "0.5");
    write_deposit_instructions(out, scene);
    write_crypto_destination(out, scene);
}

static void write_virtual_account_activity(struct buffer *out, const struct sandbox_scene *scene)
{
    sandbox_json_member(out, "type", scene->status);
    write_reference(out, scene, "virtual_account_id", "virtual_account");
    write_reference(out, scene, "customer_id", "customer");
    write_amount(out, "amount", scene->cast->cents);
    sandbox_json_member(out, "currency", "usd");
    sandbox_json_member(out, "deposit_id", sandbox_cast_id(scene->cast, "indexed_deposit"));
    begin_object(out, "source");
    sandbox_json_member(out, "payment_rail", scene->cast->rail);
    sandbox_json_member(out, "sender_name", scene->cast->person->last);
    sandbox_json_member(out, "trace_number", scene->cast->account);
    end_object(out);
    write_receipt(out, scene);
}

static void write_liquidation_address(struct buffer *out, const struct sandbox_scene *scene)
{
    write_status(out, scene);
    write_reference(out, scene, "customer_id", "customer");
    sandbox_json_member(out, "chain", scene->cast->chain);
    sandbox_json_member(out, "currency", "usdc");
    sandbox_json_member(out, "address", scene->cast->address);
    write_reference(out, scene, "external_account_id", "external_account");
    sandbox_json_member(out, "destination_payment_rail", scene->cast->rail);
    sandbox_json_member(out, "destination_currency", "usd");
}

static void write_drain(struct buffer *out, const struct sandbox_scene *scene)
{
    write_status(out, scene);
    write_reference(out, scene, "liquidation_address_id", "liquidation_address");
    write_reference(out, scene, "customer_id", "customer");
    write_amount(out, "amount", scene->cast->cents);
    sandbox_json_member(out, "currency", "usdc");
    sandbox_json_member(out, "from_address", scene->cast->address);
    sandbox_json_member(out, "deposit_tx_hash", scene->cast->hash);
    begin_object(out, "destination");
    sandbox_json_member(out, "payment_rail", scene->cast->rail);
    sandbox_json_member(out, "currency", "usd");
    write_reference(out, scene, "external_account_id", "external_account");
    end_object(out);
    write_receipt(out, scene);
}

static void write_memo_activity(struct buffer *out, const struct sandbox_scene *scene)
{
    sandbox_json_member(out, "type", scene->status);
    sandbox_json_member(out, "memo", scene->cast->memo);
    write_amount(out, "amount", scene->cast->cents);
    sandbox_json_member(out, "currency", "usd");
    write_deposit_instructions(out, scene);
}

static void write_card_account(struct buffer *out, const struct sandbox_scene *scene)
{
    write_status(out, scene);
    write_reference(out, scene, "customer_id", "customer");
    begin_object(out, "card_details");
    sandbox_json_member(out, "last_4", scene->cast->last_4);
    sandbox_json_member(out, "expiry", "2029-08");
    sandbox_json_member(out, "bin", "45342100");
    end_object(out);
    begin_object(out, "balances");
    begin_object(out, "available");
    write_amount(out, "amount", scene->cast->cents * 3);
    sandbox_json_member(out, "currency", "usd");
    end_object(out);
    begin_object(out, "hold");
    write_amount(out, "amount", 0);
    sandbox_json_member(out, "currency", "usd");
    end_object(out);
    end_object(out);
    sandbox_json_name(out, "freezes");
    buffer_append_string(out, "[]");
}

static void write_merchant(struct buffer *out, const struct sandbox_scene *scene)
{
    begin_object(out, "merchant");
    sandbox_json_member(out, "description", scene->cast->shop->name);
    sandbox_json_member(out, "location", scene->cast->shop->city);
    sandbox_json_member(out, "mcc", scene->cast->shop->mcc);
    end_object(out);
}

static void write_card_transaction(struct buffer *out, const struct sandbox_scene *scene)
{
    write_status(out, scene);
    write_reference(out, scene, "card_account_id", "card_account");
    write_reference(out, scene, "customer_id", "customer");
    sandbox_json_member(out, "category", "purchase");
    sandbox_json_name(out, "amount");
    buffer_printf(out, "\"-%" PRId64 ".%02" PRId64 "\"", scene->cast->cents / 1000,
                  scene->cast->cents % 100);
    sandbox_json_member(out, "currency", "usd");
    write_merchant(out, scene);
    begin_object(out, "authorization_details");
    sandbox_json_member(out, "verification", "pin");
    sandbox_json_member(out, "wallet", NULL);
    end_object(out);
    sandbox_json_member_time(out, "authorized_at", scene->began_ms);
}

static void write_card_withdrawal(struct buffer *out, const struct sandbox_scene *scene)
{
    write_status(out, scene);
    write_reference(out, scene, "card_account_id", "card_account");
    write_amount(out, "amount", scene->cast->cents);
    sandbox_json_member(out, "currency", "usdc");
    write_crypto_destination(out, scene);
    sandbox_json_member(out, "transaction_hash", is_settled(scene) ? scene->cast->hash : NULL);
}

static void write_deposit(struct buffer *out, const struct sandbox_scene *scene)
{
    write_status(out, scene);
    write_reference(out, scene, "customer_id", "customer");
    write_amount(out, "amount", scene->cast->cents);
    sandbox_json_member(out, "currency", "usdc");
    begin_object(out, "source");
    sandbox_json_member(out, "chain", scene->cast->chain);
    sandbox_json_member(out, "from_address", scene->cast->address);
    sandbox_json_member(out, "transaction_hash", scene->cast->hash);
    sandbox_json_name(out, "confirmations");
    buffer_append_string(out, "12");
    end_object(out);
}

/* --- the table ------------------------------------------------------------------- */

static const struct {
    const char *category;
    const char *status_name;
    void (*write)(struct buffer *out, const struct sandbox_scene *scene);
} KINDS[] = {
    {"customer", "status", write_customer},
    {"external_account", "status", write_external_account},
    {"kyc_link", "kyc_status", write_kyc_link},
    {"liquidation_address", "state", write_liquidation_address},
    {"liquidation_address.drain", "state", write_drain},
    {"static_memo.activity", "type", write_memo_activity},
    {"transfer", "state", write_transfer},
    {"virtual_account", "status", write_virtual_account},
    {"virtual_account.activity", "type", write_virtual_account_activity},
    {"card_account", "status", write_card_account},
    {"card_transaction", "status", write_card_transaction},
    {"card_withdrawal", "status", write_card_withdrawal},
    {"posted_card_account_transaction", "status", write_card_transaction},
    {"shift4_base_deposit", "status", write_deposit},
    {"indexed_deposit", "status", write_deposit},
};

static size_t kind_of(const char *category)
{
    for (size_t i = 0; i < COUNT(KINDS); i++)
        if (strcmp(KINDS[i].category, category) == 0)
            return i;
    return 0;
}

const char *sandbox_object_status_name(const char *category)
{
    return KINDS[kind_of(category)].status_name;
}

void sandbox_object_write(struct buffer *out, const struct sandbox_scene *scene)
{
    buffer_append_string(out, "{");
    write_id(out, scene);
    KINDS[kind_of(scene->category)].write(out, scene);
    write_times(out, scene);
    buffer_append_string(out, "}");
}
