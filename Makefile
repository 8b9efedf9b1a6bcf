# retinanet.c: `make help` lists the targets.
#
# A build variant is a folder: build/release (default), portable, debug, asan, tsan, double, aarch64.
# Every variant compiles the same files with other flags; nothing is written outside build/ and out/.
# release is for the machine that it is built on; portable for any x86-64 (or other architecture),
# to be handed on: `make VARIANT=portable install DESTDIR=...`.

VARIANT ?= release
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
ARCH    ?= -march=native
B       := build/$(VARIANT)

# ---- flags ---------------------------------------------------------------------------------
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
STD      := -std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE -ffp-contract=fast -fno-math-errno
FLAGS_release := -O3 -g $(ARCH)
FLAGS_portable := -O3 -g
FLAGS_aarch64  := -O3 -g -DRN_NO_OPENBLAS
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
FLAGS_tsan    := -O1 -g -fsanitize=thread
FLAGS_double  := -O2 -g $(ARCH) -DRN_DOUBLE
ifeq ($(filter $(VARIANT),release portable debug asan tsan double aarch64),)
$(error VARIANT is "$(VARIANT)": expected release, portable, debug, asan, tsan, double or aarch64)
endif
ifeq ($(VARIANT),tsan)
CC := clang
endif
ifeq ($(VARIANT),aarch64)
CC := aarch64-linux-gnu-gcc
endif

# Looked up when a recipe runs, so that `make deps` can come first.
PACKAGES  := openblas libcjson libjpeg libpng expat
ifneq ($(VARIANT),aarch64)
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES))
endif
CFLAGS    ?=
BASE_CFLAGS = $(STD) $(WARN) $(FLAGS_$(VARIANT)) -fopenmp -Ilib $(PKG_CFLAGS) $(CFLAGS)
LIBS       = $(PKG_LIBS) -lm

# Vector kernels, lib/*/*_kernel.c, are compiled for each of these and chosen at run time
# (lib/base/kernel.h): so VARIANT=portable runs everywhere, and not much slower.
ISAS         := baseline $(if $(findstring x86_64,$(or $(shell $(CC) -dumpmachine 2>/dev/null),$(shell uname -m))),avx2 avx512)
ISA_baseline := $(if $(filter avx2,$(ISAS)),-march=x86-64)
ISA_avx2     := -march=x86-64-v3 -DRN_KERNEL_AVX2
ISA_avx512   := -march=x86-64-v4 -mprefer-vector-width=512 -DRN_KERNEL_AVX512

