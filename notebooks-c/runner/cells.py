"""A notebook file in the percent format: cells of prose and of C.

    // %% [markdown]     prose follows, every line a comment "// ..."
    // %%                C follows
    // %% volatile       C follows, and words about it: tags
"""
import re
from dataclasses import dataclass

MARK = re.compile(r"// %%(?P<prose> \[markdown\])?(?P<tags>[ a-z0-9-]*)$")
TAGS = {"volatile"}


class Mistake(Exception):
    """One line for the author, with the place."""


@dataclass
class Cell:
    kind: str  # "markdown" or "code"
    tags: list
    line: int  # of the file, of the first line of the source; 1 is the first
    source: str


def _prose(name, number, lines):
    for i, line in enumerate(lines):
        if line.strip() and not re.match(r"//( |$)", line):
            raise Mistake(f"{name}:{number + i}: expected prose, \"// ...\", or a line \"// %%\"")
    return [line[3:].rstrip() for line in lines]


def parse(text, name):
    """The cells of a file."""
    cells, start = [], None
    lines = text.split("\n")
    for i, line in enumerate(lines + ["// %%"]):
        mark = MARK.match(line)
        if not mark and line.startswith("// %%"):
            raise Mistake(f"{name}:{i + 1}: expected \"// %% [markdown]\", \"// %%\" or \"// %% TAG\"")
        if mark is None:
            if start is None and line.strip():
                raise Mistake(f"{name}:{i + 1}: expected a line \"// %%\" before anything else")
            continue
        if start is not None:
            cells.append(_cell(name, lines, start, i))
        start = i
    return [cell for cell in cells if cell.source]


def _cell(name, lines, start, end):
    mark = MARK.match(lines[start])
    tags = mark["tags"].split()
    for tag in tags:
        if tag not in TAGS:
            raise Mistake(f"{name}:{start + 1}: no tag \"{tag}\"; there is: {', '.join(sorted(TAGS))}")
    body, first = lines[start + 1:end], start + 2
    if mark["prose"]:
        body = _prose(name, first, body)
    while body and not body[0].strip():
        body, first = body[1:], first + 1
    while body and not body[-1].strip():
        body = body[:-1]
    return Cell("markdown" if mark["prose"] else "code", tags, first, "\n".join(body))


def cell_at(cells, line):
    """The number (1, 2, ... among the code cells, as in In [1]) of the cell of a line of the file."""
    number = 0
    for cell in cells:
        if cell.line > line:
            break
        number += cell.kind == "code"
    return number
