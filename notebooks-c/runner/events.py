"""What a running notebook writes: text and, between it, the events of runtime.h."""
import base64
import json
import subprocess

SIGNALS = {4: "an illegal instruction", 6: "an abort", 7: "a bus error", 8: "a division by zero",
           9: "a kill", 11: "a segmentation fault (a pointer or an index out of bounds?)"}


class Reader:
    """Cuts the bytes of the stream, in pieces of any size, into (kind, value)."""

    def __init__(self):
        self.rest = b""

    def feed(self, data):
        self.rest += data
        while self.rest:
            at = self.rest.find(b"\x1e")
            if at:
                text, self.rest = (self.rest, b"") if at < 0 else (self.rest[:at], self.rest[at:])
                yield "text", text.decode("utf-8", "replace")
                continue
            end = self.rest.find(b"\n")
            if end < 0:
                return
            event, self.rest = self.rest[1:end].decode(), self.rest[end + 1:]
            kind, _, value = event.partition(" ")
            yield kind, value


def figure(path):
    """The picture as a notebook's output holds it: MIME type to data."""
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".svg"):
        return {"image/svg+xml": data.decode(), "text/plain": "<figure>"}
    return {"image/png": base64.b64encode(data).decode() + "\n", "text/plain": "<figure>"}


def place(frame):
    """Of "OFFSET PROGRAM" the function, file and line, ("focal", "04_focal.c", 12), or None."""
    offset, _, program = frame.partition(" ")
    found = subprocess.run(["addr2line", "-f", "-e", program, offset], capture_output=True, text=True)
    if found.returncode or "\n" not in found.stdout:
        return None
    function, where = found.stdout.split("\n")[:2]
    file, _, line = where.split(" (")[0].rpartition(":")
    return (function, file, int(line)) if line.isdigit() else None


def text_lines(text):
    """As nbformat stores texts of several lines."""
    return text.splitlines(keepends=True)


def dumps(notebook):
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
