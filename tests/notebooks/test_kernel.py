#!/usr/bin/env python3
"""The C kernel through Jupyter's own protocol, and the notebooks by nbformat and by that kernel.

    JUPYTER_PATH=... test_kernel.py NN_name.ipynb ...      (python3-jupyter-client, python3-nbformat)"""
import os
import sys
import time
import unittest

import nbformat
from jupyter_client.manager import start_new_kernel

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "notebooks-c", "runner"))
import same

NOTEBOOKS = sys.argv[1:]


class Run:
    """What came back from a cell."""

    def __init__(self, client, code, on_text=None, timeout=60):
        self.outputs, self.errors, self.on_text = [], "", on_text
        reply = client.execute_interactive(code, output_hook=self.take, timeout=timeout, allow_stdin=False)
        self.status = reply["content"]["status"]
        self.text = "".join(o["text"] for o in self.outputs if o["output_type"] == "stream")

    def take(self, message):
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stderr":
            self.errors += content["text"]
        elif kind == "stream":
            if self.on_text:
                self.on_text()
            if not self.outputs or self.outputs[-1]["output_type"] != "stream":
                self.outputs.append({"output_type": "stream", "text": ""})
            self.outputs[-1]["text"] += content["text"]
        elif kind == "display_data":
            self.outputs.append({"output_type": kind, "data": content["data"]})
        elif kind == "error":
            self.errors += "\n".join(content["traceback"])


