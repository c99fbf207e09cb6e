/*
 * How bridgetop ends: README's table of exit codes.
 */
#ifndef BRIDGETOP_TUI_EXIT_CODE_H
#define BRIDGETOP_TUI_EXIT_CODE_H

enum exit_code {
    EXIT_CODE_OK = 0,       /* also after Ctrl-C and SIGTERM: it was asked to end */
    EXIT_CODE_FAILED = 1,   /* something broke while running; `verify`: not genuine */
    EXIT_CODE_USAGE = 2,    /* unknown option, no key, unreadable argument */
    EXIT_CODE_LISTEN = 3,   /* the address cannot be listened on */
    EXIT_CODE_STORE = 4,    /* the store cannot be opened or written */
    EXIT_CODE_TERMINAL = 5, /* no terminal, or one that cannot show this */
};

#endif
