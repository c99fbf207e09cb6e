#include "tests/hostile.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the list ------------------------------------------------------------------------ */

/* A string, as often as `times` in a row, between a head and an end that are plain. */
struct written {
    const char *name;
    const char *bytes;
    size_t length;
    size_t times;
};

#define ONCE(name, bytes)                                                                          \
    {                                                                                              \
        (name), (bytes), sizeof(bytes) - 1, 1                                                      \
    }
#define OFTEN(name, bytes, times)                                                                  \
    {                                                                                              \
        (name), (bytes), sizeof(bytes) - 1, (times)                                                \
    }

#define ESC "\033"
#define ST  "\033\\"
#define BEL "\007"

static const struct written WRITTEN[] = {
    /* Operating system commands: title, clipboard, links, palette, notifications, files. */
    ONCE("OSC 0 title", ESC "]0;owned" BEL),
    ONCE("OSC 1 icon", ESC "]1;owned" ST),
    ONCE("OSC 2 title", ESC "]2;owned" ST),
    ONCE("OSC 3 X property", ESC "]3;WM_CLASS=owned" ST),
    ONCE("OSC 4 palette", ESC "]4;1;#000000" BEL),
    ONCE("OSC 4 palette query", ESC "]4;1;?" BEL),
    ONCE("OSC 7 directory", ESC "]7;file://host/etc" ST),
    ONCE("OSC 8 link", ESC "]8;;https://evil.example" ST "bridge.xyz" ESC "]8;;" ST),
    ONCE("OSC 8 link that stays open", ESC "]8;id=1;file:///etc/passwd" ST "click"),
    ONCE("OSC 9 notification", ESC "]9;paid" BEL),
    ONCE("OSC 9;4 progress", ESC "]9;4;1;50" ST),
    ONCE("OSC 10 foreground", ESC "]10;#000000" BEL),
    ONCE("OSC 10 foreground query", ESC "]10;?" BEL),
    ONCE("OSC 11 background", ESC "]11;#ffffff" ST),
    ONCE("OSC 11 background query", ESC "]11;?" ST),
    ONCE("OSC 12 cursor colour", ESC "]12;red" BEL),
    ONCE("OSC 22 pointer", ESC "]22;wait" ST),
    ONCE("OSC 50 font", ESC "]50;?" BEL),
    ONCE("OSC 52 copy", ESC "]52;c;cm0gLXJmIH4K" BEL),
    ONCE("OSC 52 copy to all", ESC "]52;pqs01234567;cm0gLXJmIH4K" ST),
    ONCE("OSC 52 query", ESC "]52;c;?" BEL),
    ONCE("OSC 52 without an end", ESC "]52;c;cm0gLXJmIH4K"),
    ONCE("OSC 66 text size", ESC "]66;s=7;HUGE" ST),
    ONCE("OSC 104 palette reset", ESC "]104" BEL),
    ONCE("OSC 112 cursor colour reset", ESC "]112" BEL),
    ONCE("OSC 133 prompt", ESC "]133;A" ST),
    ONCE("OSC 633 command line", ESC "]633;E;rm -rf ~" ST),
    ONCE("OSC 777 notification", ESC "]777;notify;paid;in full" ST),
    ONCE("OSC 1337 file", ESC "]1337;File=inline=1:AAAA" BEL),
    ONCE("OSC 1337 copy", ESC "]1337;CopyToClipboard=" BEL "owned" ESC "]1337;EndCopy" BEL),
    ONCE("OSC l title of dtterm", ESC "]lowned" ST),
    ONCE("OSC of 8 bits", "\2350;owned\234"),
    ONCE("OSC 52 of 8 bits", "\23552;c;cm0K\007"),
    ONCE("OSC as UTF-8", "\302\2350;owned\302\234"),
    ONCE("OSC over a line's end", ESC "]0;ow\nned" BEL),
    ONCE("OSC that is cancelled", ESC "]0;owned\030after"),
    ONCE("OSC alone", ESC "]"),

    /* Device control strings, and what multiplexers pass on. */
    ONCE("DCS DECRQSS", ESC "P$q\"p" ST),
    ONCE("DCS XTGETTCAP", ESC "P+q544e" ST),
    ONCE("DCS XTSETTCAP", ESC "P+p5463=41" ST),
    ONCE("DCS DECUDK", ESC "P0;1|17/726d0d" ST),
    ONCE("DCS sixel", ESC "Pq#0;2;0;0;0#0~~@@" ST),
    ONCE("DCS ReGIS", ESC "P0pS(E)" ST),
    ONCE("DCS soft font", ESC "P1;1;1{ @~~~" ST),
    ONCE("DCS macro", ESC "P1;0;0!z1b5b6d" ST),
    ONCE("DCS synchronized update", ESC "P=1s" ST),
    ONCE("DCS for tmux", ESC "Ptmux;" ESC ESC "]52;c;cm0K" BEL ST),
    ONCE("DCS for tmux, twice", ESC "Ptmux;" ESC ESC "Ptmux;" ESC ESC ESC ESC "]0;x" BEL ST ST),
    ONCE("DCS for screen", ESC "P" ESC "]52;c;cm0K" BEL ST),
    ONCE("screen's window name", ESC "kowned" ST),
    ONCE("screen's message", ESC "!owned" ST),
    ONCE("tmux control mode", ESC "P1000p%exit\r\n" ST),
    ONCE("DCS without an end", ESC "P+q"),
    ONCE("DCS of 8 bits", "\220+q544e\234"),
    ONCE("DCS as UTF-8", "\302\220+q544e\302\234"),

    /* Application, privacy and other strings. */
    ONCE("APC", ESC "_owned" ST),
    ONCE("APC kitty graphics", ESC "_Gf=32,s=1,v=1;AAAA" ST),
    ONCE("APC kitty graphics, from a file", ESC "_Gt=f,a=T;L2V0Yy9wYXNzd2Q=" ST),
    ONCE("APC of 8 bits", "\237owned\234"),
    ONCE("APC as UTF-8", "\302\237owned\302\234"),
    ONCE("APC without an end", ESC "_owned"),
    ONCE("PM", ESC "^owned" ST),
    ONCE("PM of 8 bits", "\236owned\234"),
    ONCE("PM as UTF-8", "\302\236owned\302\234"),
    ONCE("SOS", ESC "Xowned" ST),
    ONCE("SOS of 8 bits", "\230owned\234"),
    ONCE("SOS as UTF-8", "\302\230owned\302\234"),

    /* Control sequences: moves. */
    ONCE("CSI A up", ESC "[99A"),
    ONCE("CSI B down", ESC "[99B"),
    ONCE("CSI C right", ESC "[99C"),
    ONCE("CSI D left", ESC "[99D"),
    ONCE("CSI E next line", ESC "[2E"),
    ONCE("CSI F previous line", ESC "[2F"),
    ONCE("CSI G column", ESC "[1G"),
    ONCE("CSI H home", ESC "[H"),
    ONCE("CSI H anywhere", ESC "[1;1Hroot@host:~# "),
    ONCE("CSI f", ESC "[1;1f"),
    ONCE("CSI d row", ESC "[1d"),
    ONCE("CSI I tab", ESC "[3I"),
    ONCE("CSI Z back tab", ESC "[3Z"),
    ONCE("CSI s and u", ESC "[s" ESC "[5;5H" ESC "[u"),
    ONCE("CSI r scroll region", ESC "[3;4r"),
    ONCE("CSI s margins", ESC "[?69h" ESC "[10;20s"),

    /* Erasing, inserting, deleting, repeating. */
    ONCE("CSI J", ESC "[J"),
    ONCE("CSI 2J", ESC "[2J"),
    ONCE("CSI 3J scrollback", ESC "[3J"),
    ONCE("CSI K", ESC "[K"),
    ONCE("CSI 2K", ESC "[2K"),
    ONCE("CSI ?J selective", ESC "[?2J"),
    ONCE("CSI X", ESC "[99X"),
    ONCE("CSI @", ESC "[9@"),
    ONCE("CSI L", ESC "[9L"),
    ONCE("CSI M", ESC "[9M"),
    ONCE("CSI P", ESC "[9P"),
    ONCE("CSI S scroll", ESC "[99S"),
    ONCE("CSI T scroll back", ESC "[99T"),
    ONCE("CSI b repeat", "x" ESC "[99999999b"),
    ONCE("CSI $x fill", ESC "[88;1;1;99;99$x"),
    ONCE("CSI $z erase", ESC "[1;1;99;99$z"),
    ONCE("CSI $v copy", ESC "[1;1;9;9;1;5;5;1$v"),

    /* Modes, states, colours. */
    ONCE("CSI 2h keyboard lock", ESC "[2h"),
    ONCE("CSI 4h insert", ESC "[4h"),
    ONCE("CSI 12l echo", ESC "[12l"),
    ONCE("CSI 20h new line", ESC "[20h"),
    ONCE("CSI ?1h cursor keys", ESC "[?1h"),
    ONCE("CSI ?3h columns", ESC "[?3h"),
    ONCE("CSI ?5h reverse", ESC "[?5h"),
    ONCE("CSI ?6h origin", ESC "[?6h"),
    ONCE("CSI ?7l wrap", ESC "[?7l"),
    ONCE("CSI ?25l cursor", ESC "[?25l"),
    ONCE("CSI ?47h", ESC "[?47h"),
    ONCE("CSI ?66h keypad", ESC "[?66h"),
    ONCE("CSI ?1000h mouse", ESC "[?1000;1003;1006h"),
    ONCE("CSI ?1004h focus", ESC "[?1004h"),
    ONCE("CSI ?1049l main screen", ESC "[?1049l"),
    ONCE("CSI ?2004l paste", ESC "[?2004l"),
    ONCE("CSI ?2026h synchronized", ESC "[?2026h"),
    ONCE("CSI ?2027h graphemes", ESC "[?2027h"),
    ONCE("CSI !p soft reset", ESC "[!p"),
    ONCE("CSI \"p level", ESC "[61;1\"p"),
    ONCE("CSI SP q cursor shape", ESC "[5 q"),
    ONCE("CSI \"q protected", ESC "[1\"q"),
    ONCE("CSI >m other keys", ESC "[>4;2m"),
    ONCE("CSI >u keyboard", ESC "[>31u"),
    ONCE("CSI 8m hidden", ESC "[8mhidden"),
    ONCE("CSI 31m red", ESC "[0;1;5;31mALARM"),
    ONCE("CSI 38;2m", ESC "[38;2;0;0;0;48;2;0;0;0mblack"),
    ONCE("CSI 38:2m", ESC "[38:2::1:2:3mcolons"),
    ONCE("CSI 1t open", ESC "[1t"),
    ONCE("CSI 2t iconify", ESC "[2t"),
    ONCE("CSI 3t move", ESC "[3;0;0t"),
    ONCE("CSI 8t resize", ESC "[8;5;5t"),
    ONCE("CSI 9t maximize", ESC "[9;1t"),
    ONCE("CSI 22t title", ESC "[22;0t" ESC "[23;0t"),
    ONCE("CSI 5i print", ESC "[5iprinted" ESC "[4i"),

    /* Questions, the answers to which are typed for the user. */
    ONCE("CSI c", ESC "[c"),
    ONCE("CSI >c", ESC "[>c"),
    ONCE("CSI =c", ESC "[=c"),
    ONCE("CSI 5n", ESC "[5n"),
    ONCE("CSI 6n", ESC "[6n"),
    ONCE("CSI ?6n", ESC "[?6n"),
    ONCE("CSI ?15n printer", ESC "[?15n"),
    ONCE("CSI ?62n macros", ESC "[?62n"),
    ONCE("CSI x", ESC "[x"),
    ONCE("CSI >q version", ESC "[>q"),
    ONCE("CSI ?u keyboard query", ESC "[?u"),
    ONCE("CSI $p mode query", ESC "[?2026$p"),
    ONCE("CSI *y checksum", ESC "[1;1;1;1;9;9*y"),
    ONCE("CSI 14t pixels", ESC "[14t"),
    ONCE("CSI 18t size", ESC "[18t"),
    ONCE("CSI 20t icon", ESC "[20t"),
    ONCE("CSI 21t title", ESC "]2;rm -rf ~\r" BEL ESC "[21t"),
    ONCE("CSI '| locator", ESC "[1;2'z" ESC "['|"),
    ONCE("ENQ answerback", "\005\005\005"),

    /* Pasting, and sequences that are not whole or not clean. */
    ONCE("paste begins", ESC "[200~rm -rf ~\r"),
    ONCE("paste ends", ESC "[201~rm -rf ~\r"),
    ONCE("paste ends, of 8 bits", "\233201~rm -rf ~\r"),
    ONCE("CSI of 8 bits", "\2332J\23331m"),
    ONCE("CSI as UTF-8", "\302\2332J\302\23331m"),
    ONCE("CSI with controls inside", ESC "[2\b\r\n\007J"),
    ONCE("CSI with a long number", ESC "[99999999999999999999999999999999A"),
    ONCE("CSI with many numbers", ESC "[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1m"),
    ONCE("CSI with a negative number", ESC "[-1;-1H"),
    ONCE("CSI without an end", ESC "[38;5"),
    ONCE("CSI alone", ESC "["),
    ONCE("ESC alone", ESC),
    ONCE("ESC twice", ESC ESC "[2J"),
    ONCE("ESC after a wide character", "\346\235\261" ESC "[2J"),
    ONCE("ESC within a character", "\346" ESC "[2J\235\261"),

    /* Escape sequences. */
    ONCE("ESC c reset", ESC "c"),
    ONCE("ESC 7 and 8", ESC "7" ESC "8"),
    ONCE("ESC D index", ESC "D"),
    ONCE("ESC E next line", ESC "E"),
    ONCE("ESC H tab stop", ESC "H"),
    ONCE("ESC M reverse index", ESC "M"),
    ONCE("ESC N single shift", ESC "Na"),
    ONCE("ESC Z identify", ESC "Z"),
    ONCE("ESC = keypad", ESC "="),
    ONCE("ESC > keypad", ESC ">"),
    ONCE("ESC n locking shift", ESC "n"),
    ONCE("ESC l memory lock", ESC "l"),
    ONCE("ESC (0 line drawing", ESC "(0lqqqk"),
    ONCE("ESC )0 and SO", ESC ")0\016lqqqk\017"),
    ONCE("ESC %@ not UTF-8", ESC "%@"),
    ONCE("ESC #8 test screen", ESC "#8"),
    ONCE("ESC #6 double width", ESC "#6"),
    ONCE("ESC SP F controls of 7 bits", ESC " F"),
    ONCE("VT52", ESC "[?2l" ESC "Y  " ESC "<"),
    ONCE("Linux palette", ESC "]P1000000" ESC "]R"),
    ONCE("Linux bell", ESC "[10;4000]" ESC "[11;4000]"),

    /* Controls that move the cursor. */
    ONCE("line end spoof", "ok\r\nbridgetop: all is well"),
    ONCE("return spoof", "refused\rgenuine"),
    ONCE("backspace spoof", "refused\b\b\b\b\b\b\bgenuine"),
    ONCE("tabs", "\t\t\t\t\t\t\t\t\t\t\t\tfar"),
    ONCE("form feed", "\f\v\f\v"),
    ONCE("line feeds", "\n\n\n\n\n\n\n\nlow"),
    ONCE("NULs", "be\0fore\0\0\0after\0"),
    ONCE("NUL alone", "\0"),
    ONCE("DEL", "ab\177\177c"),
    ONCE("format string", "%s%n%1000000d"),

    /* Order, and what hides. */
    ONCE("trojan source", "/*\342\200\256 } \342\201\246if (admin)\342\201\251 \342\201\246 { */"),
    ONCE("override to the end of the line", "gpj\342\200\256exe.txt"),
    ONCE("embeddings that stay open",
         "\342\200\252\342\200\253\342\200\254\342\200\255\342\200\256x"),
    ONCE("isolates that stay open", "\342\201\246\342\201\247\342\201\250x"),
    ONCE("zero width inside a word", "ge\342\200\213nu\342\200\214in\342\200\215e\342\201\240"),
    ONCE("byte order mark inside", "\357\273\277id\357\273\277"),
    ONCE("tags that spell", "ok\363\240\201\201\363\240\201\202\363\240\201\277"),
    ONCE("flag of tags", "\360\237\217\264\363\240\201\247\363\240\201\242\363\240\201\277"),
    ONCE("variation selectors", "x\357\270\216y\357\270\217z\363\240\204\200"),
    ONCE("Hangul fillers", "\341\205\237\341\205\240\343\205\244\357\276\240"),
    ONCE("separators of lines", "a\342\200\250b\342\200\251c"),
    ONCE("next line", "a\302\205b"),
    ONCE("soft hyphens", "gen\302\255u\302\255ine"),
    ONCE("annotation", "\357\277\271secret\357\277\272shown\357\277\273"),
    ONCE("object replacement", "\357\277\274\357\277\275"),
    ONCE("invisible operators", "f\342\201\241(\342\201\242x\342\201\243\342\201\244"),
    ONCE("shorthand format", "\360\233\262\240\360\233\262\243"),
    ONCE("musical format", "\360\235\205\263\360\235\205\272"),

    /* Not UTF-8. */
    ONCE("overlong NUL", "\300\200"),
    ONCE("overlong ESC of two bytes", "\300\233[2J"),
    ONCE("overlong ESC of three bytes", "\340\200\233[2J"),
    ONCE("overlong ESC of four bytes", "\360\200\200\233[2J"),
    ONCE("overlong ESC of five bytes", "\370\200\200\200\233[2J"),
    ONCE("overlong ESC of six bytes", "\374\200\200\200\200\233[2J"),
    ONCE("overlong line feed", "\300\212\340\200\212"),
    ONCE("overlong slash", "\300\257\340\200\257\360\200\200\257"),
    ONCE("overlong CSI of C1", "\340\202\2332J"),
    ONCE("overlong override", "\360\202\200\256"),
    ONCE("surrogate, high", "\355\240\200"),
    ONCE("surrogate, low", "\355\277\277"),
    ONCE("surrogate pair", "\355\240\275\355\270\200"),
    ONCE("beyond Unicode", "\364\220\200\200"),
    ONCE("far beyond Unicode", "\367\277\277\277\373\277\277\277\277\375\277\277\277\277\277"),
    ONCE("two bytes, cut", "\303"),
    ONCE("three bytes, cut", "\342\202"),
    ONCE("four bytes, cut", "\360\237\230"),
    ONCE("cut by a letter", "\342\202x\360\237x\303x"),
    ONCE("cut by a control", "\342\202\n\360\237\033[2J"),
    ONCE("continuation bytes", "\200\200\277\277"),
    ONCE("Latin-1", "Z\374rich \2331m"),
    ONCE("UTF-16", "\377\376a\0b\0\033\0[\0"),
    ONCE("all of the high bytes", "\377\376\375\374\373\372\371\370\367\366\365\301\300"),
    ONCE("half a bidi control, and its rest", "\342\200x\256"),

    /* Wide, right to left, combined: honest text that is hard to place. */
    ONCE("CJK", "\346\235\261\344\272\254\351\203\275\345\272\201"),
    ONCE("fullwidth", "\357\274\241\357\274\242\357\274\243"),
    ONCE("Hebrew", "\327\251\327\234\327\225\327\235 abc \327\242\327\225\327\234\327\235"),
    ONCE("Arabic", "\331\205\330\261\330\255\330\250\330\247 123 \330\250\331\203"),
    ONCE("Arabic signs", "\330\200\331\241\333\235\331\242"),
    ONCE("Thai", "\340\270\227\340\270\265\340\271\210\340\270\231\340\270\265\340\271\210"),
    ONCE("Devanagari", "\340\244\225\340\245\215\340\244\267\340\244\277"),
    ONCE("Hangul jamo", "\341\204\222\341\205\241\341\206\253"),
    ONCE("emoji", "\360\237\230\200\360\237\222\251"),
    ONCE("emoji family",
         "\360\237\221\250\342\200\215\360\237\221\251\342\200\215\360\237\221\247"),
    ONCE("emoji with a skin tone", "\360\237\221\215\360\237\217\277"),
    ONCE("flag", "\360\237\207\250\360\237\207\255\360\237\207\251"),
    ONCE("keycap", "1\357\270\217\342\203\243"),
    ONCE("mark first", "\314\201x"),
    ONCE("mark on a control", "\033\314\201[2J\314\202"),
    ONCE("mark on a wide character", "\346\235\261\314\201\314\202\314\203"),
    ONCE("enclosing mark", "x\342\203\235y\342\203\240"),
    ONCE("joiner of graphemes", "a\315\217\314\201"),
    ONCE("a frame like ours", "\342\224\202\n\342\224\224\342\224\200\342\224\200\342\224\230"),
    ONCE("ligature of many columns", "\357\267\275\357\267\272"),
    ONCE("three-em dash", "\342\270\273\342\270\272"),

    /* Sizes. */
    OFTEN("1 MB of one word", "a", 1 << 20),
    OFTEN("128 kB of CSI 2J", "\033[2J", 1 << 15),
    OFTEN("128 kB of bad bytes", "\377", 1 << 17),
    OFTEN("128 kB of wide characters", "\346\235\261", (1 << 17) / 3),
    OFTEN("128 kB of overrides", "\342\200\256", (1 << 17) / 3),
    OFTEN("128 kB of NULs", "\0", 1 << 17),
    OFTEN("ten thousand combining marks", "\314\201", 10000),
    OFTEN("ten thousand joiners", "\342\200\215", 10000),
    OFTEN("ten thousand lines", "\n", 10000),
    OFTEN("ten thousand tabs", "\t", 10000),
    OFTEN("ten thousand brackets", "[{\"a\":", 10000),
};
enum { WRITTEN_COUNT = sizeof WRITTEN / sizeof *WRITTEN };

