"""Writes the detect_*.h beside this file: what torchvision gives for lib/detect to agree with.

Run with torchvision 0.14:  python3 tests/golden/make_detect.py
Inputs are integers or small binary fractions, so that the headers stay small and exact.
"""
import math
import os
import random
import types

import torch
import torchvision
from torchvision.models.detection import _utils as det_utils
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import RetinaNet
from torchvision.ops import batched_nms, box_iou
from torchvision.ops.boxes import _batched_nms_vanilla

FOLDER = os.path.dirname(os.path.abspath(__file__))
VERSIONS = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
rng = random.Random(2017)


class Header:
    """A C header of static arrays, one number type each."""

    def __init__(self, name, text):
        self.name = name
        self.lines = [f"/* {text}\n * Written by make_detect.py with {VERSIONS}; do not edit. */",
                      "/* clang-format off */"]

    def define(self, name, value):
        self.lines.append(f"enum {{ {name} = {int(value)} }};")

    def array(self, c_type, name, values, row=1):
        flat = [v for v in torch.as_tensor(values).flatten().tolist()]
        if c_type == "float":
            words = [float_word(v) for v in flat]
        else:
            assert all(v == int(v) for v in flat), name
            words = [str(int(v)) for v in flat]
        size = f"[{len(flat) // row}][{row}]" if row > 1 else f"[{len(flat)}]"
        if row > 1:
            words = ["{" + ",".join(words[i:i + row]) + "}" for i in range(0, len(words), row)]
        self.lines.append(f"static const {c_type} {name}{size} = {{")
        line = ""
        for word in words:
            if len(line) + len(word) > 98:
                self.lines.append(line)
                line = ""
            line += word + ","
        self.lines += [line, "};"]

    def write(self):
        with open(os.path.join(FOLDER, self.name), "w", encoding="ascii") as out:
            out.write("\n".join(self.lines) + "\n")


def float_word(v):
    """As few digits as give the same float back."""
    words = [f"{v:.{digits}g}" for digits in range(1, 10)]
    same = [w for w in words if torch.tensor(float(w), dtype=torch.float32).item() == v]
    word = min(same, key=len)
    return word + ("f" if "." in word or "e" in word else ".f")


def retinanet_sizes():
    return tuple((x, int(x * 2 ** (1.0 / 3)), int(x * 2 ** (2.0 / 3))) for x in [32, 64, 128, 256, 512])


