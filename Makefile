# bridgetop: `make` builds it, `make demo` tries it, `make test` proves it.
# `make V=1` shows whole commands.

# All cores, unless the user or a make above this one says how many.
ifeq ($(MAKELEVEL),0)
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
endif

ifeq ($(origin CC),default)
CC      := gcc
endif
BUILD   ?= build
VERSION := 0.1.0

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wundef -Werror
CPPFLAGS := -I. -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -DBRIDGETOP_VERSION='"$(VERSION)"'
CFLAGS   ?= -O2 -g
STD      := -std=gnu17 -fstack-protector-strong -fPIE
LDFLAGS  ?= -pie -Wl,-z,relro,-z,now
LIBS     := -lsqlite3 -lcjson -linih -lssl -lcrypto -lz -luv -lncursesw -ltinfo -lpthread -lm

API_SRC  := $(wildcard api/*.c)
TUI_SRC  := $(filter-out tui/main.c,$(wildcard tui/*.c))
TEST_SRC := $(wildcard tests/*.c)
UNIT_SRC := $(wildcard tests/unit/*.c)
FILL_SRC := tests/bench/store_fill.c
CERT_SRC := tests/unit/certificates.c # for the end-to-end tests, too
E2E_SRC  := $(wildcard tests/e2e/*.c)
E2E_TUI  := tui/keymap.c tui/key.c tui/text.c tui/grid.c tui/steady.c # keys by name; cells
MEMORY_SRC := $(wildcard tests/memory/*.c)
TSAN_SRC := $(wildcard tests/tsan/*.c)
FUZZ_SRC := $(filter-out tests/fuzz/fuzz.c,$(wildcard tests/fuzz/*.c)) # a target each
BENCH_SRC := $(wildcard tests/bench/*.c)
BENCH_MAIN := tests/bench/bench_ui.c tests/bench/bench_receiver.c # a program each
BENCH_LIB := $(filter-out $(BENCH_MAIN),$(BENCH_SRC))
CRASH_SRC := $(wildcard tests/crash/*.c)
FORWARD_SRC := $(wildcard tests/forward/*.c)
SOAK_SRC := $(wildcard tests/soak/*.c)
BENCH_E2E := child http sandbox_client screen sender
SHOT_SRC := $(wildcard screenshots/*.c)
TESTED_C := $(API_SRC) $(TUI_SRC) tui/main.c $(TEST_SRC) $(UNIT_SRC) $(E2E_SRC) $(BENCH_SRC) \
            $(CRASH_SRC) $(FORWARD_SRC) $(SOAK_SRC) $(MEMORY_SRC) $(TSAN_SRC) $(FUZZ_SRC) tests/fuzz/fuzz.c
ALL_C    := $(TESTED_C) $(SHOT_SRC)
ALL_H    := $(wildcard api/*.h tui/*.h tests/*.h tests/*/*.h screenshots/*.h)

# A step is one short line, nothing under -s.
ifeq ($(V),1)
SAY      := @:
RUN      :=
else
SAY      := $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@:,@echo)
RUN      := @
endif

# One set of rules serves each way to build: $(1) is its folder.
SAN      := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
san_flags = $(if $(filter %/asan,$(1)),$(SAN) -U_FORTIFY_SOURCE) \
            $(if $(filter %/tsan,$(1)),-fsanitize=thread -U_FORTIFY_SOURCE) \
            $(if $(filter %/fuzz,$(1)),$(SAN) -fsanitize=fuzzer-no-link -U_FORTIFY_SOURCE)

# libFuzzer comes with clang.
CLANG    ?= clang
cc_of     = $(if $(filter %/fuzz,$(1)),$(CLANG),$(CC))

.PHONY: all demo test crash forward-soak soak tsan memory valgrind test-runner clang-check deps deps-test \
        deps-valgrind deps-bench deps-lint deps-shot lint format bench bench-ui benchmarks fuzz fuzzers screenshots clean
.DEFAULT_GOAL := all

all: $(BUILD)/bridgetop

demo: all
	@$(BUILD)/bridgetop --demo

# --- what is needed: Debian 12 packages, installed only where missing ---------

DEPS      := gcc libc6-dev make libuv1-dev libncurses-dev libcurl4-openssl-dev \
             libssl-dev libcjson-dev libinih-dev libsqlite3-dev zlib1g-dev ncurses-base ca-certificates
DEPS_TEST := $(DEPS) libcriterion-dev libvterm-dev ncurses-term clang libclang-rt-14-dev curl
DEPS_VALGRIND := $(DEPS_TEST) valgrind
DEPS_BENCH := $(DEPS_TEST) nodejs openssl
DEPS_LINT := clang clang-format clang-tidy
DEPS_SHOT := libvterm-dev libcairo2-dev zlib1g-dev fonts-dejavu-core fonts-jetbrains-mono

# $(call install,packages): silent and quick when all of them are there. Where there is no
# dpkg, it is left to the user; the compiler will say what is missing. What apt says when all goes
# well is hundreds of lines; errors come on standard error.
define install
	@command -v dpkg-query >/dev/null || exit 0; \
	there=$$(dpkg-query -W -f=' $${db:Status-Status}:$${Package} ' $(1) 2>/dev/null); \
	missing=; for p in $(1); do \
	    case "$$there" in *" installed:$$p "*) ;; *) missing="$$missing $$p" ;; esac; \
	done; \
	[ -z "$$missing" ] || { \
	    sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    echo "installing:$$missing"; \
	    $$sudo apt-get update -qq && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive \
	        apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }
endef

deps:
	$(call install,$(DEPS))

deps-test:
	$(call install,$(DEPS_TEST))

deps-valgrind:
	$(call install,$(DEPS_VALGRIND))

deps-bench:
	$(call install,$(DEPS_BENCH))

deps-lint:
	$(call install,$(DEPS_LINT))

deps-shot:
	$(call install,$(DEPS_SHOT))

# --- building ------------------------------------------------------------------

define variant
$(1)/%.o: %.c | deps
	@mkdir -p $$(@D)
	$$(SAY) 'CC $$<'
	$$(RUN)$$(call cc_of,$(1)) $$(STD) $$(CFLAGS) $$(WARN) $$(CPPFLAGS) $$(call san_flags,$(1)) \
	    -MMD -MP -c $$< -o $$@

$(1)/libbridgetop.a: $$(API_SRC:%.c=$(1)/%.o)
	@rm -f $$@
	$$(SAY) 'AR $$@'
	$$(RUN)ar rcs $$@ $$^

$(1)/bridgetop: $(1)/tui/main.o $$(TUI_SRC:%.c=$(1)/%.o) $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -o $$@

$(1)/unit: $$(UNIT_SRC:%.c=$(1)/%.o) $(FILL_SRC:%.c=$(1)/%.o) $$(TEST_SRC:%.c=$(1)/%.o) $$(TUI_SRC:%.c=$(1)/%.o) $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -lcriterion -o $$@

$(1)/e2e: $$(E2E_SRC:%.c=$(1)/%.o) $(FILL_SRC:%.c=$(1)/%.o) $(CERT_SRC:%.c=$(1)/%.o) $$(TEST_SRC:%.c=$(1)/%.o) $(E2E_TUI:%.c=$(1)/%.o) $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -lcriterion -lvterm -lutil -o $$@

# Helpers of the end-to-end tests that need no Criterion.
$(1)/bench-ui: $(1)/tests/bench/bench_ui.o
$(1)/bench-receiver: $(1)/tests/bench/bench_receiver.o
$(1)/bench-ui $(1)/bench-receiver: $$(BENCH_LIB:%.c=$(1)/%.o) $$(BENCH_E2E:%=$(1)/tests/e2e/%.o) $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -lssl -lvterm -lutil -o $$@

$(1)/crash: $$(CRASH_SRC:%.c=$(1)/%.o) $(1)/tests/faulty_vfs.o $(1)/tests/e2e/child.o $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -o $$@

$(1)/forward-soak: $$(FORWARD_SRC:%.c=$(1)/%.o) $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -o $$@

$(1)/soak: $$(SOAK_SRC:%.c=$(1)/%.o) $$(BENCH_E2E:%=$(1)/tests/e2e/%.o) $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -lvterm -lutil -o $$@

$(1)/memory: $$(MEMORY_SRC:%.c=$(1)/%.o) $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -rdynamic -o $$@

$(1)/inbox-races: $$(TSAN_SRC:%.c=$(1)/%.o) $(1)/tests/crash/events.o $(1)/libbridgetop.a
	$$(SAY) 'LD $$@'
	$$(RUN)$$(CC) $$(LDFLAGS) $$(call san_flags,$(1)) $$^ $$(LIBS) -o $$@

-include $$(ALL_C:%.c=$(1)/%.d)
endef

$(eval $(call variant,$(BUILD)))
$(eval $(call variant,$(BUILD)/asan))
$(eval $(call variant,$(BUILD)/fuzz))
$(eval $(call variant,$(BUILD)/tsan))

# --- testing -----------------------------------------------------------------------

test: deps-test
	+@BUILD='$(BUILD)' MAKE='$(MAKE)' tests/run.sh

# The program is killed 500 times, a receiver of its parts loses power 200 times, and each has all
# that it acknowledged: tests/crash/crash.c says what can be set (CRASH_KILLS=N, CRASH_CUTS=N,
# CRASH_SEED=N).
crash: deps all $(BUILD)/crash
	@BRIDGETOP_BIN='$(BUILD)/bridgetop' '$(BUILD)/crash'

# Events through an application that is killed five times, and bridgetop three times: none is lost,
# and an object's stay in order: tests/forward/forward.c says what can be set (FORWARD_EVENTS=N, …).
forward-soak: deps all $(BUILD)/forward-soak
	@BRIDGETOP_BIN='$(BUILD)/bridgetop' '$(BUILD)/forward-soak'

# Everything together for HOURS=N (or SOAK_MINUTES=N; ten minutes): memory and descriptors stay flat,
# and no event is lost: tests/soak/soak.c.
soak: deps-test all $(BUILD)/soak
	@BRIDGETOP_BIN='$(BUILD)/bridgetop' HOURS='$(HOURS)' SOAK_MINUTES='$(SOAK_MINUTES)' '$(BUILD)/soak'

# Data races in the inbox: tests/tsan/inbox_races.c (TSAN_ROUNDS=N).
tsan: deps-test $(BUILD)/tsan/inbox-races
	@tests/tsan/run.sh '$(BUILD)/tsan/inbox-races'

# Memory runs out at each place where some is asked for: tests/memory/memory.c says what can be set
# (MEMORY_STEP=N, MEMORY_EVER=1, MEMORY_FROM=N).
memory: deps-test $(BUILD)/memory $(BUILD)/asan/memory
	@'$(BUILD)/memory'
	@'$(BUILD)/asan/memory'

# The unit tests under valgrind: tests/valgrind.sh (VALGRIND="inbox store_*" for some of them).
valgrind: deps-valgrind $(BUILD)/unit
	@BUILD='$(BUILD)' tests/valgrind.sh

# What the test runner must catch is fed to it.
test-runner: deps-test
	@tests/run_check.sh

# The other compiler's warnings.
clang-check: $(TESTED_C:%.c=$(BUILD)/clang/%.ok)

$(BUILD)/clang/%.ok: %.c | deps
	@mkdir -p $(@D)
	$(SAY) 'CLANG $<'
	$(RUN)clang $(STD) $(WARN) $(CPPFLAGS) -U_FORTIFY_SOURCE -fsyntax-only -MMD -MP -MT $@ -MF $(@:.ok=.d) $<
	@touch $@

-include $(TESTED_C:%.c=$(BUILD)/clang/%.d)

# Programs that read hostile bytes and check what comes of them: tests/fuzz/run.sh says what can be
# set (FUZZ_S=seconds each, FUZZ_RUNS=inputs each, FUZZ_SEED=N, FUZZ=targets).
FUZZERS  := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/bin/%)

$(BUILD)/fuzz/libtui.a: $(TUI_SRC:%.c=$(BUILD)/fuzz/%.o)
	@rm -f $@
	$(SAY) 'AR $@'
	$(RUN)ar rcs $@ $^

$(FUZZERS): $(BUILD)/fuzz/bin/%: $(BUILD)/fuzz/tests/fuzz/%.o $(BUILD)/fuzz/tests/fuzz/fuzz.o \
                                $(BUILD)/fuzz/libtui.a $(BUILD)/fuzz/libbridgetop.a
	@mkdir -p $(@D)
	$(SAY) 'LD $@'
	$(RUN)$(CLANG) $(LDFLAGS) $(SAN) -fsanitize=fuzzer $^ $(LIBS) -o $@

fuzzers: $(FUZZERS)

fuzz: deps-test fuzzers
	@BUILD='$(BUILD)' tests/fuzz/run.sh

# --- measuring ---------------------------------------------------------------------

benchmarks: $(BUILD)/bench-ui $(BUILD)/bench-receiver

# What the receiver does, beside its aims and beside Node: tests/bench/bench_receiver.c says what
# can be set (BENCH_QUICK=1, BENCH_MS=N, BENCH_ROUNDS=N, BENCH_EVENTS=N, BENCH_IDLE_S=N).
bench: deps-bench all $(BUILD)/bench-receiver
	@mkdir -p '$(BUILD)/bench'
	@BRIDGETOP_BIN='$(BUILD)/bridgetop' '$(BUILD)/bench-receiver' '$(BUILD)/bench' tests/bench/peer.js

# What the interface costs, beside the aims, htop and tig: tests/bench/bench_ui.c says what can be
# set (BENCH_QUICK=1, BENCH_EVENTS=N, BENCH_IDLE_S=N). Its stores stay in $(BUILD)/bench.
bench-ui: deps-test all $(BUILD)/bench-ui
	@mkdir -p '$(BUILD)/bench'
	@BRIDGETOP_BIN='$(BUILD)/bridgetop' '$(BUILD)/bench-ui' '$(BUILD)/bench'

# --- pictures ----------------------------------------------------------------------

$(BUILD)/screenshots/%.o: CPPFLAGS += -I/usr/include/cairo
$(SHOT_SRC:%.c=$(BUILD)/%.o): | deps-shot

$(BUILD)/shoot: $(SHOT_SRC:%.c=$(BUILD)/%.o) $(BUILD)/tests/e2e/screen.o \
                $(BUILD)/tests/e2e/child.o $(BUILD)/libbridgetop.a
	$(SAY) 'LD $@'
	$(RUN)$(CC) $(LDFLAGS) $^ -lcairo -lz -lvterm -lutil -lm -o $@

screenshots: all $(BUILD)/shoot
	screenshots/take.sh '$(BUILD)'

# --- care ------------------------------------------------------------------------

format:
	clang-format -i $(ALL_C) $(ALL_H)

# One file a process: over many at once, clang-tidy's va_list checker reports what is not so.
lint: deps-lint deps-test deps-shot
	clang-format --dry-run -Werror $(ALL_C) $(ALL_H)
	printf '%s\n' $(ALL_C) | xargs -P "$$(nproc)" -I{} \
	    clang-tidy --quiet {} -- -std=gnu17 $(CPPFLAGS) -I/usr/include/cairo

clean:
	rm -rf $(BUILD)
