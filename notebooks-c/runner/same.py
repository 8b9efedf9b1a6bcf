"""Is an output still what it was? Numbers may differ a little: other processors add in another order."""
import base64
import re

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
RELATIVE = 1e-3
PIXELS = 2.0  # how far a place in a drawing may move


def _close(a, b, slack):
    """Within RELATIVE, or `slack`, or one of the last digit that is printed."""
    mantissa = re.split("[eE]", b)[0]
    digits = len(mantissa.partition(".")[2])
    exponent = int(re.split("[eE]", b)[1]) if re.search("[eE]", b) else 0
    last = 10.0 ** (exponent - digits) if "." in mantissa or exponent else 0
    x, y = float(a), float(b)
    return abs(x - y) <= max(RELATIVE * max(abs(x), abs(y)), slack, 1.001 * last)


def _words(text):
    return " ".join(NUMBER.sub("0", text).split())


def texts(a, b, volatile=False, slack=0.0):
    """None, or what differs, in words. Of a volatile text only its lines and words are compared."""
    if volatile:
        a, b = [re.sub(r"[-+#. 0-9]+", " ", t) for t in (a, b)]
    for x, y in zip(a.splitlines(), b.splitlines()):
        fits = _words(x) == _words(y) and (volatile or all(
            _close(m, n, slack) for m, n in zip(NUMBER.findall(x), NUMBER.findall(y))))
        if not fits:
            return f"\"{x.strip()[:100]}\" became \"{y.strip()[:100]}\""
    if len(a.splitlines()) != len(b.splitlines()):
        return f"{len(a.splitlines())} lines became {len(b.splitlines())}"
    return None


def _labels(svg):
    return " ".join(re.findall(r">([^<>\n]+)<", svg))


def _drawing(a, b, volatile):
    if volatile:
        return None if len(a) and len(b) else "a figure is empty"
    a, b = [re.sub(r"(?:href=[\"'])?data:image/(?:png|jpeg);base64,[^\"]*|(?:id=|href=|url\(#)[\"']?[\w#-]+", "", t) for t in (a, b)]
    return texts(a, b, slack=PIXELS)


def _size(png):
    return base64.b64decode(png)[16:24]  # width and height in the header


def outputs(old, new, volatile):
    """The same of the outputs of a cell."""
    if [o["output_type"] for o in old] != [o["output_type"] for o in new]:
        return f"{len(old)} outputs became {len(new)}, or others"
    for a, b in zip(old, new):
        if a["output_type"] == "stream":
            problem = texts("".join(a["text"]), "".join(b["text"]), volatile)
        elif "image/svg+xml" in a["data"] and "image/svg+xml" in b["data"]:
            problem = _drawing(*["".join(o["data"]["image/svg+xml"]) for o in (a, b)], volatile)
            problem = problem and "in a figure: " + problem
        elif "image/png" in a["data"] and "image/png" in b["data"]:
            pngs = ["".join(o["data"]["image/png"]) for o in (a, b)]
            problem = None if _size(pngs[0]) == _size(pngs[1]) else "an image has another size"
        else:
            problem = "a figure has another format"
        if problem:
            return problem
    return None