# ---- files ---------------------------------------------------------------------------------
LIB_C    := $(sort $(wildcard lib/*/*.c))
LIB_H    := $(sort $(wildcard lib/*/*.h) lib/retinanet.h)
KERNEL_C := $(filter %_kernel.c,$(LIB_C))
KERNEL_O := $(foreach isa,$(ISAS),$(KERNEL_C:%.c=$(B)/obj/%.$(isa).o))
LIB_O    := $(patsubst %.c,$(B)/obj/%.o,$(filter-out $(KERNEL_C),$(LIB_C))) $(KERNEL_O) $(B)/obj/plot_scripts.o
LIB_PIC  := $(LIB_O:$(B)/obj/%=$(B)/pic/%)
COMMON_O := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard experiments/common/*.c))) $(B)/obj/sources.o
# What the result of a training run depends on: runs are cached under a fingerprint of these.
RESULT_C := $(sort $(filter-out lib/data/doctor.% lib/data/draw.% lib/data/font.% lib/eval/loss_%, \
              $(foreach d,base tensor nn loss detect data eval model train,$(wildcard lib/$(d)/*.[ch]))) \
              experiments/common/run.c experiments/common/images.c)
PROGRAM_DIRS := $(sort $(notdir $(patsubst %/main.c,%,$(wildcard experiments/*/main.c))))
PROGRAM_C    := $(sort $(wildcard experiments/*.c))
PROGRAMS := $(PROGRAM_DIRS:%=$(B)/%) $(PROGRAM_C:experiments/%.c=$(B)/%)
TEST_C  := $(sort $(wildcard tests/*/test_*.c))
TESTS   := $(TEST_C:tests/%.c=$(B)/tests/%)
MADE_UP_O := $(B)/obj/tests/common/made_up.o $(B)/obj/tests/common/claim_case.o
SUPPORT_O := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard tests/support/*.c)))
# The numerical core: what needs no library. $(B)/core_check checks it.
CORE_C  := $(filter-out lib/base/json.c lib/base/option.c,$(filter lib/base/% lib/tensor/% lib/nn/% lib/loss/%,$(LIB_C)))
CORE_O  := $(patsubst %.c,$(B)/obj/%.o,$(filter-out %_kernel.c,$(CORE_C))) \
           $(foreach isa,$(ISAS),$(patsubst %.c,$(B)/obj/%.$(isa).o,$(filter %_kernel.c,$(CORE_C))))
BENCH_C := $(sort $(wildcard tests/bench/*.c))
BENCH_O := $(patsubst %.c,$(B)/obj/%.o,$(filter-out %_kernel.c,$(BENCH_C))) \
           $(foreach isa,$(ISAS),$(patsubst %.c,$(B)/obj/%.$(isa).o,$(filter %_kernel.c,$(BENCH_C))))

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all lib study reproduce reference check-reference smoke demo test asan double tsan aarch64 baseline bench bench-torch docs install layers format format-check lint \
        deps deps-dev deps-cross help clean variant-tests

all: deps ## build the library and every program into build/release/
	@$(MAKE) --no-print-directory $(B)/libretinanet.a $(PROGRAMS)

# `make V=1` shows whole command lines.
V ?=
Q := $(if $(V),,@)
SAY = $(if $(V),,@echo "  $(1)  $@")

# ---- compile and link ----------------------------------------------------------------------
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,cc)
	$(Q)$(CC) $(BASE_CFLAGS) -Iexperiments -Itests -MMD -MP -c $< -o $@

$(B)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,cc)
	$(Q)$(CC) $(BASE_CFLAGS) -fPIC -MMD -MP -c $< -o $@

# GCC takes ten times as long over the unrolled transforms at -O3, and as long over where their
# variables are for a debugger.
%/tensor/winograd_kernel.baseline.o %/tensor/winograd_kernel.avx2.o %/tensor/winograd_kernel.avx512.o: \
  QUICKER = $(if $(filter -O3,$(BASE_CFLAGS)),-O2) -fno-var-tracking

define KERNEL_RULE
$(B)/obj/%_kernel.$(1).o: %_kernel.c
	@mkdir -p $$(@D)
	$$(call SAY,cc)
	$$(Q)$$(CC) $$(BASE_CFLAGS) $$(QUICKER) $$(ISA_$(1)) -Itests -MMD -MP -c $$< -o $$@
$(B)/pic/%_kernel.$(1).o: %_kernel.c
	@mkdir -p $$(@D)
	$$(call SAY,cc)
	$$(Q)$$(CC) $$(BASE_CFLAGS) $$(QUICKER) $$(ISA_$(1)) -fPIC -MMD -MP -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call KERNEL_RULE,$(isa))))

$(B)/libretinanet.a: $(LIB_O)
	@rm -f $@
	$(call SAY,ar)
	$(Q)ar rcs $@ $(LIB_O)

$(B)/libretinanet.so: $(LIB_PIC)
	$(call SAY,ld)
	$(Q)$(CC) $(BASE_CFLAGS) -shared -Wl,-soname,libretinanet.so -o $@ $(LIB_PIC) $(LIBS)

# The gnuplot scripts are part of the library: an installed program needs no folder of its own.
$(B)/plot_scripts.c: plots/embed.awk $(sort $(wildcard plots/*.gp))
	@mkdir -p $(@D)
	awk -f $^ > $@

$(B)/obj/plot_scripts.o $(B)/pic/plot_scripts.o: $(B)/plot_scripts.c
	@mkdir -p $(@D)
	$(call SAY,cc)
	$(Q)$(CC) $(BASE_CFLAGS) -fPIC -c $< -o $@

# Only the list of names tells when a file is gone.
.PHONY: always
$(B)/sources.txt: always
	@mkdir -p $(@D)
	@echo $(RESULT_C) | cmp -s - $@ || echo $(RESULT_C) >$@

$(B)/sources.c: experiments/common/sources.awk $(RESULT_C) $(B)/sources.txt
	@mkdir -p $(@D)
	$(Q)printf '#include "common/sources.h"\nconst char sources_version[] = "%s";\n' $$(awk -f $(filter %.awk %.c %.h,$^) | sha256sum | cut -c1-12) > $@

$(B)/obj/sources.o: $(B)/sources.c
	@mkdir -p $(@D)
	$(call SAY,cc)
	$(Q)$(CC) $(BASE_CFLAGS) -Iexperiments -c $< -o $@

# The evaluation agrees with pycocotools to the last bit: no fused multiply-add there.
$(B)/obj/lib/eval/%.o $(B)/pic/lib/eval/%.o: BASE_CFLAGS += -ffp-contract=off

# A program is experiments/NAME.c, or all of experiments/NAME/ when that holds a main.c.
.SECONDEXPANSION:
$(PROGRAM_DIRS:%=$(B)/%): $(B)/%: $$(addprefix $(B)/obj/,$$(addsuffix .o,$$(basename $$(wildcard experiments/$$*/*.c)))) $(COMMON_O) $(B)/libretinanet.a
	$(call SAY,ld)
	$(Q)$(CC) $(BASE_CFLAGS) -o $@ $^ $(LIBS)