/* Every character of a range, alone between two letters: as UTF-8, or as one byte. */
static const struct range {
    const char *name;
    char32_t first, last;
    bool as_byte;
} RANGES[] = {
    {"C0", 0x00, 0x1F, true},
    {"DEL", 0x7F, 0x7F, true},
    {"byte", 0x80, 0xFF, true}, /* C1, and every byte that begins or continues a character */
    {"C1", 0x80, 0x9F, false},
    {"Arabic letter mark", 0x061C, 0x061C, false},
    {"Mongolian", 0x180B, 0x180F, false},
    {"zero width", 0x200B, 0x200F, false},
    {"bidi", 0x2028, 0x202E, false},
    {"invisible or isolate", 0x2060, 0x206F, false},
    {"noncharacter", 0xFDD0, 0xFDD3, false},
    {"noncharacter", 0xFDEC, 0xFDEF, false},
    {"variation selector", 0xFE00, 0xFE0F, false},
    {"byte order mark", 0xFEFF, 0xFEFF, false},
    {"interlinear", 0xFFF0, 0xFFFB, false},
    {"noncharacter", 0xFFFE, 0xFFFF, false},
    {"noncharacter", 0x1FFFE, 0x1FFFF, false},
    {"noncharacter", 0x10FFFE, 0x10FFFF, false},
    {"private use", 0xE000, 0xE001, false},
    {"private use", 0x10FFFC, 0x10FFFD, false},
    {"tag", 0xE0001, 0xE0001, false},
    {"tag", 0xE0020, 0xE0030, false},
    {"tag", 0xE007F, 0xE007F, false},
    {"selector supplement", 0xE0100, 0xE0102, false},
};
enum { RANGE_COUNT = sizeof RANGES / sizeof *RANGES };