class Kernel(unittest.TestCase):
    def setUp(self):
        self.start()
        self.addCleanup(self.stop)

    def start(self):
        self.manager, self.client = start_new_kernel(kernel_name="retinanet-c")

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()

    def cell(self, code, **arguments):
        run = Run(self.client, code, **arguments)
        self.assertEqual(run.status, "ok", run.errors)
        return run.text

    def fails(self, code, *words, **arguments):
        run = Run(self.client, code, **arguments)
        self.assertEqual(run.status, "error", run.text)
        for word in words:
            self.assertIn(word, run.errors)
        return run

    def test_names_carry_over(self):
        self.cell("#include <math.h>\n#include <stdio.h>\n#define TWICE(x) (2 * (x))")
        self.cell("double gamma = 2;\nstatic const char *const names[] = {\"CE\", \"FL\"};\n"
                  "typedef struct point { int x, y; } point;\nenum { RED = 7 };\npoint p = {3, 4};")
        self.cell("double focal(double pt) { return -pow(1 - pt, gamma) * log(pt); }\n"
                  "double (*loss)(double) = focal;")
        text = self.cell('printf("%.4f %.4f %s %zu %d %d %g\\n", focal(.5), loss(.5), names[1],\n'
                         "       sizeof names / sizeof *names, p.y, RED, TWICE(gamma));")
        self.assertEqual(text, "0.1733 0.1733 FL 2 4 7 4\n")

    def test_a_run_and_loose_statements_are_the_same(self):
        self.cell("#include <stdio.h>\nint n = 1;")
        self.assertEqual(self.cell("n += 1;\nif (n > 1) n *= 5; else n = 0;\nRUN { n += 1; }\nprintf(\"%d\\n\", n);"),
                         "11\n")

    def test_a_cell_that_runs_again_changes_what_others_see(self):
        self.cell("#include <stdio.h>")
        self.cell("double gamma = 2; double weights[] = {1, 2};")
        self.cell("double twice(void) { return 2 * gamma; }")
        self.cell("double sum(void) { return twice() + weights[1]; }")
        self.assertEqual(self.cell('printf("%g\\n", sum());'), "6\n")
        self.cell("double gamma = 5; double weights[] = {1, 3};")
        self.assertEqual(self.cell('printf("%g\\n", sum());'), "13\n")
        self.cell("double twice(void) { return 200 * gamma; }")
        self.assertEqual(self.cell('printf("%g\\n", sum());'), "1003\n")

    def test_another_type_is_told(self):
        self.cell("#include <stdio.h>\nint n = 3;")
        self.cell("int next(void) { return n + 1; }")
        run = Run(self.client, "double n = 1.5;")
        self.assertEqual(run.status, "ok", run.errors)
        self.assertIn("In [2]", run.errors)
        self.assertEqual(self.cell('printf("%g %d\\n", n, next());'), "1.5 4\n")
        self.cell("double a[2] = {1, 2};")
        self.cell("double a[4] = {5, 6, 7, 8};")
        self.assertEqual(self.cell('printf("%g %zu\\n", a[3], sizeof a);'), "8 32\n")

    def test_types_and_macros_that_are_defined_again(self):
        self.cell("#include <stdio.h>\n#define SIDE 3\ntypedef struct point { int x; } point;")
        self.cell("point p = {SIDE};\nint x_of(point q) { return q.x; }")
        self.cell("#include <stdio.h>\n#define SIDE 4\ntypedef struct point { int x; } point;")
        self.assertEqual(self.cell('printf("%d %d\\n", x_of(p), SIDE);'), "3 4\n")
        self.cell("point p = {SIDE};\nint x_of(point q) { return 10 * q.x; }")
        self.assertEqual(self.cell('printf("%d\\n", x_of(p));'), "40\n")

    def test_nothing_and_comments_and_half_a_cell(self):
        self.cell("")
        self.cell("// nothing\n/* at all */")
        self.fails("double half(double x) {\n    return x;", "In [")
        self.fails('#include <stdio.h>\nprintf("a")', "In [")
        self.assertEqual(self.cell('#include <stdio.h>\nprintf("a");'), "a")

    def test_values_that_are_computed(self):
        self.cell("#include <math.h>\n#include <stdio.h>\n#include \"detect/box.h\"")
        self.cell("double root = sqrt(2);\nrn_box box = {0, 0, (float)root, 1};\nfloat area = rn_box_area(box);")
        self.assertEqual(self.cell('printf("%.3f %.3f\\n", root, area);'), "1.414 1.414\n")

    def test_errors_name_cell_and_line_and_change_nothing(self):
        self.cell("#include <stdio.h>\nint n = 1;")
        self.fails("n = 2;\n\nn = undefined;", "In [2]:3:", "undefined")
        self.fails("int m = 1;\nextern int nowhere(void);\nm = nowhere();", "nowhere is declared, but defined nowhere")
        self.assertEqual(self.cell('int m = 4; printf("%d %d\\n", n, m);'), "1 4\n")

    def test_printed_text_arrives_while_the_cell_runs(self):
        arrived = []

        def hook(message):
            if message["msg_type"] == "stream":
                arrived.append((time.monotonic(), message["content"]["text"]))

        self.client.execute_interactive('#include <stdio.h>\n#include <time.h>\nprintf("first\\n");\n'
                                        "for (clock_t end = clock() + CLOCKS_PER_SEC / 2; clock() < end;) {}\n"
                                        'printf("last\\n");', output_hook=hook, timeout=60)
        self.assertEqual("".join(text for _, text in arrived), "first\nlast\n")
        self.assertGreater(arrived[-1][0] - arrived[0][0], 0.3)

    def test_figures_are_shown(self):
        run = Run(self.client, 'nb_picture picture;\nRUN {\n    picture = nb_picture_start(20, 20, NULL);\n'
                               '    nb_box(&picture, (rn_box){1, 2, 3, 4}, 0, "a");\n    nb_picture_show(&picture);\n}')
        self.assertEqual(run.status, "ok", run.errors)
        self.assertIn("<svg", run.outputs[0]["data"]["image/svg+xml"])

    def test_an_endless_loop_is_interrupted(self):
        self.cell("#include <stdio.h>\nint n = 1;")
        self.fails('n = 2;\nprintf("in it\\n");\nfor (;;) n = 3;', "interrupted", "as it was before",
                   on_text=self.manager.interrupt_kernel)
        self.assertEqual(self.cell('printf("%d\\n", n);'), "1\n")

    def test_a_crash_names_the_cell_and_the_state_is_that_before_it(self):
        self.cell("#include <stdio.h>\nint n = 1;\nint *nowhere(void) { return 0; }")
        self.cell("void store(int value) {\n    *nowhere() = value;\n}")
        self.fails("n = 2;\nstore(n);", "In [2], line 2", "segmentation fault", "as it was before")
        self.assertEqual(self.cell('printf("%d\\n", n);'), "1\n")
        self.fails("int deep(int k) { return k > 1 << 30 ? 0 : 1 + deep(k + 1) * 2; }\nn = deep(0);",
                   "In [5], line 1", "segmentation fault")
        self.fails('#include "base/check.h"\n\nRN_CHECK(n == 2, "n is %d", n);', "In [6], line 3", "an abort")
        self.fails("#include <stdlib.h>\nexit(0);", "ended its process")
        self.assertEqual(self.cell('printf("%d\\n", n);'), "1\n")

    def test_openmp_after_a_fork(self):
        code = "int s = 0;\n#pragma omp parallel for reduction(+ : s) num_threads(4)\nfor (int i = 0; i < 1000; i++) s += i;"
        for _ in range(3):
            self.cell("RUN { " + code.replace("int s = 0;", "int s = 0;\n") + "\nif (s != 499500) __builtin_trap(); }")

    def test_notebooks_say_here_what_they_say_there(self):
        for path in NOTEBOOKS:
            with self.subTest(path):
                self.stop()
                self.start()
                notebook = nbformat.read(path, as_version=4)
                nbformat.validate(notebook)
                for cell in notebook.cells:
                    if cell.cell_type == "code":
                        run = Run(self.client, cell.source, timeout=300)
                        self.assertEqual((run.status, run.errors), ("ok", ""))
                        self.assertIsNone(same.outputs(cell.outputs, run.outputs, "volatile" in cell.metadata.get("tags", [])))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
