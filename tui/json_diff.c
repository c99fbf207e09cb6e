#include "tui/json_diff.h"

#include "tui/text.h"

#include <stdlib.h>
#include <string.h>

static bool add_row(struct json_diff *diff, uint32_t left, uint32_t right, uint32_t top, bool equal)
{
    if (diff->count == JSON_DIFF_ROWS_MAX) {
        diff->cut = true;
        return false;
    }
    if (diff->count == diff->capacity) {
        uint32_t larger = diff->capacity > 0 ? diff->capacity * 2 : 64;
        struct json_diff_row *moved = reallocarray(diff->rows, larger, sizeof *moved);
        if (moved == NULL) {
            diff->cut = true;
            return false;
        }
        diff->rows = moved;
        diff->capacity = larger;
    }
    diff->rows[diff->count++] =
        (struct json_diff_row){.left = left, .right = right, .top = top, .equal = equal};
    diff->differing += !equal;
    return true;
}

static bool same_text(const char *left, size_t left_length, const char *right, size_t right_length)
{
    return left_length == right_length && memcmp(left, right, left_length) == 0;
}

/* --- which member goes with which --------------------------------------------------- */

/* The right side's members, ordered by a hash of their names so that a great object takes no
   quadratic time; equal hashes in text order. */
struct member {
    uint64_t hash;
    uint32_t node;
    bool taken;
    uint32_t next; /* of the first of one hash: how many of them at its front are taken */
};

enum { PROBES_MAX = 64 }; /* names of one hash that are looked at: more are a collision by intent */

static uint64_t hash_key(const struct json_tree *tree, const struct json_node *node)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (uint32_t i = 0; i < node->key_length; i++)
        hash = (hash ^ (unsigned char)tree->bytes[node->key + i]) * 0x100000001b3u;
    return hash;
}

static int by_hash(const void *a, const void *b)
{
    const struct member *one = a;
    const struct member *other = b;
    if (one->hash != other->hash)
        return one->hash < other->hash ? -1 : 1;
    return (one->node > other->node) - (one->node < other->node);
}

static struct member *members_of(const struct json_tree *tree, uint32_t object)
{
    uint32_t count = tree->nodes[object].children;
    struct member *members = calloc(count + 1, sizeof *members);
    if (members == NULL)
        return NULL;
    uint32_t at = 0;
    for (uint32_t child = json_tree_first(tree, object); child != JSON_TREE_NONE && at < count;
         child = json_tree_next(tree, child))
        members[at++] = (struct member){.hash = hash_key(tree, &tree->nodes[child]), .node = child};
    qsort(members, at, sizeof *members, by_hash);
    return members;
}

