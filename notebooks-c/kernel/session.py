"""A session of cells: what was defined so far, the compiler, and the process that runs them."""
import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "runner"))
import events
from cell import Parser

JUMP = {"x86_64": "movq {to}@GOTPCREL(%rip), %r11\\n jmp *(%r11)",
        "aarch64": "adrp x16, :got:{to}\\n ldr x16, [x16, :got_lo12:{to}]\\n ldr x16, [x16]\\n br x16"}
BODY = "_in_this_cell"  # behind the name of a function's own code


class Failure(Exception):
    """A cell failed: text for its reader."""


@dataclass
class Known:
    """A name of an earlier cell: what later cells are told of it, and who uses it."""
    text: str
    head: str = ""
    version: int = 1
    size: int = 0
    users: dict = field(default_factory=dict)  # cell's label to version


class Unit:
    """The source of a cell, beside what is known. `deferred`: values are given by statements."""

    def __init__(self, items, known, versions, label, deferred):
        self.known, self.versions, self.label, self.deferred = dict(known), versions, label, deferred
        self.symbols, self.own, self.runs = [], {}, 0
        mine = {i.name for i in items if i.name and i.kind != "prototype"}
        types = {i.name for i in items if i.kind in ("type", "line")}
        # Types that are defined again stand where they stood: what other cells have needs them.
        names = list(known)
        first = next((k for k, name in enumerate(names) if name in types), len(names))
        texts = [[known[n].text for n in part if n not in mine] for part in (names[:first], names[first:])]
        self.out = ['#include "notebook.h"'] + texts[0]
        for item in items if texts[1] else []:
            if item.kind in ("type", "line"):
                getattr(self, item.kind)(item)
        self.out += texts[1]
        for item in items:
            if not texts[1] or item.kind not in ("type", "line"):
                getattr(self, item.kind)(item)
        listed = "".join(f'{{"{s}", {size}}}, ' for s, size in self.symbols)
        self.source = "\n".join(self.out + [
            "const struct { const char *name; __SIZE_TYPE__ size; } nb_symbols[] = {" + listed + "{0, 0}};\n"])

    def put(self, item, text):
        self.out.append(f'#line {item.line} "{self.label}"\n{text}')

    def define(self, item, text, head=""):
        self.own[item.name] = Known(text, head, self.versions.get(item.name, 1))

    def symbol(self, item):
        return f"{item.name}.{self.versions.get(item.name, 1)}"

    def line(self, item):
        self.put(item, item.text)
        self.define(item, item.text)

    type = line

    def run(self, item):
        self.put(item, item.text)

    def statement(self, item):
        self.runs += 1
        name = f"nb_statement_{self.runs}"
        self.put(item, f"static void {name}(void) {{ {item.text}\n}}")
        self.out.append(f"__attribute__((constructor)) static void {name}_add(void) {{ nb_add({name}, {item.line}); }}")

    def prototype(self, item):
        self.put(item, f'{item.head} __asm__("{self.symbol(item)}");')

    def variable(self, item):
        symbol, value = self.symbol(item), item.value
        late = self.deferred and value and not re.search(r"\[ *\]", item.head)
        self.put(item, f'{item.head} __asm__("{symbol}"){" = " + value if value and not late else ""};')
        self.symbols.append((symbol, f"sizeof {item.name}"))
        if late:
            item.text = (f"{{ __typeof__({item.name}) nb_value = {value}; "
                         f"__builtin_memcpy((void *)&{item.name}, &nb_value, sizeof nb_value); }}")
            self.statement(item)
        known = f'extern {item.head} __asm__("{symbol}");'
        if re.search(r"\[ *\]", item.head):
            kind = re.sub(rf"\b{item.name}\b", "", item.head)
            known = f'extern __typeof__(({kind}){value}) {item.name} __asm__("{symbol}");'
        self.define(item, known, item.head)

    def function(self, item):
        symbol = self.symbol(item)
        jump = JUMP[os.uname().machine].format(to=symbol + ".to")
        own = re.sub(rf"\b{item.name}\b", item.name + BODY, item.head, count=1)
        self.put(item, f'{item.head} __asm__("{symbol}");\n#line {item.line} "{self.label}"\nstatic {own}{item.body}')
        self.out.append(f'void *nb_{item.name}_to __asm__("{symbol}.to") = (void *){item.name}{BODY};\n'
                        f'__asm__(".text\\n.globl {symbol}\\n.type {symbol}, %function\\n{symbol}: {jump}\\n");')
        self.symbols.append((symbol + ".to", "sizeof(void *)"))
        self.define(item, f'{item.head} __asm__("{symbol}");', " ".join(item.head.split()))