$(PROGRAM_C:experiments/%.c=$(B)/%): $(B)/%: $(B)/obj/experiments/%.o $(COMMON_O) $(B)/libretinanet.a
	$(call SAY,ld)
	$(Q)$(CC) $(BASE_CFLAGS) -o $@ $^ $(LIBS)

$(B)/bench: $(BENCH_O) $(COMMON_O) $(B)/libretinanet.a
	$(call SAY,ld)
	$(Q)$(CC) $(BASE_CFLAGS) -o $@ $^ $(LIBS)

$(B)/core_check: $(B)/obj/tests/portable/core_check.o $(B)/obj/tests/support/naive_conv.o $(CORE_O)
	$(call SAY,ld)
	$(Q)$(CC) $(BASE_CFLAGS) -o $@ $^ $(LIBS)

# test_checkpoint replaces the system calls that a full disk or a kill would break.
LINK_test_checkpoint := -Wl,--wrap=write,--wrap=fsync,--wrap=rename
# tests/common/ tests what the programs share, on made-up results.
$(B)/tests/%: $(B)/obj/tests/%.o $(SUPPORT_O) $$(if $$(findstring common/,$$*),$(MADE_UP_O) $(COMMON_O)) $(B)/libretinanet.a
	@mkdir -p $(@D)
	$(call SAY,ld)
	$(Q)$(CC) $(BASE_CFLAGS) $(LINK_$(notdir $@)) -o $@ $^ $(LIBS) $$(pkg-config --libs criterion)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

include notebooks-c/notebooks.mk

# ---- what people run -----------------------------------------------------------------------
# The paper's ablations, in an order in which each finds what it shares with others already made.
STUDIES := table_1a_ce_alpha table_1b_fl_gamma fig_4_loss_cdf prior_init table_1d_ohem hinge table_3_fl_star \
           table_1c_anchor_density pyramid rescaled_ce imbalance table_1e_depth_scale learning_rate
BUDGET     ?= quick
STUDY_OUT  ?= out
STUDY_ARGS ?=
study: all ## every table and figure of the paper, and the report: BUDGET=smoke, quick, standard or full
	$(B)/loss_math --out "$(STUDY_OUT)"
	@for p in $(STUDIES); do $(B)/$$p --budget $(BUDGET) --out "$(STUDY_OUT)" $(STUDY_ARGS) || exit; done
	$(B)/report "$(STUDY_OUT)" --out "$(STUDY_OUT)"

reproduce: study ## the paper's claims, quickly (20 minutes on two cores): out/report.html