/* --- building it --------------------------------------------------------------------- */

/* Written here anew: what is tested does not make its own test. */
static size_t encode(char32_t character, char *out)
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const unsigned char FIRST[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = more; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    out[0] = (char)(FIRST[more] | character);
    return more + 1;
}

static bool add(struct hostile_list *list, const char *name, const char *bytes, size_t length,
                size_t times)
{
    struct hostile *hostile = &list->items[list->count];
    (void)snprintf(hostile->name, sizeof hostile->name, "%s", name);
    hostile->length = length * times;
    hostile->bytes = malloc(hostile->length + 1);
    if (hostile->bytes == NULL)
        return false;
    for (size_t i = 0; i < times; i++)
        memcpy(hostile->bytes + i * length, bytes, length);
    hostile->bytes[hostile->length] = '\0';
    list->count++;
    return true;
}

static bool add_character(struct hostile_list *list, const struct range *range, char32_t character)
{
    char name[48];
    char bytes[8] = "a";
    size_t length = 1;
    if (range->as_byte)
        bytes[length++] = (char)character;
    else
        length += encode(character, bytes + length);
    bytes[length++] = 'b';
    (void)snprintf(name, sizeof name, "%s %02X", range->name, (unsigned)character);
    return add(list, name, bytes, length, 1);
}