class Session:
    def __init__(self, compiler, worker):
        self.compiler, self.program = shlex.split(compiler), worker
        self.folder = tempfile.TemporaryDirectory(prefix="retinanet-cells-")
        self.known, self.labels, self.count, self.worker = {}, {}, 0, None
        self.start()

    def start(self):
        """A worker that does not hear the Ctrl-C that is meant for the kernel."""
        self.worker = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       start_new_session=True, env={**os.environ, "NB_FOLDER": self.folder.name})

    def close(self):
        if self.worker:
            self.worker.stdin.close()
            self.worker.stdout.close()
        self.folder.cleanup()

    # ---- compiling

    def compile(self, items, label):
        """The shared object of a cell, its unit, the compiler's warnings, and who uses an old type."""
        versions = {name: k.version for name, k in self.known.items()}
        for item in items:
            k = self.known.get(item.name)
            if k and item.kind in ("variable", "function") and k.head != self.head(item):
                versions[item.name] = k.version + 1
        deferred = False
        while True:
            unit = Unit(items, self.known, versions, label, deferred)
            library, messages, failed = self.run_compiler(unit.source)
            if failed and "initializer element is not constant" in messages and not deferred:
                deferred = True
                continue
            if failed:
                raise Failure("interrupted while compiling\n" if self.unwanted else messages)
            grown = self.other_sizes(unit, library)
            if not grown:
                return library, unit, messages
            for name in grown:
                versions[name] += 1

    @staticmethod
    def head(item):
        return " ".join(item.head.split()) if item.kind == "function" else item.head

    def run_compiler(self, source):
        self.count += 1
        stem = os.path.join(self.folder.name, f"cell-{self.count}")
        with open(stem + ".c", "w", encoding="utf-8") as file:
            file.write(source)
        done = subprocess.run(self.compiler + [stem + ".c", "-o", stem + ".so"], capture_output=True, text=True)
        messages = done.stderr.replace(BODY, "").replace(stem + ".c:", "earlier cells:")
        return stem + ".so", re.sub(r"(?m)^.*In function ‘nb_.*\n", "", messages), done.returncode != 0

    def other_sizes(self, unit, library):
        """Notes the sizes of the variables; those that differ from the size of the same symbol before."""
        listed = subprocess.run(["nm", "-S", "--defined-only", library], capture_output=True, text=True).stdout
        sizes = {m[2]: int(m[1], 16) for m in re.finditer(r"^\w+ (\w+) \w (.+)$", listed, re.M)}
        grown = []
        for name, own in unit.own.items():
            own.size = sizes.get(f"{name}.{own.version}", 0)
            old = self.known.get(name)
            if own.head and old and old.version == own.version and old.size != own.size:
                grown.append(name)
        return grown

    def keep(self, items, unit, label):
        """Takes up what a cell has defined; returns words about those who use a type that has gone."""
        stale = {}
        for name, own in unit.own.items():
            old = self.known.get(name)
            if old:
                own.users = {u: v for u, v in old.users.items() if u != label}
                for user, version in own.users.items():
                    if own.head and version != own.version:
                        stale.setdefault(user, []).append(name)
            self.known[name] = own
        words = set().union(*[i.words for i in items if i.kind in ("function", "variable")] or [set()])
        for name in words & set(self.known):
            self.known[name].users[label] = self.known[name].version
        return "".join(f"{', '.join(names)}: another type than before; what {user} has defined still uses the old one. "
                       "Run that cell again.\n" for user, names in stale.items())

    # ---- running

    def execute(self, code, label):
        """Runs a cell. Yields ("text", t), ("warning", t), ("figure", MIME bundle); raises Failure."""
        self.unwanted = False
        items = Parser(code).items()
        if not items:
            return
        library, unit, messages = self.compile(items, label)
        self.labels[library] = label
        if messages:
            yield "warning", messages
        yield from self.run(library, label)
        words = self.keep(items, unit, label)
        if words:
            yield "warning", words

    def run(self, library, label):
        frames, crash, trouble = [], None, ""
        self.pid = None
        try:
            self.worker.stdin.write((library + "\n").encode())
            self.worker.stdin.flush()
            for kind, value in self.listen():
                if kind == "text":
                    yield "text", value
                elif kind == "figure":
                    yield "figure", events.figure(value)
                elif kind == "frame":
                    frames.append(value)
                elif kind == "trouble":
                    trouble = value
                elif kind == "crash":
                    crash = int(value)
                elif kind == "failed":
                    raise Failure(self.tell_failure(label, crash or int(value), frames, trouble))
                elif kind == "done":
                    self.pid = None  # that process is the worker now
                    return
        except (BrokenPipeError, EOFError):
            self.worker.wait()
            self.known.clear()
            self.start()
            raise Failure("The process that held the variables is gone; all of them are lost. "
                          "Run the cells again from the top.\n") from None

    def listen(self):
        reader = events.Reader()
        while True:
            data = self.worker.stdout.read1(65536)
            if not data:
                raise EOFError
            for kind, value in reader.feed(data):
                if kind == "begin":
                    self.pid = int(value)
                    if self.unwanted:
                        self.interrupt()
                yield kind, value

    def interrupt(self):
        """For a signal handler: ends the cell's process. What comes back is what was before it, and
        the worker says that the cell has failed."""
        self.unwanted = True
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def tell_failure(self, label, number, frames, trouble):
        where = label
        for frame in frames:
            place = events.place(frame)
            if place and not place[1].endswith(".h"):
                where = f"{self.labels.get(frame.partition(' ')[2], label)}, line {place[2]}"
                break
        missing = re.search(r"undefined symbol: (\w+)", trouble)
        why = f"{missing[1]} is declared, but defined nowhere" if missing else trouble or {
            0: "the cell ended its process", 9: "interrupted"}.get(number) or events.SIGNALS.get(
                number, f"signal {number}")
        return f"{where}: {why}. Everything is as it was before this cell.\n"