/* The first member of the name that is not taken yet, which then is; JSON_TREE_NONE else. */
static uint32_t take_member(struct json_diff *diff, struct member *members, uint32_t count,
                            uint32_t left)
{
    const struct json_node *node = &diff->left->nodes[left];
    uint64_t hash = hash_key(diff->left, node);
    uint32_t low = 0;
    for (uint32_t high = count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (members[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t at = low < count && members[low].hash == hash ? low + members[low].next : count;
    for (uint32_t probe = 0; probe < PROBES_MAX && at < count && members[at].hash == hash;
         probe++, at++) {
        const struct json_node *other = &diff->right->nodes[members[at].node];
        if (members[at].taken ||
            !same_text(json_tree_bytes(diff->left, node->key), node->key_length,
                       json_tree_bytes(diff->right, other->key), other->key_length))
            continue;
        members[at].taken = true;
        while (low + members[low].next < count && members[low + members[low].next].hash == hash &&
               members[low + members[low].next].taken)
            members[low].next++;
        return members[at].node;
    }
    return JSON_TREE_NONE;
}

/* --- comparing ---------------------------------------------------------------------- */

static bool compare(struct json_diff *diff, uint32_t left, uint32_t right, uint32_t top);

static int by_node(const void *a, const void *b)
{
    const struct member *one = a;
    const struct member *other = b;
    return (one->node > other->node) - (one->node < other->node);
}

/* The left one's members in their order, then those that only the right one has. */
static bool compare_members(struct json_diff *diff, uint32_t left, uint32_t right, uint32_t top)
{
    uint32_t count = diff->right->nodes[right].children;
    struct member *members = members_of(diff->right, right);
    bool room = members != NULL;
    diff->cut |= members == NULL;
    for (uint32_t child = json_tree_first(diff->left, left); room && child != JSON_TREE_NONE;
         child = json_tree_next(diff->left, child)) {
        uint32_t other = take_member(diff, members, count, child);
        room = other != JSON_TREE_NONE ? compare(diff, child, other, top)
                                       : add_row(diff, child, JSON_TREE_NONE, top, false);
    }
    if (room)
        qsort(members, count, sizeof *members, by_node);
    for (uint32_t i = 0; room && i < count; i++)
        if (!members[i].taken)
            room = add_row(diff, JSON_TREE_NONE, members[i].node, top, false);
    free(members);
    return room;
}

static bool compare_elements(struct json_diff *diff, uint32_t left, uint32_t right, uint32_t top)
{
    uint32_t one = json_tree_first(diff->left, left);
    uint32_t other = json_tree_first(diff->right, right);
    bool room = true;
    while (room && (one != JSON_TREE_NONE || other != JSON_TREE_NONE)) {
        room = one != JSON_TREE_NONE && other != JSON_TREE_NONE
                   ? compare(diff, one, other, top)
                   : add_row(diff, one, other, top, false);
        one = one != JSON_TREE_NONE ? json_tree_next(diff->left, one) : one;
        other = other != JSON_TREE_NONE ? json_tree_next(diff->right, other) : other;
    }
    return room;
}

/* No deeper than the trees are, which is JSON_DEPTH_MAX. */
static bool compare(struct json_diff *diff, uint32_t left, uint32_t right, uint32_t top)
{
    const struct json_node *one = &diff->left->nodes[left];
    const struct json_node *other = &diff->right->nodes[right];
    bool both_filled = one->kind == other->kind && one->children > 0 && other->children > 0;
    if (both_filled && one->kind == JSON_NODE_OBJECT)
        return compare_members(diff, left, right, top);
    if (both_filled && one->kind == JSON_NODE_ARRAY)
        return compare_elements(diff, left, right, top);
    bool both_empty = one->kind == other->kind && json_node_is_container(one) &&
                      one->children == 0 && other->children == 0;
    bool equal =
        both_empty || same_text(json_tree_bytes(diff->left, one->value), one->value_length,
                                json_tree_bytes(diff->right, other->value), other->value_length);
    return add_row(diff, left, right, top, equal);
}

/* Rows that are equal one after another are shown as one until they are asked for. */
static void find_runs(struct json_diff *diff)
{
    for (uint32_t at = 0; at < diff->count;) {
        uint32_t end = at;
        while (end < diff->count && diff->rows[end].equal)
            end++;
        for (uint32_t i = at; i < end; i++)
            diff->rows[i].run = i == at ? end - at : 0;
        at = end > at ? end : at + 1;
    }
}

/* Of JSON the whole of it, against what is none. */
static uint32_t lines_of(const struct json_tree *tree)
{
    return tree->is_json ? tree->count > 0 : tree->count;
}

static void compare_lines(struct json_diff *diff)
{
    uint32_t left = lines_of(diff->left);
    uint32_t right = lines_of(diff->right);
    bool room = true;
    for (uint32_t line = 0; room && (line < left || line < right); line++)
        room = line < left && line < right
                   ? compare(diff, line, line, JSON_TREE_NONE)
                   : add_row(diff, line < left ? line : JSON_TREE_NONE,
                             line < right ? line : JSON_TREE_NONE, JSON_TREE_NONE, false);
}

void json_diff_init(struct json_diff *diff, const struct json_tree *left, uint32_t left_node,
                    const struct json_tree *right, uint32_t right_node)
{
    *diff = (struct json_diff){.left = left, .right = right};
    if (!left->is_json || !right->is_json)
        compare_lines(diff);
    else if (left_node < left->count && right_node < right->count)
        (void)compare(diff, left_node, right_node, JSON_TREE_NONE);
    diff->cut |= left->cut || right->cut;
    find_runs(diff);
}

void json_diff_differing_first(struct json_diff *diff)
{
    struct json_diff_row *sorted = reallocarray(NULL, diff->count + 1U, sizeof *sorted);
    uint32_t differing = 0;
    uint32_t equal = diff->differing;
    if (sorted == NULL)
        return; /* as they are, then */
    for (uint32_t at = 0; at < diff->count; at++)
        sorted[diff->rows[at].equal ? equal++ : differing++] = diff->rows[at];
    free(diff->rows);
    diff->rows = sorted;
    diff->capacity = diff->count + 1U;
    find_runs(diff);
}

/* The two values of a changed field, where it has two. */
struct pair {
    uint32_t old, new;
};

static bool read_pair(const struct json_tree *tree, uint32_t field, struct pair *pair)
{
    const struct json_node *node = &tree->nodes[field];
    if (node->children != 2)
        return false;
    if (node->kind == JSON_NODE_OBJECT) {
        pair->old = json_tree_member(tree, field, "old");
        pair->new = json_tree_member(tree, field, "new");
        return pair->old != JSON_TREE_NONE && pair->new != JSON_TREE_NONE;
    }
    pair->old = json_tree_first(tree, field);
    pair->new = json_tree_next(tree, pair->old);
    return true;
}

static bool is_changes(const struct json_tree *tree, uint32_t changes)
{
    struct pair pair;
    if (changes >= tree->count || tree->nodes[changes].kind != JSON_NODE_OBJECT)
        return false;
    for (uint32_t child = json_tree_first(tree, changes); child != JSON_TREE_NONE;
         child = json_tree_next(tree, child))
        if (read_pair(tree, child, &pair))
            return true;
    return tree->nodes[changes].children == 0;
}

/* The leaves of a field that says something else. */
static bool add_odd(struct json_diff *diff, uint32_t field)
{
    const struct json_tree *tree = diff->left;
    diff->odd++;
    for (uint32_t at = field; at < tree->nodes[field].after; at++) {
        if (tree->nodes[at].children > 0)
            continue;
        if (!add_row(diff, at, JSON_TREE_NONE, field, false))
            return false;
        diff->rows[diff->count - 1].odd = true;
    }
    return true;
}

bool json_diff_changes(struct json_diff *diff, const struct json_tree *tree, uint32_t changes)
{
    *diff = (struct json_diff){.left = tree, .right = tree};
    if (tree->cut || !is_changes(tree, changes))
        return false;
    bool room = true;
    for (uint32_t child = json_tree_first(tree, changes); room && child != JSON_TREE_NONE;
         child = json_tree_next(tree, child)) {
        struct pair pair;
        room = read_pair(tree, child, &pair) ? compare(diff, pair.old, pair.new, child)
                                             : add_odd(diff, child);
    }
    find_runs(diff);
    return true;
}

void json_diff_clear(struct json_diff *diff)
{
    free(diff->rows);
    *diff = (struct json_diff){0};
}

size_t json_diff_path(const struct json_diff *diff, const struct json_diff_row *row, char *text,
                      size_t size)
{
    const struct json_tree *tree = row->left != JSON_TREE_NONE ? diff->left : diff->right;
    uint32_t node = row->left != JSON_TREE_NONE ? row->left : row->right;
    if (row->top == JSON_TREE_NONE)
        return json_tree_path(tree, JSON_TREE_NONE, node, text, size);

    if (row->odd)
        return json_tree_path(tree, tree->nodes[row->top].parent, node, text, size);

    /* The field, then what is below the old or the new value; the pair itself is no step. */
    uint32_t side = node;
    while (tree->nodes[side].parent != row->top)
        side = tree->nodes[side].parent;
    size_t length = json_tree_path(tree, tree->nodes[row->top].parent, row->top, text, size);
    if (side == node || length + 2 >= size)
        return length;
    bool dotted = tree->nodes[side].kind == JSON_NODE_OBJECT;
    if (dotted)
        text[length++] = '.';
    return length + json_tree_path(tree, side, node, text + length, size - length);
}

/* --- what two texts have in common ---------------------------------------------------- */

struct span_of_text {
    const char *bytes;
    size_t length;
};

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Whether a glyph begins at `at`: a mark belongs to the character before it. Looks back no further
   than that can matter for text that anybody reads. */
static bool begins_glyph(struct span_of_text text, size_t at)
{
    enum { BACK = 32 };
    size_t from = at > BACK ? at - BACK : 0;
    while (from > 0 && from < at && continues(text.bytes[from]))
        from++;
    struct text_gate gate;
    struct glyph glyph;
    text_gate_init(&gate, text.bytes + from, text.length - from, false);
    const unsigned char *begin = gate.next;
    while (from + (size_t)(gate.next - begin) < at)
        if (!text_gate_next(&gate, &glyph))
            break;
    return from + (size_t)(gate.next - begin) == at;
}

/* Whether `at` is within `\n` or `\u00e9`. */
static bool is_in_escape(struct span_of_text text, size_t at)
{
    enum { LONGEST = 6 };
    for (size_t back = 1; back < LONGEST && back <= at; back++) {
        size_t slash = at - back;
        size_t slashes = 0;
        while (slashes <= slash && text.bytes[slash - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 1)
            return back < 2 || (slash + 1 < text.length && text.bytes[slash + 1] == 'u');
    }
    return false;
}

static bool may_part(struct span_of_text text, size_t at)
{
    return at == 0 || at >= text.length ||
           (!continues(text.bytes[at]) && !is_in_escape(text, at) && begins_glyph(text, at));
}

static bool is_letter(struct span_of_text text, size_t at)
{
    unsigned char byte = at < text.length ? (unsigned char)text.bytes[at] : 0;
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

enum { WORD_MAX = 24 }; /* bytes of a longer word are told apart one by one */

/* Back to where the word begins of which both texts have the front. */
static size_t word_front(struct span_of_text left, struct span_of_text right, size_t same)
{
    size_t at = same;
    if (!is_letter(left, same) && !is_letter(right, same))
        return same;
    while (at > 0 && same - at <= WORD_MAX && is_letter(left, at - 1))
        at--;
    return same - at <= WORD_MAX ? at : same;
}

/* How much of the common end is left without the rest of a word that begins before it. */
static size_t word_end(struct span_of_text left, struct span_of_text right, size_t tail)
{
    size_t rest = tail;
    bool within = (tail < left.length && is_letter(left, left.length - tail - 1)) ||
                  (tail < right.length && is_letter(right, right.length - tail - 1));
    while (within && rest > 0 && tail - rest <= WORD_MAX && is_letter(left, left.length - rest))
        rest--;
    return tail - rest <= WORD_MAX ? rest : tail;
}

void text_difference(const char *left, size_t left_length, const char *right, size_t right_length,
                     size_t *front, size_t *end)
{
    struct span_of_text one = {left, left_length};
    struct span_of_text other = {right, right_length};
    size_t shorter = left_length < right_length ? left_length : right_length;
    size_t same = 0;
    while (same < shorter && left[same] == right[same])
        same++;
    while (same > 0 && !(may_part(one, same) && may_part(other, same)))
        same--;
    if (same < left_length || same < right_length)
        same = word_front(one, other, same);
    size_t tail = 0;
    while (tail < shorter - same && left[left_length - 1 - tail] == right[right_length - 1 - tail])
        tail++;
    while (tail > 0 && !(may_part(one, left_length - tail) && may_part(other, right_length - tail)))
        tail--;
    *front = same;
    *end = word_end(one, other, tail);
}