reference: ## keep the tables, figures and report of STUDY_OUT, made by the commit that is checked out
	@git diff --quiet HEAD -- || { echo "reference: commit first, since it names its commit"; exit 1; }
	rm -rf plots/reference
	@mkdir -p plots/reference; git rev-parse HEAD >plots/reference/commit
	@to=$$(pwd)/plots/reference; cd "$(STUDY_OUT)" && cp report.html report.md $$to/ && \
	for json in $$(find . -name runs -prune -o -name '*.json' -print); do \
	  d=$$(dirname $$json); [ $$(basename $$d).json = $$(basename $$json) ] || continue; mkdir -p $$to/$$d; \
	  for f in $$d/*.svg $$d/*.csv $$d/*.md $$d/*.json; do [ ! -f $$f ] || cp $$f $$to/$$d/; done; done

check-reference: all ## is plots/reference/ what its commit makes? one run anew, bit for bit
	sh tests/program/check_reference.sh $(B)

smoke: all ## every ablation in a few steps: does it run?
	@rm -rf build/smoke
	@{ $(B)/learning_rate --budget smoke --only 'CE,*' --out build/smoke && \
	   $(MAKE) --no-print-directory study BUDGET=smoke STUDY_OUT=build/smoke; } >build/smoke.log 2>&1 || \
	   { tail -20 build/smoke.log; exit 1; } # learning_rate has no core rows
	@! grep "^no figure" build/smoke.log

demo: all ## train the small detector on `scenes`, print its COCO table, draw detections to out/
	$(B)/retinanet train --data scenes --model tiny --out out/scenes --resume
	$(B)/retinanet eval --data scenes --split test --weights out/scenes/last.safetensors --json out/scenes/test.json --plot out/scenes/precision.png
	$(B)/retinanet detect --data scenes --split test --weights out/scenes/last.safetensors --limit 12 --out out/detections

test: deps ## build and run the tests in a release build
	@$(MAKE) --no-print-directory variant-tests

asan: deps ## the tests under address, leak and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory VARIANT=asan variant-tests

double: deps ## the gradient checks, with double-precision arithmetic
	@$(MAKE) --no-print-directory VARIANT=double variant-tests

TSAN := TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1 exitcode=66" OMP_NUM_THREADS=2 build/tsan/bench
tsan: deps-dev ## five training steps and a detection under the thread sanitizer (clang, libomp)
	@$(MAKE) --no-print-directory VARIANT=tsan build/tsan/bench
	$(TSAN) --steps 5
	$(TSAN) --alone tiny-detect >/dev/null

aarch64: deps-cross ## the numerical core on aarch64, in an emulator
	@$(MAKE) --no-print-directory VARIANT=aarch64 build/aarch64/core_check
	qemu-aarch64 -L /usr/aarch64-linux-gnu build/aarch64/core_check

baseline: deps-cross ## the portable build on an x86-64 without AVX, in an emulator
	@$(MAKE) --no-print-directory VARIANT=portable build/portable/core_check build/portable/retinanet build/portable/bench
	qemu-x86_64 -cpu Nehalem build/portable/core_check
	qemu-x86_64 -cpu Nehalem build/portable/retinanet info --model tiny >/dev/null
	qemu-x86_64 -cpu Nehalem build/portable/bench --steps 1

# Criterion forks a process per test and forgives leaks, hence the sanitizer logs.
# TESTS_ONLY=loss/test_focal runs one program.
TESTS_ONLY ?=
RUN_BY_TESTS = $(addprefix $(B)/,report retinanet hinge imbalance loss_math prior_init sweep table_1b_fl_gamma table_1e_depth_scale)
RUN_TESTS = $(if $(TESTS_ONLY),$(TESTS_ONLY:%=$(B)/tests/%),$(TESTS))
variant-tests: $(if $(filter release,$(VARIANT)),$(PROGRAMS)) $$(RUN_TESTS) $(RUN_BY_TESTS) $(if $(TESTS_ONLY),,$(B)/core_check)
	$(if $(TESTS_ONLY),,@$(B)/core_check >$(B)/core_check.log || { cat $(B)/core_check.log; exit 1; })
	@sh tests/support/run_tests.sh $(B) $(RUN_TESTS)

# BENCH_ARGS="--quick --tasks r50-train" and so on; `build/release/bench --help` lists them.
BENCH_ARGS ?=
PYTHON     ?= python3
BENCH_DATA  = $(if $(wildcard $(RN_DATA)/coco-tiny),--pictures $(RN_DATA)/coco-tiny) \
              $(if $(wildcard $(RN_DATA)/make_coco_results.py),--coco build/bench/coco)
bench: all $(B)/bench $(if $(wildcard $(RN_DATA)/make_coco_results.py),build/bench/coco/results.json) ## times, rates and memory of this library here
	@mkdir -p out/bench
	$(B)/bench $(BENCH_DATA) --json out/bench/bench.json --plot out/bench/bench.png $(BENCH_ARGS)

bench-torch: all $(B)/bench $(if $(wildcard $(RN_DATA)/make_coco_results.py),build/bench/coco/results.json) ## a race with PyTorch (PYTHON=python3 with torch and numpy)
	@mkdir -p out/bench
	$(PYTHON) tests/bench/bench_torch.py --bench $(B)/bench $(BENCH_DATA) --json out/bench/race.json --plot out/bench/race.png $(BENCH_ARGS)

build/bench/coco/results.json:
	@mkdir -p $(@D)
	python3 $(RN_DATA)/make_coco_results.py $(@D)/truth.json $@

docs: ## render the public headers with Doxygen into build/docs/
	@command -v doxygen >/dev/null || $(MAKE) deps-dev
	@mkdir -p build
	(cat .doxygen; echo "OUTPUT_DIRECTORY=build/docs") | doxygen -

VERSION = $(shell sed -n 's/.*RN_VERSION "\(.*\)"/\1/p' lib/base/version.h)
PREFIX ?= /usr/local
DESTDIR ?=
install: all $(B)/libretinanet.so ## headers, libraries and a pkg-config file below PREFIX
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/bin
	for h in $(LIB_H:lib/%=%); do install -D -m 644 lib/$$h $(DESTDIR)$(PREFIX)/include/retinanet/$$h; done
	install -m 644 $(B)/libretinanet.a $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(B)/libretinanet.so $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(B)/retinanet $(DESTDIR)$(PREFIX)/bin/
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: retinanet' 'Description: RetinaNet and focal loss in C' \
	  'Version: $(VERSION)' 'Cflags: -I$${prefix}/include/retinanet' \
	  'Libs: -L$${prefix}/lib -lretinanet' 'Libs.private: $(PKG_LIBS) -fopenmp -lm' \
	  > $(DESTDIR)$(PREFIX)/lib/pkgconfig/retinanet.pc

# ---- checks --------------------------------------------------------------------------------
# golden/ holds generated vectors
SOURCES := $(filter-out tests/golden/%,$(sort $(wildcard lib/*.h lib/*/*.[ch] experiments/*.[ch] experiments/*/*.[ch] tests/*/*.[ch] notebooks-c/*.c notebooks-c/*/*.[ch] notebooks-c/exercises/answers/*.c)))

layers: ## does every #include go downward, as lib/LAYERS says?
	@awk -f tests/support/layers.awk lib/LAYERS $(wildcard lib/*/*.[ch])

