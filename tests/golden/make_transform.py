"""Writes transform.h beside this file: what torchvision makes of small pictures and of many sizes.

Run with torchvision 0.14:  python3 tests/golden/make_transform.py
"""
import os
import random

import torch
import torchvision
import torchvision.transforms.functional as F
from torchvision.models.detection.transform import GeneralizedRCNNTransform

FOLDER = os.path.dirname(os.path.abspath(__file__))
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
BOX = [1.25, 0.5, 3.0, 4.0]
rng = random.Random(2017)

# height, width, size, max size, flip, brightness, contrast, saturation
CASES = [
    (5, 7, 5, 7, 0, 1, 1, 1),
    (5, 7, 8, 100, 0, 1, 1, 1),
    (5, 7, 11, 13, 1, 1, 1, 1),
    (9, 6, 4, 100, 0, 1, 1, 1),
    (9, 6, 4, 100, 1, 1, 1, 1),
    (1, 1, 3, 3, 0, 1, 1, 1),
    (2, 9, 1, 5, 0, 1, 1, 1),
    (12, 10, 7, 9, 0, 1, 1, 1),
    (6, 6, 6, 6, 0, 1.5, 1, 1),
    (6, 5, 7, 9, 0, 0.75, 1, 1),
    (6, 6, 6, 6, 0, 1, 1.75, 1),
    (6, 5, 8, 20, 1, 1, 0.5, 1),
    (6, 6, 6, 6, 0, 1, 1, 2),
    (5, 6, 9, 20, 0, 1, 1, 0.25),
    (6, 7, 10, 20, 1, 1.25, 1.5, 1.75),
    (6, 7, 4, 20, 0, 0.5, 0, 0),
]
SIZES = [(640, 480), (480, 640), (427, 640), (640, 427), (333, 500), (500, 375), (375, 500), (612, 612),
         (1080, 1920), (100, 2000), (51, 50), (1, 7), (3000, 4000)]
SIZES += [(rng.randint(20, 1500), rng.randint(20, 1500)) for _ in range(60)]


def transform(height, width, size, most):
    t = GeneralizedRCNNTransform(size, most, MEAN, STD)
    return lambda image, target=None: t.resize(t.normalize(image), target)


def rows(name, c_type, values, per_line):
    words = [f"{v:.9g}f" if c_type == "float" else str(v) for v in values]
    words = [w if c_type != "float" or "." in w or "e" in w else w.replace("f", ".0f") for w in words]
    lines = [", ".join(words[i:i + per_line]) + "," for i in range(0, len(words), per_line)]
    return [f"static const {c_type} {name}[] = {{"] + ["    " + line for line in lines] + ["};"]


table, source, result = [], [], []
for h, w, size, most, flip, brightness, contrast, saturation in CASES:
    image = torch.tensor([rng.choice([0, 255, rng.randrange(256)]) for _ in range(3 * h * w)])
    image = image.to(torch.uint8).reshape(h, w, 3)
    changed = F.adjust_saturation(F.adjust_contrast(F.adjust_brightness(
        image.permute(2, 0, 1).float() / 255, brightness), contrast), saturation)
    box = torch.tensor([BOX])
    if flip:
        changed = F.hflip(changed)
        box[:, [0, 2]] = w - box[:, [2, 0]]
    out, target = transform(h, w, size, most)(changed, {"boxes": box})
    out = out.permute(1, 2, 0)
    moved = ", ".join(f"{v:.9g}" for v in target["boxes"][0].tolist())
    table.append(f"    {{{h}, {w}, {size}, {most}, {flip}, {brightness}, {contrast}, {saturation}, "
                 f"{out.shape[0]}, {out.shape[1]}, {len(source)}, {len(result)}, {{{moved}}}}},")
    source += image.flatten().tolist()
    result += out.flatten().tolist()

sizes = []
for h, w in SIZES:
    for size, most in [(800, 1333), (608, 1024), (256, 256)]:
        out, _ = transform(h, w, size, most)(torch.zeros(3, h, w))
        sizes += [h, w, size, most, out.shape[1], out.shape[2]]

lines = [
    "/* Pictures and sizes as torchvision's GeneralizedRCNNTransform makes them.",
    f" * Written by make_transform.py with torch {torch.__version__}, torchvision {torchvision.__version__}; do not edit. */",
    "/* clang-format off */",
    f"static const float transform_box[] = {{{', '.join(map(str, BOX))}}};",
    "static const struct transform_case {",
    "    int h, w, size, most, flip;",
    "    double brightness, contrast, saturation;",
    "    int out_h, out_w, source, result;",
    "    double box[4];",
    "} transform_cases[] = {", *table, "};",
    *rows("transform_source", "unsigned char", source, 28),
    *rows("transform_result", "float", result, 9),
    "/* height, width, size, max size, resulting height and width */",
    *rows("transform_sizes", "int", sizes, 18),
]
with open(os.path.join(FOLDER, "transform.h"), "w") as file:
    file.write("\n".join(lines) + "\n")
