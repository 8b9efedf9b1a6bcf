"""Writes plots/*.csv: tables to draw, shaped as the experiments make them.

    python3 make_plots.py FOCAL_LOSS_JSON

The paper's numbers are those of the JSON; ours are made up, but plausible: a detector on a small set,
three seeds, a fixed stream of random numbers.
"""

import csv
import json
import math
import pathlib
import random
import sys

PAPER = json.load(open(sys.argv[1]))
HERE = pathlib.Path(__file__).parent / "plots"
RANDOM = random.Random(1)


def rows_of(table):
    return PAPER["tables"][table]["rows"]


def cell(value):
    if value is None:
        return "n/a"
    return f"{value:.6g}" if isinstance(value, float) else value


def save(name, head, rows):
    with open(HERE / f"{name}.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([[cell(value) for value in row] for row in rows])


def ours(ap, spread=1.0):
    """Mean and interval of three made-up seeds; a text goes through."""
    if isinstance(ap, str):
        return [ap, None, None]
    ap = max(0.0, ap + RANDOM.gauss(0, 0.4))
    half = spread * RANDOM.uniform(0.5, 1.6) if ap else 0.0
    return [round(ap, 2), round(max(0.0, ap - half), 2), round(ap + half, 2)]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def focal(p, gamma):
    return -((1 - p) ** gamma) * math.log(p)


def fl_star(x, gamma, beta):
    return -math.log(sigmoid(gamma * x + beta)) / gamma


LINES = ["curve", "x", "ours", "low", "high", "paper"]
ARMS = ["group", "label", "ours", "low", "high", "paper"]


def losses_of_theory():
    gammas = [0, 0.5, 1, 2, 5]
    grid = sorted({i / 200 for i in range(1, 200)} | {10**-i for i in range(3, 5)} | {0.968, 0.999})
    head = ["p_t", "CE"] + [f"FL γ = {g:g}" for g in gammas[1:]]
    save("loss_p", head, [[p] + [focal(p, g) for g in gammas] for p in grid])
    head = ["x_t", "CE", "FL γ = 2", "FL* γ = 2, β = 1", "FL* γ = 4, β = 0"]
    grid = [i / 10 for i in range(-50, 51)]
    save("loss_x", head, [[x, focal(sigmoid(x), 0), focal(sigmoid(x), 2), fl_star(x, 2, 1),
                           fl_star(x, 4, 0)] for x in grid])
    rows = []
    for x in [i / 10 for i in range(-100, 101)]:
        p = sigmoid(x)
        rows.append([x, p - 1, (1 - p) ** 2 * (2 * p * math.log(p) + p - 1),
                     sigmoid(2 * x + 1) - 1, sigmoid(4 * x) - 1])
    save("loss_derivative", head, rows)


def prior_init():
    names = ["CE, π = .5", "CE, π = .01", "FL, π = .5", "FL, π = .01"]
    start = [2400.0, 9.0, 600.0, 3.1]
    rows = []
    for i in range(1, 201):
        rows.append([i] + [(s * math.exp(-i / (2 + 8 * k)) + 1.1 / (1 + i / 90)) *
                           math.exp(RANDOM.gauss(0, 0.12)) for k, s in enumerate(start)])
    save("losses", ["iteration"] + names, rows)
    rows = []
    for curve, base in (("CE", 30.0), ("FL (γ 2, α .25)", 36.0)):
        for pi in (0.001, 0.003, 0.01, 0.03, 0.1, 0.5):
            ap = "diverged at step 3" if curve == "CE" and pi == 0.5 else base - 3 * abs(
                math.log10(pi / 0.01))**2
            rows.append([curve, pi] + ours(ap) + [30.2 if curve == "CE" and pi == 0.01 else
                                                 34.0 if pi == 0.01 else None])
    save("prior_pi", LINES, rows)


def tables_1a_1b():
    mine = [0.4, 12.0, 27.0, 31.5, 33.0, 31.0, 26.0]
    rows = [["α-CE", r[0]] + ours(ap) + [r[1]] for r, ap in zip(rows_of("table_1a"), mine)]
    rows.append(["α from class frequencies", 0.9986] + ours(25.0) + [None])
    rows.append(["CE without α", None] + ours(28.5) + [30.2])
    save("table_1a_ce_alpha", LINES, rows)
    gammas, alphas = [0, 0.1, 0.2, 0.5, 1, 2, 5], [0.1, 0.25, 0.5, 0.75, 0.9]
    rows, best_of = [], []
    for gamma in gammas:
        best_alpha = 0.85 - 0.35 * min(1, gamma / 2)
        values = [max(0.0, 33 + 4 * math.exp(-(math.log(gamma + 0.3) - 0.7)**2) -
                      (60 - 10 * min(gamma, 4)) * (a - best_alpha)**2 * (2 if a < 0.3 else 1))
                  for a in alphas]
        best = values.index(max(values))
        best_of.append(max(values))
        for i, alpha in enumerate(alphas):
            text = gamma == 0.1 and alpha == 0.1
            ap = "diverged at step 212" if text else ours(values[i])[0]
            rows.append([gamma, alpha, ap, None if text else RANDOM.uniform(0.3, 1.4) * (ap > 0),
                         int(i == best) + int(gamma == 2 and i == best)])
    save("table_1b_grid", ["gamma", "alpha", "ours", "spread", "best"], rows)
    rows = [["FL, best α for each γ", r[0]] + ours(ap) + [r[2]]
            for r, ap in zip(rows_of("table_1b"), best_of)]
    save("table_1b_best", LINES, rows)


def figure_4():
    rows, figure = [], PAPER["figures"]["figure_4"]
    for side in ("positive", "negative"):
        n = 4000
        logits = [RANDOM.gauss(1.0, 1.6) if side == "positive" else 3.8 + RANDOM.gauss(0, 1.3)
                  for _ in range(n)]
        at = sorted({1 - (1 - i / 50)**2 for i in range(51)} | {1 - 10**(-i / 10) for i in range(35)})
        for gamma in (0, 0.5, 1, 2):
            loss = sorted(focal(sigmoid(x), gamma) for x in logits)
            total, sums = sum(loss), [0.0]
            for value in loss:
                sums.append(sums[-1] + value)
            rows += [["ours", side, gamma, f, sums[round(f * n)] / total] for f in at]
        for k, gamma in enumerate((0, 0.5, 1, 2)):
            points = [[0.0, 0.0]] + [[p[0], p[1 + k]] for p in figure[f"{side}s_cdf"]] + [[1.0, 1.0]]
            rows += [["paper", side, gamma] + p for p in points]
    save("fig_4_loss_cdf", ["source", "side", "gamma", "fraction", "share"], rows)
    shares = {"examples": [[0.9823, 0.0163, 0.0006, 0.0008]] * 3,
              "loss": [[0.48, 0.31, 0.03, 0.18], [0.25, 0.18, 0.08, 0.49], [0.03, 0.45, 0.02, 0.5]],
              "gradient": [[0.41, 0.35, 0.05, 0.19], [0.2, 0.2, 0.11, 0.49],
                           [0.02, 0.4, 0.03, 0.55]]}
    names = ["CE", "α-CE (.75)", "FL (2, .25)"]
    save("quadrants", ["loss", "quantity", "easy negatives", "hard negatives", "easy positives",
                       "hard positives"],
         [[name, quantity] + values for quantity, list_ in shares.items()
          for name, values in zip(names, list_)])


def table_1d():
    paper = {(r[0], r[1], r[2]): r[3] for r in rows_of("table_1d")}
    rows = []
    for key, nms, curve, top in (("ohem", 0.5, "OHEM, NMS .5", 34), ("ohem", 0.7, "OHEM, NMS .7", 33.5),
                                 ("ohem_1_3", 0.5, "OHEM 1:3, NMS .5", 31)):
        for batch in (16, 32, 64, 128, 256, 512):
            rows.append([curve, batch] + ours(top - abs(math.log2(batch / 64))**1.6 * 1.1) +
                        [paper.get((key, batch, nms))])
    rows.append(["FL (γ 2, α .25)", None] + ours(36.5) + [36.0])
    save("table_1d_ohem", LINES, rows)
    rows = [["", "FL (2, .25)"] + ours(36.5) + [36.0]]
    for r in rows_of("table_1d"):
        if r[0] != "fl":
            group = "OHEM" if r[0] == "ohem" else "OHEM 1:3"
            rows.append([group, f"batch {r[1]}, NMS {str(r[2])[1:]}"] + ours(r[3] - 1) + [r[3]])
    save("table_1d_rows", ARMS, rows)


def small_tables():
    rows = [["hinge on p_t", "margin .5", "diverged at step 41", None, None, None],
            ["hinge on p_t", "margin .7"] + ours(3.1) + [None],
            ["hinge on p_t", "margin .9"] + ours(14.0) + [None],
            ["", "CE"] + ours(28.5) + [30.2], ["", "FL (2, .25)"] + ours(36.5) + [34.0]]
    save("hinge", ARMS, rows)
    names = {"ce": "CE, best α", "fl": "FL (2)", "fl_star": "FL*"}
    rows = [["", names[r[0]] + (f" ({r[1]:g}, {r[2]:g})" if r[0] == "fl_star" else "")] +
            ours(r[3] + 2) + [r[3]] for r in rows_of("table_3")]
    save("table_3_rows", ARMS, rows)
    rows = []
    for gamma, beta, good in PAPER["figures"]["figure_7"]["rows"]:
        ap = 36.5 - 1.2 * abs(beta) ** 1.5 - 3 * max(0, 2 - gamma) + RANDOM.gauss(0, 0.5)
        text = (gamma, beta) == (4, -4)
        rows.append([float(gamma), float(beta), "diverged at step 77" if text else ap, int(good),
                     None if text else int(ap > 35.5)])
    save("table_3_fl_star", ["gamma", "beta", "ours", "effective", "ours effective"], rows)
    mine = [27.0, 29.5, 30.0, 31.5, 35.0, 36.5, 36.2]
    rows = [["3 aspect ratios" if r[1] == 3 else "1 aspect ratio", r[0]] + ours(ap) + [r[2]]
            for r, ap in zip(rows_of("table_1c"), mine)]
    save("table_1c_anchor_density", LINES, rows)
    rows = [["", "pyramid, P3 to P5"] + ours(36.5) + [None], ["", "last stage only"] + ours(19) + [None]]
    save("pyramid", ARMS, rows)


def table_1e():
    rows = []
    for depth, size_ms in (("tiny", 1.0), ("small", 1.7)):
        for size in (128, 192, 256, 320):
            ap = 38 * (1 - math.exp(-size / 110)) + (2.5 if depth == "small" else 0)
            rows.append(["ours", depth, str(size), size**2 / 256**2 * 9 * size_ms + 0.5] + ours(ap))
    for r in rows_of("table_1e"):
        rows.append(["paper", f"ResNet-{r[0]}", str(r[1]), r[8], r[2], None, None])
    for r in PAPER["figures"]["figure_2"]["rows"]:
        if "RetinaNet" not in r[0] and "not plotted" not in r[0]:
            rows.append(["paper", r[0].split(" (")[0], "", r[2], r[1], None, None])
    save("table_1e_depth_scale", ["source", "curve", "label", "ms", "AP", "low", "high"], rows)


def our_studies():
    ratios = [30, 60, 125, 250, 500, 715, 1400, 2000]
    rows = []
    for curve, top, slope in (("FL (γ 2, α .25)", 41, 3.0), ("α-CE, best α", 42.5, 5.0),
                              ("CE", 43.5, 9.0), ("OHEM, best batch", 40, 4.2)):
        for ratio in ratios:
            rows.append([curve, ratio + 0.4] + ours(top - slope * math.log10(ratio / 30)**1.5) + [None])
    save("imbalance", LINES, rows)
    rows = [["α-CE (.75)", w] + ours(34.5 - 4 * math.log10(w / 2)**2) + [None]
            for w in (0.25, 0.5, 1, 2, 4, 8)]
    rows.append(["FL (γ 2, α .25)", None] + ours(36.5) + [None])
    save("rescaled_ce", LINES, rows)
    arms = ["CE", "α-CE .5", "α-CE .75", "α-CE .9", "α-CE .99", "FL γ .5, α .5", "FL γ 1, α .25",
            "FL γ 2, α .25", "FL γ 2, α .5", "FL γ 5, α .25", "OHEM 64, NMS .7", "FL* (2, 1)"]
    rows = []
    for k, arm in enumerate(arms):
        peak, values = 0.006 + 0.0017 * k, []
        rates = (0.003, 0.01, 0.02, 0.03)
        values = [36 - (k % 5) - 18 * math.log10(rate / peak)**2 for rate in rates]
        best = values.index(max(values))
        for i, rate in enumerate(rates):
            text = k < 2 and rate == 0.03
            rows.append([arm, rate] + ours("diverged at step 95" if text else values[i]) +
                        [int(i == best)])
    save("learning_rate", ["arm", "x", "ours", "low", "high", "best"], rows)


def notebook_curves():
    rows = []
    for gamma in (0, 2):
        rows += [[f"γ = {gamma}", p / 20, focal(p / 20, gamma), "line"] for p in range(1, 20)]
    rows += [["γ = 2", p, focal(p, 2), "dots"] for p in (0.25, 0.5, 0.75)]
    rows += [["how many", p / 10, p * p / 50, "bars"] for p in range(1, 10)]
    rows += [["half", 0, 0.5, "mark"], ["half", 1, 0.5, "mark"]]
    save("curves", ["curve", "x", "y", "kind"], rows)


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for make in (losses_of_theory, prior_init, tables_1a_1b, figure_4, table_1d, small_tables,
                 table_1e, our_studies, notebook_curves):
        make()
