# The notebooks: NN_name.c is written by hand, NN_name.ipynb and NN_name.html by `make notebooks`.
# One or some of them: make notebooks ONLY=04_cross_entropy

ONLY       ?=
NOTEBOOK_C := $(sort $(wildcard notebooks-c/[0-9][0-9]_*.c))
NOTEBOOKS   = $(if $(ONLY),$(wildcard $(ONLY:%=notebooks-c/%*.c)),$(NOTEBOOK_C))
NB          := $(B)/notebooks
NB_RUNTIME_O := $(patsubst %.c,$(B)/obj/%.o,$(wildcard notebooks-c/runner/*.c))
NB_RUNTIME_PIC := $(patsubst %.c,$(B)/pic/%.o,$(filter-out %/main.c,$(wildcard notebooks-c/runner/*.c)))
# Plain C11 as a student would compile it; with -std=c11 a name such as gamma is free.
NB_CFLAGS  = -std=c11 -O2 -g -Wall -Wextra -fopenmp -Ilib -Inotebooks-c/runner $(PKG_CFLAGS)
NB_COMPILE = $(CC) $(NB_CFLAGS) -Werror -o PROGRAM NOTEBOOK $(NB_RUNTIME_O) $(B)/libretinanet.a $(LIBS)
NB_RUN     = OMP_WAIT_POLICY=passive python3 notebooks-c/runner/run.py --compile "$(NB_COMPILE)" --build $(NB)

.PHONY: notebooks check-notebooks run-notebooks deps-notebooks

$(B)/obj/notebooks-c/%.o $(B)/pic/notebooks-c/%.o: BASE_CFLAGS += -Inotebooks-c/runner

notebooks: deps-notebooks ## compile and run the notebooks, write their .ipynb and .html (ONLY=04_... for one)
	@$(MAKE) --no-print-directory run-notebooks

check-notebooks: deps-notebooks ## run the notebooks and compare with the committed .ipynb and .html
	@$(MAKE) --no-print-directory run-notebooks NB_MODE=--check

NB_MODE ?=
run-notebooks: $(B)/libretinanet.a $(NB_RUNTIME_O)
	@$(NB_RUN) $(NB_MODE) $(NOTEBOOKS)

DEB_NOTEBOOKS := $(DEB) python3 pandoc binutils
deps-notebooks: deps ## the same for notebooks
	@for t in python3 pandoc addr2line; do command -v $$t >/dev/null || missing=1; done; \
	 [ -z "$$missing" ] || $(call INSTALL,$(DEB_NOTEBOOKS))