bool hostile_list_make(struct hostile_list *list)
{
    size_t count = WRITTEN_COUNT;
    for (size_t i = 0; i < RANGE_COUNT; i++)
        count += RANGES[i].last - RANGES[i].first + 1;
    *list = (struct hostile_list){.items = calloc(count, sizeof *list->items)};
    bool done = list->items != NULL;
    for (size_t i = 0; done && i < WRITTEN_COUNT; i++)
        done = add(list, WRITTEN[i].name, WRITTEN[i].bytes, WRITTEN[i].length, WRITTEN[i].times);
    for (size_t i = 0; i < RANGE_COUNT; i++)
        for (char32_t c = RANGES[i].first; done && c <= RANGES[i].last; c++)
            done = add_character(list, &RANGES[i], c);
    if (!done)
        hostile_list_free(list);
    return done;
}

void hostile_list_free(struct hostile_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].bytes);
    free(list->items);
    *list = (struct hostile_list){0};
}

/* --- judging what comes out ------------------------------------------------------------ */

/* General categories Cc, Cs, Zl, Zp, the Cf that act on their neighbours, Bidi_Control,
   Default_Ignorable_Code_Point and Noncharacter_Code_Point (Unicode 15), below the last plane's. */
static const struct {
    char32_t first, last;
} NEVER_SHOWN[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F}, {0x00AD, 0x00AD}, {0x034F, 0x034F},   {0x0600, 0x0605},
    {0x061C, 0x061C},   {0x06DD, 0x06DD}, {0x070F, 0x070F}, {0x0890, 0x0891},   {0x08E2, 0x08E2},
    {0x115F, 0x1160},   {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F},   {0x3164, 0x3164}, {0xD800, 0xDFFF}, {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
};

bool hostile_may_be_shown(char32_t character)
{
    if (character > 0x10FFFF || (character & 0xFFFE) == 0xFFFE)
        return false;
    for (size_t i = 0; i < sizeof NEVER_SHOWN / sizeof *NEVER_SHOWN; i++)
        if (character >= NEVER_SHOWN[i].first && character <= NEVER_SHOWN[i].last)
            return false;
    return true;
}

/* Bytes of the well-formed character at `at` (what it encodes to again), or 0. */
static size_t decode(const unsigned char *at, size_t length, char32_t *character)
{
    size_t count = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (count > length)
        return 0;
    char32_t value = count == 1 ? at[0] : at[0] & (0x7FU >> count);
    for (size_t i = 1; i < count; i++)
        value = value << 6 | (at[i] & 0x3F);
    char again[4];
    if (value > 0x10FFFF || encode(value, again) != count || memcmp(again, at, count) != 0)
        return 0;
    *character = value;
    return count;
}

const char *hostile_find(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + length;
    while (at < end) {
        char32_t character;
        size_t count = decode(at, (size_t)(end - at), &character);
        if (count == 0 || !hostile_may_be_shown(character))
            return (const char *)at;
        at += count;
    }
    return NULL;
}
