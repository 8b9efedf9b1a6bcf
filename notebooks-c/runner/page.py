"""The page of an executed notebook: one HTML file that needs no network.

pandoc does the work: prose, code with colours, and TeX to MathML, which browsers typeset. Figures
are put into the page as they are."""
import base64
import hashlib
import html
import json
import os
import re
import subprocess
from xml.etree import ElementTree

from cells import Mistake

ElementTree.register_namespace("", "http://www.w3.org/1998/Math/MathML")
SPACE = "{http://www.w3.org/1998/Math/MathML}"
ID_OF_NEXT = "next"  # of a cell that only the .ipynb needs
HERE = os.path.dirname(os.path.abspath(__file__))


def _own_file(name):
    with open(os.path.join(HERE, name), "rb") as file:
        return file.read()


def load(text):
    return json.loads(text) if text else None


def digest(text, way=""):
    """Changes with everything that a page is made of; stands in the page."""
    parts = [text.encode(), way.encode()]
    for name in ("page.py", "page.html", "math.woff2"):
        parts.append(_own_file(name))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def _fenced(text, what):
    fence = "`" * max([3] + [len(run) + 1 for run in re.findall("`+", text)])
    return f"{fence}{what}\n{text}\n{fence}\n"


# A drawing wider than this has panels side by side: a phone shows one, and the rest by a swipe.
WIDE = 720


def _svg(svg):
    """Without what stands before it, as wide as the page lets it; ids are unique to a figure already."""
    svg = svg[svg.index("<svg"):]
    kind = "photo" if "<image" in svg else "drawing"
    if width := re.search(r"\bwidth=[\"'](\d+)", svg):
        most = int(width[1])
        wide = kind == "drawing" and most > WIDE
        kind += " wide" if wide else ""
        # 9/20 of what figures are wide fits into a phone.
        # A photograph is clear at any size.
        least = f";min-width:{most * (13 if wide else 9) // 20}px" if kind != "photo" else ""
        svg = re.sub(r"^<svg", f"<svg style=\"max-width:{most}px{least}\" ", svg)
    svg = re.sub(r"^(<svg[^>]*?)\swidth=[\"']\d+(?:px)?[\"']\s+height=[\"']\d+(?:px)?[\"']", r"\1", svg)
    return f"<figure class=\"{kind}\">{svg}</figure>"


def _output(output):
    if output["output_type"] == "stream":
        return f"<pre class=\"output\">{html.escape(''.join(output['text']))}</pre>"
    data = {kind: "".join(lines) for kind, lines in output["data"].items()}
    if "image/svg+xml" in data:
        return _svg(data["image/svg+xml"])
    return f"<figure class=\"photo\"><img alt=\"\" src=\"data:image/png;base64,{data['image/png'].strip()}\"></figure>"


def _markdown(cell):
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source + "\n"
    out = _fenced(source, "c")
    for output in cell["outputs"]:
        # A blank line would end the block of HTML for a reader of Markdown; {=html} does not mind.
        out += "\n" + _fenced(_output(output), "{=html}")
    return out


def plain(title):
    return re.sub(r"[*`$\\]", "", title)


def render(notebook_text, name, way):
    """The page of a notebook; `way` is the line at its top and bottom."""
    cells = load(notebook_text)["cells"]
    document = "\n".join(_markdown(cell) for cell in cells if cell["id"] != ID_OF_NEXT)
    return _page(document, name, digest(notebook_text, way), way)


def from_markdown(text, name):
    return _page(text, name, digest(text), "")


def _page(document, name, digest_of_all, way):
    title = re.search(r"^# (.*)$", document, re.M)
    command = ["pandoc", "--from", "commonmark_x-smart-yaml_metadata_block", "--to", "html5", "--mathml",
               "--standalone", "--template", os.path.join(HERE, "page.html"), "--metadata",
               "pagetitle=" + (plain(title[1]) if title else name),
               "--metadata", "digest=" + digest_of_all, "--metadata", "lang=en", "--variable", "way=" + way,
               "--variable", "math-font=" + base64.b64encode(_own_file("math.woff2")).decode()]
    done = subprocess.run(command, input=document, capture_output=True, text=True)
    if done.returncode or done.stderr:
        raise Mistake(f"{name}: pandoc: {done.stderr.strip()}")
    return re.sub(r"<math.*?</math>", lambda m: _tidy(_upright(m[0])), done.stdout, flags=re.S)


TALL = ("mfrac", "mtable", "munder", "mover", "munderover", "msqrt")


def _tidy(formula):
    tree = ElementTree.fromstring(formula)
    _small_brackets(tree)
    _signs(tree)
    return ElementTree.tostring(tree, encoding="unicode")


def _small_brackets(tree):
    """pandoc lets all brackets grow, which makes room even around what is not tall."""
    for row in tree.iter(SPACE + "mrow"):
        if not any(True for name in TALL for _ in row.iter(SPACE + name)):
            for sign in row.iter(SPACE + "mo"):
                if sign.get("stretchy") == "true" and not len(sign):
                    sign.set("stretchy", "false")


def _signs(tree):
    """The minus of -x stands close to x. Browsers know it only at the beginning of a formula."""
    for row in tree.iter():
        before = None
        for part in row:
            if part.tag == SPACE + "mspace":
                continue
            starts = before is None or before.tag == SPACE + "mo" and before.get("form") != "postfix"
            if part.tag == SPACE + "mo" and part.text in ("−", "+", "±", "∓") and starts:
                part.set("form", "prefix")
            before = part


def _upright(formula):
    """\\mathrm{IoU}: browsers know no mathvariant but that of a single letter."""
    def word(match):
        letters = "".join(re.findall("<mi>(.*?)</mi>", match[1]))
        return f"<mi mathvariant=\"normal\">{letters}</mi>" if len(letters) == 1 else f"<mi>{letters}</mi>"
    return re.sub(r"<mstyle mathvariant=\"normal\">((?:<mi>[^<]*</mi>)+)</mstyle>", word, formula)
