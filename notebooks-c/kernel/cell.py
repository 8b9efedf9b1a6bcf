"""A cell of C, made into a shared object's source that shares names with other cells.

C has no statements at top level and no second definition of a name; a cell may have both. The cell
is cut into items, each is told apart by its first words (in C that suffices, but for "a * b;", which
is taken for a declaration), and becomes:

- a statement: part of a RUN;
- a variable x: one with the symbol "x.1", so that the definition of another cell means the same
  object (worker.c lets it take the new value), and extern in later cells;
- a function f: a jump at the symbol "f.1" through a pointer, which a new definition replaces;
- a type, macro or include: a text that is repeated in every later cell.

The number behind the dot grows when the type changes: who was compiled before keeps the old one."""
import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
  |(?P<line>^[ \t]*\#(?:\\\n|[^\n])*)
  |(?P<word>[A-Za-z_]\w*)
  |(?P<text>(?:u8|[LuU])?"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  |(?P<number>\.?\d(?:[eEpP][-+]|[\w.])*)
  |(?P<sign>->|\+\+|--|<<=|>>=|[-+*/%&|^=!<>]=|&&|\|\||<<|>>|\.\.\.|.)""", re.X | re.S | re.M)
STORAGE = {"static", "extern", "inline", "register", "_Noreturn", "_Thread_local"}
QUALIFIER = {"const", "volatile", "restrict", "_Atomic"}
TYPE = {"void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "bool", "_Complex"}
TAGGED = {"struct", "union", "enum"}
STATEMENT = {"if", "for", "while", "do", "switch", "return", "goto", "break", "continue", "sizeof"}
ASSIGN = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}


@dataclass
class Token:
    kind: str
    text: str
    at: int
    line: int


@dataclass
class Item:
    """kind: line (of the preprocessor), type, variable, function, prototype, run or statement."""
    kind: str
    text: str
    line: int
    name: str = ""
    head: str = ""  # of a variable or function: its declaration without value or body
    value: str = ""  # the initializer
    body: str = ""
    words: set = field(default_factory=set)


def tokens(code):
    out, line = [], 1
    for match in TOKEN.finditer(code):
        if match.lastgroup != "skip":
            out.append(Token(match.lastgroup, match[0], match.start(), line))
        line += match[0].count("\n")
    return out


def _step(text):
    """How a token changes the depth of brackets."""
    return 1 if text in "([{" else -1 if text in ")]}" else 0


def _is_statement(item):
    first = item[0]
    second = item[1].text if len(item) > 1 else ""
    if first.kind != "word" or first.text in STATEMENT:
        return True
    if first.text in STORAGE | QUALIFIER | TYPE | TAGGED | {"typedef", "_Static_assert", "__attribute__"}:
        return False
    if second == "*":
        rest = [t for t in item[1:] if t.text not in {"*"} | QUALIFIER]
        return not (len(rest) > 1 and rest[0].kind == "word" and rest[1].text in "=;,[(")
    return not (len(item) > 1 and item[1].kind == "word")


def _cut(all_tokens):
    """The tokens of one item after another."""
    item, depth, assigned, body = [], 0, False, False
    for i, token in enumerate(all_tokens):
        if token.kind == "line" and not item:
            yield [token]
            continue
        before = item[-1].text if item else ""
        item.append(token)
        if depth == 0 and token.text == "{":
            body = not assigned and before in ("", ")", "RUN", "else", "do")
        depth += _step(token.text) if token.kind == "sign" else 0
        assigned = (assigned or token.text in ASSIGN) if depth == 0 else assigned
        if depth > 0 or not (token.text == ";" or token.text == "}" and body):
            continue
        assigned = False
        after = all_tokens[i + 1].text if i + 1 < len(all_tokens) else ""
        if after == "else" or item[0].text == "do" and token.text == "}" and after == "while":
            continue
        yield item
        item, depth = [], 0
    if item:
        yield item


def _specifiers(item):
    """How many tokens belong to all declarators: "static const struct point {...}", "rn_box"."""
    i, typed = 0, False
    while i < len(item):
        text = item[i].text
        if text in TAGGED:
            i, typed = i + 1, True
            if i < len(item) and item[i].kind == "word":
                i += 1
            if i < len(item) and item[i].text == "{":
                i = _behind(item, i)
        elif text in STORAGE | QUALIFIER | {"typedef"}:
            i += 1
        elif text in TYPE or item[i].kind == "word" and not typed:
            i, typed = i + 1, True
        else:
            break
    return i


def _behind(item, i):
    """The index behind the bracket that closes item[i]."""
    depth = 0
    while i < len(item):
        depth += _step(item[i].text) if item[i].kind == "sign" else 0
        i += 1
        if depth == 0:
            break
    return i


def _split(item, sign):
    """Cuts at a sign outside of all brackets."""
    parts, depth = [[]], 0
    for token in item:
        depth += _step(token.text) if token.kind == "sign" else 0
        if depth == 0 and token.text == sign:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


class Parser:
    def __init__(self, code):
        self.code = code

    def text(self, item):
        return self.code[item[0].at:item[-1].at + len(item[-1].text)] if item else ""

    def items(self):
        out = []
        for item in _cut(tokens(self.code)):
            words = {t.text for t in item if t.kind == "word"}
            for made in self.declaration(item) if not self.simple(item, out) else []:
                made.words = words
                out.append(made)
        return out

    def simple(self, item, out):
        """Items that need no look inside; true if this was one."""
        text, line = self.text(item), item[0].line
        if item[0].kind == "line":
            defined = re.match(r"\s*#\s*define\s+(\w+)", text)
            out.append(Item("line", text, line, defined[1] if defined else text))
        elif item[0].text == "RUN":
            out.append(Item("run", text, line))
        elif _is_statement(item):
            out.append(Item("statement", text, line))
        else:
            return False
        out[-1].words = {t.text for t in item if t.kind == "word"}
        return True

    def declaration(self, item):
        line, n = item[0].line, _specifiers(item)
        if any(t.text == "typedef" for t in item[:n]):
            return [Item("type", self.text(item), line, self.typedef_name(item))]
        if item[-1].text == "}":
            return [self.function(item, n)]
        rest = item[n:-1] if item[-1].text == ";" else item[n:]
        out, base = [], [t for t in item[:n] if t.text not in STORAGE]
        if any(t.text == "{" for t in base):
            base_text, made = self.tagged(base, rest)
            out.append(made)
        else:
            base_text = " ".join(t.text for t in base)
        for part in _split(rest, ",") if rest else []:
            out.append(self.declarator(base_text, part, line))
        return out or [Item("type", self.text(item), line, self.text(item))]

    def typedef_name(self, item):
        words = [t.text for t in item if t.kind == "word"]
        pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)", self.text(item[_specifiers(item):]))
        return pointer[1] if pointer else words[-1]

    def tagged(self, base, rest):
        """The type of "struct {...} x", with a tag, and that tag alone."""
        i = next(k for k, t in enumerate(base) if t.text in TAGGED)
        j = next(k for k, t in enumerate(base) if t.text == "{")
        tag = base[i + 1].text if j == i + 2 else None
        inside = [t.text for t in base[j + 1:] if t.kind == "word"]
        if tag is None and not rest:  # enum {A, B};
            return "", Item("type", self.text(base) + ";", base[0].line, inside[0])
        tag = tag or "nb_type_of_" + next(t.text for t in rest if t.kind == "word")
        kind = base[i].text
        outer = " ".join(t.text for t in base[:i])
        body = self.code[base[j].at:base[_behind(base, j) - 1].at + 1]
        return f"{outer} {kind} {tag}", Item("type", f"{kind} {tag} {body};", base[0].line, f"{kind} {tag}")

    def declarator(self, base, part, line):
        left, *value = _split(part, "=")
        words = [t for t in left if t.kind == "word" and t.text not in QUALIFIER]
        if not words:
            return Item("statement", self.text(part) + ";", line)
        name = words[0]
        k = left.index(name)
        line = part[0].line
        if k + 1 < len(left) and left[k + 1].text == "(":
            return Item("prototype", "", line, name.text, f"{base} {self.text(left)}")
        # Nothing is const at this level: a cell that is run again gives a new value.
        if k and left[k - 1].text == "const":
            left = left[:k - 1] + left[k:]
        elif not any(t.text == "*" for t in left):
            base = re.sub(r"\bconst\b\s*", "", base)
        head = f"{base} " + " ".join(t.text for t in left)
        return Item("variable", "", line, name.text, head, self.text(value[0]) if value else "")

    def function(self, item, n):
        brace = next(k for k in range(n, len(item)) if item[k].text == "{")
        first = next(k for k in range(len(item)) if item[k].text not in STORAGE)
        name = next(t for t in item[n:] if t.kind == "word")
        head = self.text(item[first:brace])
        return Item("function", self.text(item), item[first].line, name.text, head, body=self.text(item[brace:]))
