#!/usr/bin/env python3
"""A race: this library and PyTorch at the same work, on the same machine, in turn.

    make bench-torch [PYTHON=/path/to/python] [BENCH_ARGS="--quick --tasks tiny-train"]

The C program tests/bench/bench runs as a child and answers requests (serve.h); each round measures it,
then every way that PyTorch can go about the same task: eager or compiled (torch.compile, where it works),
with dense or channels-last memory. The fastest of these is the peer. Before a race both sides compute the
same from the same weights, and the largest differences are printed: a race against another network would
be worthless. Needs torch and numpy; torchvision (its NMS and its focal loss) and pycocotools are used where
they are installed.

PyTorch's threads wait as it pleases (they spin): OMP_WAIT_POLICY is taken from its environment, unless
--wait says otherwise. That is its best case on an idle machine and its worst on a busy one.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

SETTLE = 0.02  # seconds for the threads of the other side to fall asleep
WARM = 0.25  # seconds a side goes on for: a core that had nothing to do is slow at first
PHASES = ("inference", "forward", "backward data", "backward weights")


class Failure(Exception):
    """One line for the user."""

    code = 1


class WrongUsage(Failure):
    code = 2


# ---- command line -----------------------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Races retinanet.c with PyTorch. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 "
                    "interrupted.")
    add = parser.add_argument
    add("--bench", default="build/release/bench", metavar="PROGRAM", help="our side (default %(default)s)")
    add("--tasks", default="all", metavar="NAME,...",
        help="all, none, or some of r50-detect, r50-train, tiny-detect, tiny-train, focal, cocoeval, memory")
    add("--threads", default="", metavar="N,...", help="numbers of threads (default: 1 and all cores)")
    add("--rounds", type=int, default=5, metavar="N", help="measurements of each (default %(default)s)")
    add("--quick", action="store_true", help="two rounds, eager only")
    add("--no-compile", dest="compile", action="store_false", help="leave torch.compile out")
    add("--layers", choices=("r50", "tiny"), metavar="MODEL",
        help="every convolution of r50 (608x800, batch 1) or tiny (256x256, batch 4) against oneDNN")
    add("--wait", choices=("default", "passive", "active"), default="default",
        help="how PyTorch's idle threads wait (OMP_WAIT_POLICY)")
    add("--coco", default="", metavar="FOLDER", help="with truth.json and results.json, for cocoeval")
    add("--pictures", default="", metavar="DATA", help="a data set of JPEGs to feed our side with")
    add("--json", default="", metavar="FILE", help="write all numbers here")
    add("--plot", default="", metavar="FILE.png", help="draw effective GFLOP/s here")
    add("--alone", default="", help=argparse.SUPPRESS)  # a child of its own, to look at its memory
    add("--folder", default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    try:
        args.threads = [int(word) for word in args.threads.split(",") if word]
    except ValueError:
        parser.error(f"--threads: expected whole numbers, got {args.threads}")
    if args.rounds < 1 or any(n < 1 for n in args.threads):
        parser.error("--rounds and --threads: expected 1 or more")
    if args.plot and not args.plot.endswith(".png"):
        parser.error(f"--plot: expected a name that ends in .png, got {args.plot}")
    for option, path in (("--json", args.json), ("--plot", args.plot)):
        if path and not os.access(os.path.dirname(path) or ".", os.W_OK):
            parser.error(f"{option}: {path}: no folder to write in")
    if args.quick:
        args.rounds, args.compile = 2, False
    return args


def set_wait_policy(policy):
    """OpenMP reads its environment when it is loaded: start again with the right one."""
    wanted = {"default": None, "passive": "PASSIVE", "active": "ACTIVE"}[policy]
    if os.environ.get("OMP_WAIT_POLICY") == wanted:
        return
    if wanted is None:
        del os.environ["OMP_WAIT_POLICY"]
    else:
        os.environ["OMP_WAIT_POLICY"] = wanted
    os.execv(sys.executable, [sys.executable, *sys.argv])


# ---- our side ---------------------------------------------------------------------------------------


class Ours:
    """The C program, answering requests."""

    def __init__(self, program):
        environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}  # it sets its own
        try:
            self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True, env=environment)
        except OSError as error:
            raise Failure(f"{program}: cannot be started: {error.strerror} (make {program})") from None

    def ask(self, *words):
        try:
            self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failure(f"bench: ended with code {self.process.wait()} when asked: {words[0]}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(f"bench: {answer['error']}")
        return answer

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            return sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:15])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Progress:
    """A line on stderr: redrawn on a terminal, one every ten seconds elsewhere; from two seconds on."""

    def __init__(self, total):
        self.total, self.done, self.start, self.shown = max(total, 1e-9), 0.0, time.monotonic(), 0.0

    def advance(self, seconds, what):
        self.done += seconds
        now, tty = time.monotonic(), sys.stderr.isatty()
        if now - self.start < 2 or now - self.shown < (0.2 if tty else 10):
            return
        self.shown = now
        share = min(self.done / self.total, 0.999)
        left = int((now - self.start) * (1 - share) / share) if share > 0.01 else 0
        text = f"{100 * share:3.0f}%  " + (f"{left // 60}:{left % 60:02d} left  " if left else "") + what
        print(("\r\033[K" if tty else "") + text, end="" if tty else "\n", file=sys.stderr, flush=True)

    def say(self, text):
        print(("\r\033[K" if sys.stderr.isatty() else "") + text, flush=True)

    def end(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


# ---- the race ---------------------------------------------------------------------------------------


def steady(run, seconds_of):
    """Runs again and again for a while; the run in the middle of the later half."""
    runs = [run()]
    while sum(map(seconds_of, runs)) < WARM:
        runs.append(run())
    later = sorted(runs[len(runs) // 2:], key=seconds_of)
    return later[len(later) // 2]


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


class Race:
    def __init__(self, args, folder):
        import torch
        import torch_work
        self.torch, self.work = torch, torch_work
        self.args, self.folder, self.ours = args, folder, Ours(args.bench)
        self.results = {**self.ours.ask("info"), "peer": torch_work.version(),
                        "wait": os.environ.get("OMP_WAIT_POLICY", "default")}
        cores = self.results["cores"]
        self.threads = args.threads or sorted({1, cores})
        if max(self.threads) > cores:
            raise WrongUsage(f"--threads: expected at most the {cores} cores, got {max(self.threads)}")
        self.tasks = {task["name"]: task for task in self.ours.ask("tasks")["tasks"]}
        self.wanted = self.choose()
        self.progress = Progress(self.expected())

    def choose(self):
        names = self.args.tasks.split(",")
        others = ("memory", "fed")
        unknown = [n for n in names if n not in (*self.tasks, *others, "all", "none")]
        if unknown:
            raise WrongUsage(f"--tasks: expected names as --help lists them, got {unknown[0]}")
        if "all" in names:
            names = [n for n, task in self.tasks.items() if not task["on_request"]] + list(others)
        return [n for n in names if n != "none"]

    def expected(self):
        """Seconds, roughly."""
        ways = 4 if self.args.compile else 2
        runs = (self.args.rounds + 1) * len(self.threads) * (1 + 1.5 * ways)
        return sum(self.tasks[n]["seconds"] * runs for n in self.wanted if n in self.tasks)

    # -- ways that PyTorch can go

    def ways(self, task):
        """(name, function) of those that work and compute what we do."""
        make = {"detect": self.work.Detection, "train": self.work.Training}.get(task.split("-")[-1])
        if task == "focal":
            yield from self.checked(self.work.focal_ways(self.folder, self.args.compile))
            return
        options = [(c, last) for c in ((False, True) if self.args.compile else (False,))
                   for last in (False, True)]
        yield from self.checked(
            (("compiled" if c else "eager") + (", channels last" if last else ""),
             lambda c=c, last=last: make(self.folder, last, c)) for c, last in options)

    def checked(self, ways):
        for name, make in ways:
            try:
                way = make()
                difference = way.compare(self.folder)
            except Failure:
                raise
            except Exception as error:  # torch.compile fails in many ways
                if "eager" in name:
                    raise
                lines = str(error).strip().splitlines() or [type(error).__name__]
                self.progress.say(f"  {name}: left out: {lines[0][:100]}")
                continue
            self.progress.say(f"  {name}: " + ", ".join(f"{k} differ by {v:.1e}" for k, v in difference.items()))
            for what, value in difference.items():
                if not value <= way.TOLERANCE[what]:
                    raise Failure(f"{name}: {what} differ by {value:.1e}, expected at most "
                                  f"{way.TOLERANCE[what]:.0e}: not the same work")
            yield name, way

    def measure(self, task):
        self.progress.say(f"{task}: {self.tasks[task]['what']}")
        facts = self.ours.ask("open", task)
        self.ours.ask("dump", self.folder)
        self.ours.ask("open", task)  # the dump of a training step has changed the weights
        self.torch.set_num_threads(max(self.threads))
        ways = dict(self.ways(task))
        threads = [1] if self.tasks[task]["one_thread"] else self.threads
        mine = {n: [] for n in threads}
        theirs = {n: {name: [] for name in ways} for n in threads}
        for turn in range(-1, self.args.rounds):  # the first does not count
            for n in threads:
                time.sleep(SETTLE)
                answer = steady(lambda: self.ours.ask("run", n), lambda a: a["seconds"])
                if turn >= 0:
                    mine[n].append(answer)
                self.progress.advance(answer["seconds"], task)
                self.torch.set_num_threads(n)
                for name, way in ways.items():
                    seconds = steady(lambda: timed(way), lambda seconds: seconds)
                    if turn < 0:  # compiled code is made for each number of threads
                        seconds = min(seconds, timed(way))
                    else:
                        theirs[n][name].append(seconds)
                    self.progress.advance(seconds, f"{task}, {name}")
        for n in threads:
            self.add_row(task, n, facts["flops"], mine[n], theirs[n])

    def add_row(self, task, n, flops, answers, theirs):
        own = [a["seconds"] for a in answers]
        variants = {name: {"seconds": statistics.median(v), "best": min(v), "runs": v} for name, v in theirs.items()}
        row = {"task": task, "what": self.tasks[task]["what"], "threads": n, "flops": flops,
               "seconds": statistics.median(own), "best": min(own), "runs": own,
               "stages": {k: statistics.median(a["stages"][k] for a in answers)
                          for k in answers[0].get("stages", {})},
               "variants": variants}
        if variants:
            name = min(variants, key=lambda v: variants[v]["seconds"])
            row["peer"] = {"variant": name, **variants[name]}
            row["ratio"] = statistics.median(b / a for a, b in zip(own, variants[name]["runs"]))
        self.results.setdefault("rows", []).append(row)

    # -- in processes of their own

    def theirs_alone(self, task, *more):
        """Seconds and peak memory of PyTorch's (or pycocotools') side in a child."""
        command = [sys.executable, os.path.abspath(__file__), "--alone", task, "--folder", self.folder,
                   "--wait", self.args.wait, "--threads", str(max(self.threads)), *more]
        child = subprocess.run(command, capture_output=True, text=True)
        if child.returncode:
            lines = child.stderr.strip().splitlines() or [f"ended with code {child.returncode}"]
            raise Failure(f"{task}, in a process of its own: {lines[-1]}")
        return json.loads(child.stdout.splitlines()[-1])

    def measure_memory(self):
        self.progress.say("memory: r50-detect and r50-train, each in a process of its own")
        for task in ("r50-detect", "r50-train"):
            self.ours.ask("open", task)
            self.ours.ask("dump", self.folder)
            self.ours.ask("open", "focal")  # gives the memory back
            own = self.ours.ask("alone", task, max(self.threads), "")
            theirs = min((self.theirs_alone(task, *more) for more in ([], ["--layers", "r50"])),
                         key=lambda t: t["peak_bytes"])
            self.results.setdefault("memory", []).append(
                {"task": task, "peak_bytes": own["peak_bytes"], "planned_bytes": own["planned_bytes"],
                 "peer_bytes": theirs["peak_bytes"]})

    def measure_cocoeval(self):
        if not self.args.coco:
            self.progress.say("cocoeval: left out: no --coco FOLDER (make_coco_results.py makes one)")
            return
        self.progress.say(f"cocoeval: {self.tasks['cocoeval']['what']}")
        answers = [self.ours.ask("alone", "cocoeval", 1, self.args.coco) for _ in range(self.args.rounds)]
        theirs, peer_bytes = {}, float("nan")
        try:
            import pycocotools  # noqa: F401
        except ImportError:
            self.progress.say("  pycocotools is not installed: only our side")
        else:
            other = self.theirs_alone("cocoeval", "--coco", self.args.coco)
            theirs, peer_bytes = {"pycocotools": [other["seconds"]]}, other["peak_bytes"]
        self.add_row("cocoeval", 1, 0, answers, theirs)
        memory = {"task": "cocoeval", "peak_bytes": answers[0]["peak_bytes"], "planned_bytes": 0}
        if theirs:
            memory["peer_bytes"] = peer_bytes
        self.results.setdefault("memory", []).append(memory)

    def measure_fed(self):
        self.progress.say("fed: training fed by the loader (our side alone)")
        jobs = [("tiny", "scenes", 20 if self.args.quick else 60)]
        if self.args.pictures:
            jobs.append(("r50", self.args.pictures, 2 if self.args.quick else 5))
        for model, data, steps in jobs:
            n = max(self.threads)
            answer = self.ours.ask("fed", model, n, steps, data)
            self.results.setdefault("fed", []).append({"model": model, "data": data, "threads": n, **answer})

    # -- layer by layer

    def measure_layers(self, model):
        layers = self.ours.ask("layers", model)["layers"]
        self.progress.total += sum(3e-11 * l["flops"] * (self.args.rounds + 1) for l in layers) * 4 * len(self.threads)
        self.progress.say(f"layers: {len(layers)} shapes of {model}, with and without channels last: the faster")
        for index, layer in enumerate(layers):
            algorithms = self.ours.ask("layer", index)["algorithms"]
            theirs = [self.work.Layer(layer, last) for last in (False, True)]
            for n in self.threads:
                self.torch.set_num_threads(n)
                for phase, name in enumerate(PHASES):
                    if name == "backward data" and layer["c"] == 3:
                        continue  # nobody asks for the picture's gradient
                    own, other = [], []
                    for turn in range(-1, self.args.rounds):
                        time.sleep(SETTLE if n > 1 else 0)
                        a = self.ours.ask("pass", phase, n)["seconds"]
                        b = min(timed(lambda: layer_way.run(phase)) for layer_way in theirs)
                        if turn >= 0:
                            own.append(a)
                            other.append(b)
                        self.progress.advance(a + 2 * b, f"{layer['shape']} {name}")
                    self.results.setdefault("layers", []).append(
                        {"model": model, "shape": layer["shape"], "times": layer["times"], "phase": name,
                         "threads": n, "algorithm": algorithms[phase], "flops": layer["flops"],
                         "seconds": min(own), "peer_seconds": min(other)})

    def processor_seconds(self):
        """Of everybody, less those of both sides, and the time of day."""
        with open("/proc/stat") as stat:
            ticks = [int(word) for word in stat.readline().split()[1:9]]
        everybody = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
        return everybody - sum(os.times()[:4]) - self.ours.processor_seconds(), time.monotonic()

    def run(self):
        print(f"retinanet.c {self.results['version']} ({self.results['isa']}) and {self.results['peer']}\n"
              f"{self.results['cpu']}, {self.results['cores']} cores; threads {self.threads}; PyTorch's idle "
              f"threads wait: {self.results['wait']}; load of the machine {os.getloadavg()[0]:.1f}\n", flush=True)
        before = self.processor_seconds()
        self.results["peak"] = [{"threads": n, **self.ours.ask("peak", n)} for n in self.threads]
        for task in self.wanted:
            special = {"memory": self.measure_memory, "cocoeval": self.measure_cocoeval,
                       "fed": self.measure_fed}.get(task)
            special() if special else self.measure(task)
        if self.args.layers:
            self.measure_layers(self.args.layers)
        self.progress.end()
        others, now = self.processor_seconds()
        self.results["others"] = max(0.0, (others - before[0]) / (now - before[1]))
        self.ours.close()


# ---- a child of its own -----------------------------------------------------------------------------


def own_peak():
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def run_alone(args):
    if args.alone == "cocoeval":
        from contextlib import redirect_stdout
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
        start = time.perf_counter()
        with redirect_stdout(sys.stderr):
            truth = COCO(f"{args.coco}/truth.json")
            evaluation = COCOeval(truth, truth.loadRes(f"{args.coco}/results.json"), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        seconds = time.perf_counter() - start
    else:
        import torch
        import torch_work
        torch.set_num_threads(args.threads[0])
        make = torch_work.Training if args.alone.endswith("train") else torch_work.Detection
        way = make(args.folder, bool(args.layers), False)
        seconds = min(timed(way) for _ in range(3))
    print(json.dumps({"seconds": seconds, "peak_bytes": own_peak()}))


# ---- main -------------------------------------------------------------------------------------------


def report(args, results, folder):
    """Both sides' programs write the same JSON; ours prints it and draws it."""
    path = args.json or f"{folder}/results.json"
    temporary = f"{path}.tmp-{os.getpid()}"
    with open(temporary, "w") as file:
        json.dump(results, file, indent=1)
        file.write("\n")
    os.replace(temporary, path)
    command = [args.bench, "--from", path] + (["--plot", args.plot] if args.plot else [])
    print(flush=True)
    if subprocess.run(command).returncode:
        raise Failure("the results could not be printed or drawn")


def main():
    args = parse_arguments()
    set_wait_policy(args.wait)
    try:
        import numpy  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        print(f"bench_torch: {sys.executable}: {error} (PYTHON=... names another Python)", file=sys.stderr)
        return 1
    if args.alone:
        run_alone(args)
        return 0
    folder = tempfile.mkdtemp(prefix="retinanet-bench-")
    try:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = f"{folder}/inductor"
        race = Race(args, folder)
        race.run()
        report(args, race.results, folder)
        return 0
    except Failure as failure:
        print(f"bench_torch: {failure}", file=sys.stderr)
        return failure.code
    except OSError as error:
        print(f"bench_torch: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench_torch: interrupted", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
