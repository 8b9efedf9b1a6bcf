"""What the notebooks are to each other: the way from page to page, and the page of all of them.

Titles and minutes are the notebooks' own. What is in each is told by README.md, whose table must
have a row for every notebook; what stands above README.md's second heading is index.html."""
import glob
import html
import os
import re
from dataclasses import dataclass

import page
from cells import Mistake


@dataclass
class Notebook:
    name: str
    number: str
    title: str
    minutes: str


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def of_folder(folder):
    """All notebooks of a folder, in their order."""
    return [_notebook(path) for path in sorted(glob.glob(os.path.join(folder, "[0-9][0-9]_*.c")))]


def _notebook(path):
    text = read(path)
    title = re.match(r"// %% \[markdown\]\n// # (\d+)\. (.+)\n", text)
    minutes = re.search(r"Reading\s+takes\s+about\s+(\d+)\s+minutes", text.replace("\n//", "\n"))
    if not title or not minutes:
        raise Mistake(f"{path}: expected the title \"# N. Title\" first, and \"Reading takes about N minutes\"")
    return Notebook(os.path.splitext(os.path.basename(path))[0], title[1], title[2].strip(), minutes[1])


def _neighbours(folder, name):
    notebooks = of_folder(folder)
    at = [n.name for n in notebooks].index(name)
    return notebooks[at - 1] if at else None, notebooks[at + 1] if at + 1 < len(notebooks) else None


def way(folder, name):
    """The line at top and bottom of a page."""
    before, after = _neighbours(folder, name)
    link = "<a rel=\"{}\" href=\"{}.html\">{}</a>"
    return "\n".join(["<nav>",
                      link.format("prev", before.name, "←&nbsp;" + _words(before)) if before else "<span></span>",
                      link.format("index", "index", "all notebooks"),
                      link.format("next", after.name, _words(after) + "&nbsp;→") if after else "<span></span>",
                      "</nav>"])


def _words(notebook):
    return html.escape(f"{notebook.number}. {page.plain(notebook.title)}")


def next_cell(folder, name):
    """The source of the last cell of an .ipynb, or None."""
    _, after = _neighbours(folder, name)
    return after and f"Next notebook: [{after.number}. {after.title}]({after.name}.ipynb)"


def index(folder):
    """index.html as (digest, function that makes the page)."""
    readme = os.path.join(folder, "README.md")
    text = re.split(r"^## ", read(readme), maxsplit=1, flags=re.M)[0]
    for n in of_folder(folder):
        row = f"| {n.number} | [{n.title}]({n.name}.ipynb) | {n.minutes} | "
        if row not in text:
            raise Mistake(f"{readme}: expected in the table: {row}...")
    text = text.replace(".ipynb)", ".html)")
    return page.digest(text), lambda: page.from_markdown(text, "index")