def anchors_of(height, width, sizes):
    """Anchors, grid sizes and anchors per level of a pyramid P3 to P7."""
    generator = AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * 5)
    grid = [(-(-height // 2 ** k), -(-width // 2 ** k)) for k in range(3, 8)]
    image = ImageList(torch.zeros(1, 3, height, width), [(height, width)])
    anchors = generator(image, [torch.zeros(1, 1, h, w) for h, w in grid])[0]
    return anchors, grid, [h * w * 9 for h, w in grid]


def random_boxes(count, height, width, unit, least=2, most=60):
    """Corners are multiples of `unit`; inside the image."""
    boxes = []
    for _ in range(count):
        w, h = (rng.uniform(least, most) for _ in range(2))
        x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
        boxes.append([round(v / unit) * unit for v in (x, y, x + w, y + h)])
    return torch.tensor(boxes, dtype=torch.float32)


def make_box():
    out = Header("detect_box.h", "torchvision.ops.box_iou of every box with every box.")
    boxes = torch.cat([random_boxes(12, 64, 64, 1 / 1024), random_boxes(4, 64, 64, 1)])
    out.array("float", "golden_box", boxes, 4)
    out.array("float", "golden_iou", box_iou(boxes, boxes), len(boxes))
    out.write()


def make_anchor():
    out = Header("detect_anchor.h", "AnchorGenerator of torchvision's retinanet_resnet50_fpn on an\n"
                 " * image whose sides are no multiples of the strides.")
    height, width = 75, 117
    anchors, grid, _ = anchors_of(height, width, retinanet_sizes())
    out.define("GOLDEN_HEIGHT", height)
    out.define("GOLDEN_WIDTH", width)
    out.array("int", "golden_grid", grid, 2)
    out.array("short", "golden_anchor", anchors, 4)
    out.write()


def make_coder():
    out = Header("detect_coder.h", "BoxCoder.encode and decode; code (10, 10, 5, 5) has std 1 / weight.")
    anchors = random_boxes(12, 200, 300, 1 / 8, 8, 120)
    boxes = random_boxes(12, 200, 300, 1 / 8, 8, 120)
    codes = torch.tensor([[rng.randint(-2048, 2048) / 1024 for _ in range(4)] for _ in range(12)])
    codes[3, 2], codes[5, 3], codes[7, 2] = 9, 30, 1000  # beyond the clamp
    out.array("float", "golden_anchor", anchors, 4)
    out.array("float", "golden_box", boxes, 4)
    out.array("float", "golden_code_in", codes, 4)
    for name, weights in (("plain", (1.0, 1.0, 1.0, 1.0)), ("weighted", (10.0, 10.0, 5.0, 5.0))):
        coder = det_utils.BoxCoder(weights)
        out.array("float", f"golden_encoded_{name}", coder.encode_single(boxes, anchors), 4)
        out.array("float", f"golden_decoded_{name}", coder.decode_single(codes, anchors), 4)
    out.write()


def make_assign():
    out = Header("detect_assign.h", "det_utils.Matcher on the anchors of detect_anchor.h: the object,\n"
                 " * -1 background, -2 in between; with and without low-quality matches.")
    anchors, _, _ = anchors_of(75, 117, retinanet_sizes())
    objects = torch.cat([random_boxes(5, 75, 117, 1 / 64, 12, 70), random_boxes(4, 75, 117, 1, 3, 70)])
    iou = box_iou(objects, anchors)
    assert iou.max(dim=1).values.min() > 0
    out.array("float", "golden_object", objects, 4)
    out.array("signed char", "golden_low_quality", det_utils.Matcher(0.5, 0.4, True)(iou))
    out.array("signed char", "golden_plain", det_utils.Matcher(0.5, 0.4, False)(iou))
    out.array("float", "golden_best", iou.max(dim=1).values)
    out.write()


def make_nms():
    out = Header("detect_nms.h", "torchvision.ops.batched_nms, threshold .5; scores are thousandths.")
    boxes = random_boxes(240, 60, 60, 1, 12, 30)
    boxes[40:60] = boxes[:20] + torch.tensor([0, 0, 1, 0])
    scores = torch.tensor(rng.sample(range(1, 1000), 240)) / 1000
    groups = torch.tensor([rng.randrange(3) for _ in range(240)])
    keep = batched_nms(boxes, scores, groups, 0.5)
    assert keep.tolist() == _batched_nms_vanilla(boxes, scores, groups, 0.5).tolist()
    out.array("float", "golden_box", boxes, 4)
    out.array("short", "golden_score", torch.round(scores * 1000))
    out.array("signed char", "golden_group", groups)
    out.array("short", "golden_keep", keep)
    out.write()


def make_decode():
    out = Header("detect_decode.h", "RetinaNet.postprocess_detections on made-up head outputs of a small\n"
                 " * image, less its boxes without area. Logits and codes are multiples of 1 / 1024, no\n"
                 " * two logits are equal.")
    height, width, classes = 64, 96, 3
    sizes = tuple((x, x * 5 // 4, x * 3 // 2) for x in [16, 32, 48, 64, 80])
    anchors, grid, per_level = anchors_of(height, width, sizes)
    total = sum(per_level)
    logits = torch.tensor(rng.sample(range(-16384, 1024), total * classes)).view(total, classes)
    codes = torch.tensor([[rng.randint(-700, 700) for _ in range(4)] for _ in range(total)])
    split = [t.split(per_level) for t in (logits / 1024, codes / 1024, anchors)]
    settings = types.SimpleNamespace(score_thresh=0.05, topk_candidates=100, nms_thresh=0.5, detections_per_img=500,
                                     box_coder=det_utils.BoxCoder((1.0, 1.0, 1.0, 1.0)))
    outputs = {"cls_logits": [t[None] for t in split[0]], "bbox_regression": [t[None] for t in split[1]]}
    found = RetinaNet.postprocess_detections(settings, outputs, [list(split[2])], [(height, width)])[0]
    sides = found["boxes"][:, 2:] - found["boxes"][:, :2]
    found = {key: value[sides.min(dim=1).values > 0][:300] for key, value in found.items()}
    assert 70 < len(found["scores"]) < 300 and found["scores"].min() < 0.06
    out.define("GOLDEN_HEIGHT", height)
    out.define("GOLDEN_WIDTH", width)
    out.array("int", "golden_grid", grid, 2)
    out.array("int", "golden_level_anchors", per_level)
    out.array("short", "golden_anchor", anchors, 4)
    out.array("short", "golden_logit", logits, classes)
    out.array("short", "golden_code", codes, 4)
    out.array("float", "golden_found_box", found["boxes"], 4)
    out.array("float", "golden_found_score", found["scores"])
    out.array("signed char", "golden_found_label", found["labels"])
    out.write()


for make in (make_box, make_anchor, make_coder, make_assign, make_nms, make_decode):
    make()
