# The notebooks: NN_name.c is written by hand, NN_name.ipynb and NN_name.html by `make notebooks`.
# One or some of them: make notebooks ONLY=04_cross_entropy
# Prose and pages alone, around the outputs that are there: make notebooks PAGES=1

ONLY       ?=
PAGES      ?=
NOTEBOOK_C := $(sort $(wildcard notebooks-c/[0-9][0-9]_*.c))
NOTEBOOKS   = $(if $(ONLY),$(wildcard $(ONLY:%=notebooks-c/%*.c)),$(NOTEBOOK_C))
NB          := $(B)/notebooks
NB_RUNTIME_O := $(patsubst %.c,$(B)/obj/%.o,$(wildcard notebooks-c/runner/*.c))
NB_RUNTIME_PIC := $(patsubst %.c,$(B)/pic/%.o,$(filter-out %/main.c,$(wildcard notebooks-c/runner/*.c)))
# Plain C11 as a student would compile it; with -std=c11 a name such as gamma is free.
NB_CFLAGS  = -std=c11 -O2 -g -Wall -Wextra -fopenmp -I$(CURDIR)/lib -I$(CURDIR)/notebooks-c/runner $(PKG_CFLAGS)
NB_COMPILE = $(CC) $(NB_CFLAGS) -Werror -o PROGRAM NOTEBOOK $(NB_RUNTIME_O) $(B)/libretinanet.a $(LIBS)
NB_RUN     = OMP_WAIT_POLICY=passive python3 notebooks-c/runner/run.py --compile "$(NB_COMPILE)" --build $(NB)

.PHONY: notebooks check-notebooks run-notebooks deps-notebooks jupyter check-kernel deps-jupyter kernel

$(B)/obj/notebooks-c/%.o $(B)/pic/notebooks-c/%.o: BASE_CFLAGS += -Inotebooks-c/runner

notebooks: deps-notebooks ## compile and run the notebooks, write their .ipynb and .html (ONLY=04_... for one, PAGES=1 to run nothing)
	@$(MAKE) --no-print-directory run-notebooks

check-notebooks: deps-notebooks ## run the notebooks and compare with the committed .ipynb and .html
	@$(MAKE) --no-print-directory run-notebooks NB_MODE=--check

NB_MODE ?= $(if $(PAGES),--pages)
run-notebooks: $(if $(PAGES),,$(B)/libretinanet.a $(NB_RUNTIME_O))
	@$(NB_RUN) $(NB_MODE) $(NOTEBOOKS)

DEB_NOTEBOOKS := $(DEB) python3 pandoc binutils
deps-notebooks: deps ## the same for notebooks
	@for t in python3 pandoc addr2line; do command -v $$t >/dev/null || missing=1; done; \
	 [ -z "$$missing" ] || $(call INSTALL,$(DEB_NOTEBOOKS))

# ---- live ----------------------------------------------------------------------------------
# Debian's own Python, which sees Debian's Jupyter. The cells of a copy in out/notebooks/ run in
# $(NB)/worker and call the same library. check-kernel runs the notebooks LIVE by the kernel too.
DEBIAN_PYTHON ?= /usr/bin/python3
KERNEL_SPEC := $(NB)/jupyter/kernels/retinanet-c/kernel.json
CELL_COMPILE = $(CC) $(NB_CFLAGS) -Wno-unused-function -fPIC -shared

$(NB)/worker: $(B)/obj/notebooks-c/kernel/worker.o $(NB_RUNTIME_PIC) $(B)/libretinanet.so
	@mkdir -p $(@D)
	$(call SAY,ld)
	$(Q)$(CC) $(BASE_CFLAGS) -rdynamic -Wl,-rpath,$(CURDIR)/$(B) -o $@ $(filter %.o,$^) -L$(B) -lretinanet $(LIBS) -lpthread

kernel: $(NB)/worker
	@mkdir -p $(dir $(KERNEL_SPEC))
	@$(DEBIAN_PYTHON) -c 'import json, sys; json.dump({"argv": [sys.executable, "$(CURDIR)/notebooks-c/kernel/kernel.py", \
	  "--compile", "$(CELL_COMPILE)", "--worker", "$(CURDIR)/$<", "-f", "{connection_file}"], \
	  "display_name": "C (retinanet.c)", "language": "c", "env": {"OMP_WAIT_POLICY": "passive", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}}, open("$(KERNEL_SPEC)", "w"))'

jupyter: deps-jupyter ## open the notebooks (copies in out/notebooks/) in Jupyter, to change and run their cells
	@$(MAKE) --no-print-directory kernel
	@mkdir -p out/notebooks && cp -n $(NOTEBOOK_C:.c=.ipynb) out/notebooks/
	@$(DEBIAN_PYTHON) -m nbformat.sign out/notebooks/*.ipynb >/dev/null # trusted: Jupyter shows their figures
	JUPYTER_PATH=$(CURDIR)/$(NB)/jupyter $(DEBIAN_PYTHON) -m notebook out/notebooks $(if $(filter 0,$(shell id -u)),--allow-root) $(JUPYTER_ARGS)

LIVE ?= 01 04
check-kernel: deps-jupyter ## the kernel through Jupyter's protocol: state, errors, interrupts, crashes, whole notebooks
	@$(MAKE) --no-print-directory kernel
	JUPYTER_PATH=$(CURDIR)/$(NB)/jupyter $(DEBIAN_PYTHON) tests/notebooks/test_kernel.py $(wildcard $(LIVE:%=notebooks-c/%_*.ipynb))

deps-jupyter: deps-notebooks ## the same for jupyter and check-kernel
	@$(DEBIAN_PYTHON) -c 'import ipykernel, jupyter_client, nbformat, notebook' 2>/dev/null || \
	 $(call INSTALL,$(DEB_NOTEBOOKS) python3-ipykernel python3-jupyter-client python3-nbformat jupyter-notebook)

# ---- exercises -----------------------------------------------------------------------------
# exercises/NN_name.c is the student's, NN_name_check.c checks it, answers/NN_name.c is the author's.
EXERCISES = $(patsubst notebooks-c/exercises/%_check.c,%,$(wildcard notebooks-c/exercises/$(or $(ONLY),*)*_check.c))
EX_BUILD  = $(CC) $(NB_CFLAGS) -D_DEFAULT_SOURCE -o $(NB)/exercise -include "$$from/$$name.c" \
            notebooks-c/exercises/$${name}_check.c $(B)/libretinanet.a $(LIBS)

.PHONY: check-exercises check-answers
check-exercises: deps ## are the exercises in notebooks-c/exercises/ solved? (ONLY=04 for one notebook's)
	@$(MAKE) --no-print-directory -s $(B)/libretinanet.a
	@mkdir -p $(NB); from=notebooks-c/exercises; todo=0; \
	for name in $(EXERCISES); do echo "$$from/$$name.c"; $(EX_BUILD) && $(NB)/exercise || todo=1; done; exit $$todo

check-answers: deps ## the author's answers pass the same checks, and the untouched files pass none
	@$(MAKE) --no-print-directory -s $(B)/libretinanet.a
	@mkdir -p $(NB); for name in $(EXERCISES); do \
	  from=notebooks-c/exercises/answers; $(EX_BUILD) -Werror && $(NB)/exercise && \
	  from=notebooks-c/exercises && $(EX_BUILD) -Werror && $(NB)/exercise --none >/dev/null || \
	  { echo "$$name: an answer fails, or a check that cannot fail"; exit 1; }; done