format: deps-dev ## rewrite the sources in the house style
	@clang-format -i $(SOURCES)

format-check: deps-dev ## fail where a source is not in the house style
	@clang-format --dry-run --Werror $(SOURCES)

lint: deps-dev ## clang-tidy and cppcheck
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
	  --inline-suppr --suppress=missingIncludeSystem -j 2 -Ilib lib experiments
	printf '%s\n' $(LIB_C) $(wildcard experiments/*.c experiments/*/*.c) | xargs -P 2 -n 8 sh -c \
	  'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(STD) -fopenmp -Ilib -Iexperiments $(PKG_CFLAGS) 2>/dev/null || exit 255' sh

# ---- what is missing is installed ----------------------------------------------------------
DEB     := gcc libc6-dev pkg-config libopenblas-dev libcjson-dev libjpeg62-turbo-dev libpng-dev \
           libexpat1-dev libcriterion-dev gnuplot-nox
DEB_DEV := $(DEB) clang libclang-rt-dev clang-tidy clang-format cppcheck doxygen libomp-dev
DEB_CROSS := $(DEB) gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user

deps: ## install what is missing (Debian, Ubuntu), or print the line to run
	@for t in $(CC) gnuplot pkg-config; do command -v $$t >/dev/null || missing=1; done; \
	 [ -z "$$missing" ] && pkg-config --exists $(PACKAGES) criterion || $(call INSTALL,$(DEB))

deps-dev: deps ## the same for the tools of tsan, lint, format-check and docs
	@for t in clang clang-tidy clang-format cppcheck doxygen; do command -v $$t >/dev/null || missing=1; done; \
	 [ -z "$$missing" ] && [ -n "$$(ls /usr/lib/llvm-*/lib/libomp.so 2>/dev/null)" ] && \
	 [ -n "$$(ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.tsan-*.a 2>/dev/null)" ] || $(call INSTALL,$(DEB_DEV))

deps-cross: deps ## the same for aarch64 and baseline
	@for t in aarch64-linux-gnu-gcc qemu-aarch64 qemu-x86_64; do command -v $$t >/dev/null || missing=1; done; \
	 [ -z "$$missing" ] && [ -d /usr/aarch64-linux-gnu/include ] || $(call INSTALL,$(DEB_CROSS))

# libjpeg62-turbo-dev is Debian's name, libjpeg-turbo8-dev Ubuntu's, libjpeg-dev asks for either.
INSTALL = { \
  if ! command -v apt-get >/dev/null; then \
    echo "missing: a C compiler, gnuplot, or one of: $(PACKAGES) criterion (see pkg-config)"; \
    echo "On Debian or Ubuntu: apt-get install $(1:libjpeg62-turbo-dev=libjpeg-dev)"; exit 1; fi; \
  SUDO=; [ "$$(id -u)" = 0 ] || SUDO=sudo; \
  echo "installing $(1:libjpeg62-turbo-dev=libjpeg-dev)"; \
  $$SUDO apt-get update -qq && \
  $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1:libjpeg62-turbo-dev=libjpeg-dev) >/dev/null; }

clean: ## remove build/ (and nothing of out/)
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile notebooks-c/notebooks.mk
