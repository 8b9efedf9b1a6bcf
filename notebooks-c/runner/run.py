#!/usr/bin/env python3
"""Compiles and runs notebooks and writes NN_name.ipynb and NN_name.html beside NN_name.c.

    run.py --compile "cc ..." --build FOLDER [--check] NN_name.c ...

A cell whose source is the same and whose output differs by no more than same.py allows keeps its
old output. With --check nothing is written: the exit code says whether everything is up to date.
With --pages nothing is run: prose and pages are made anew around the outputs that are there.
A notebook that does not compile or dies leaves what was there."""
import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cells as percent
import events
import page
import same
import series
from series import read

SECONDS = 300  # for a notebook


def name_cell(cells, file, text):
    """Puts "cell N, " before every "FILE:LINE:" of a compiler's message."""
    return re.sub(rf"^(?:In file included from )?{re.escape(file)}:(\d+)",
                  lambda m: f"cell {percent.cell_at(cells, int(m[1]))}, {m[0]}", text, flags=re.M)


def build(file, cells, compiler, folder):
    """The program of a notebook."""
    program = os.path.join(os.path.abspath(folder), "program")  # a crash tells of it by this name
    command = [program if w == "PROGRAM" else file if w == "NOTEBOOK" else w for w in shlex.split(compiler)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise percent.Mistake(name_cell(cells, file, done.stderr.strip()))
    return program


def run(file, cells, program, folder):
    """The outputs of every code cell, by the line of the cell."""
    outputs, frames, crash, cell, line = {}, [], None, None, 0
    with subprocess.Popen([program], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          env={**os.environ, "NB_FOLDER": os.path.abspath(folder)}) as process:
        reader = events.Reader()
        signal.signal(signal.SIGALRM, lambda *_: process.kill())
        signal.alarm(SECONDS)
        for data in iter(lambda: process.stdout.read1(65536), b""):
            for kind, value in reader.feed(data):
                if kind == "cell":
                    line = int(value)
                    cell = outputs.setdefault(percent.cell_at(cells, line), [])
                elif kind == "figure":
                    cell.append({"output_type": "display_data", "metadata": {}, "data": events.figure(value)})
                elif kind == "text" and cell is not None:
                    if not cell or cell[-1]["output_type"] != "stream":
                        cell.append({"output_type": "stream", "name": "stdout", "text": ""})
                    cell[-1]["text"] += value
                elif kind == "crash":
                    crash = int(value)
                elif kind == "frame":
                    frames.append(value)
        timed_out = signal.alarm(0) == 0
    if process.returncode:
        raise percent.Mistake(tell_end(file, cells, outputs, line, crash, frames, process.returncode, timed_out))
    return {number: [split(o) for o in those] for number, those in outputs.items()}


def tell_end(file, cells, outputs, line, crash, frames, code, timed_out):
    """Why and where the program ended before its time, and the last it printed."""
    places = [p for p in map(events.place, frames) if p and os.path.basename(p[1]) == os.path.basename(file)]
    line = places[0][2] if places else line
    cell = percent.cell_at(cells, line)
    number = crash or (-code if code < 0 else 0)
    if timed_out:
        why = f"no end within {SECONDS} s"
    else:
        why = events.SIGNALS.get(number, f"signal {number}") if number else f"exit code {code}"
    said = [o["text"] for o in outputs.get(cell, []) if o["output_type"] == "stream"]
    last = "".join(f"\n    {t}" for t in "".join(said).strip().split("\n")[-3:] if t)
    return f"cell {cell}, {file}:{line}: {why}{last}"


def notebook(name, cells, outputs, next_cell):
    """The .ipynb as a tree, nbformat 4.5."""
    number, out = 0, []
    for i, cell in enumerate(cells):
        node = {"cell_type": cell.kind, "id": f"{name[:2]}-{i + 1:02}", "metadata": {}}
        if cell.tags:
            node["metadata"]["tags"] = cell.tags
        if cell.kind == "code":
            number += 1
            node["execution_count"] = number
            node["outputs"] = outputs.get(number, [])
        node["source"] = events.text_lines(cell.source)
        out.append(node)
    if next_cell:
        out.append({"cell_type": "markdown", "id": page.ID_OF_NEXT, "metadata": {}, "source": [next_cell]})
    return {"cells": out,
            "metadata": {"kernelspec": {"display_name": "C (retinanet.c)", "language": "c", "name": "retinanet-c"},
                         "language_info": {"file_extension": ".c", "mimetype": "text/x-csrc", "name": "c"}},
            "nbformat": 4, "nbformat_minor": 5}


def split(output):
    """Texts as lists of lines, so that a change is a small difference."""
    if output["output_type"] == "stream":
        return {**output, "text": events.text_lines(output["text"])}
    return {**output, "data": {k: events.text_lines(v) for k, v in output["data"].items()}}


def merge(old, new):
    """Keeps old outputs where they still hold; the differences, in words."""
    differences = []
    before = {}
    for cell in old["cells"] if old else []:
        before.setdefault("".join(cell["source"]), []).append(cell)
    for cell in new["cells"]:
        if cell["cell_type"] != "code":
            continue
        twins = before.get("".join(cell["source"]))
        known = twins.pop(0) if twins else None
        volatile = "volatile" in cell["metadata"].get("tags", [])
        what = "new or changed" if not known else same.outputs(known["outputs"], cell["outputs"], volatile)
        if what:
            differences.append(f"cell {cell['execution_count']}: {what}")
        else:
            cell["outputs"] = known["outputs"]
    return differences


def recorded(file, cells, old):
    """The outputs of the .ipynb, if they are those of these cells."""
    ran = [cell for cell in old["cells"] if cell["cell_type"] == "code"] if old else []
    codes = [cell for cell in cells if cell.kind == "code"]
    for i, cell in enumerate(codes):
        if i >= len(ran) or "".join(ran[i]["source"]) != cell.source:
            raise percent.Mistake(f"cell {i + 1}, {file}:{cell.line}: has not been run as it is now")
    return {cell["execution_count"]: cell["outputs"] for cell in ran[:len(codes)]}


def save(path, text):
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def one(file, compiler, folder, check, pages):
    """A notebook; a list of what is not up to date."""
    name = os.path.splitext(os.path.basename(file))[0]
    stem = os.path.splitext(file)[0]
    cells, old = percent.parse(read(file), file), read(stem + ".ipynb")
    if pages:
        outputs = recorded(file, cells, page.load(old))
    else:
        folder = os.path.join(folder, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        outputs = run(file, cells, build(file, cells, compiler, folder), folder)
    beside = os.path.dirname(file)
    new = notebook(name, cells, outputs, series.next_cell(beside, name))
    way = series.way(beside, name)
    differences = merge(page.load(old), new)
    text = events.dumps(new)
    if text != old and not differences:
        differences = ["prose, order or tags of cells"]
    if not check:
        save(stem + ".ipynb", text)
        save(stem + ".html", page.render(text, name, way))
    elif not differences and page.digest(text, way) not in read(stem + ".html"):
        differences = ["the page is older than the notebook"]
    return differences


def index(folder, check):
    """The page of all notebooks; a list of what is not up to date."""
    path = os.path.join(folder, "index.html")
    digest, make = series.index(folder)
    if digest in read(path):
        return []
    if not check:
        save(path, make())
    return ["README.md, or what pages are made of"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True, help="PROGRAM and NOTEBOOK stand for the files")
    parser.add_argument("--build", required=True)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--pages", action="store_true")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    work = [(file, one, (file, options.compile, options.build, options.check, options.pages)) for file in options.files]
    for folder in sorted({os.path.dirname(file) for file in options.files}):
        work.append((os.path.join(folder, "index.html"), index, (folder, options.check)))
    failed = 0
    for file, make, arguments in work:
        try:
            found = make(*arguments)
        except percent.Mistake as mistake:
            print(mistake, file=sys.stderr)
            print(f"{file}: failed; its results are as they were", file=sys.stderr)
            failed += 1
            continue
        for difference in found:
            print(f"{file}: {difference}")
        if options.check and found:
            failed += 1
        else:
            print(f"{file}: {'up to date' if not found else 'written'}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
