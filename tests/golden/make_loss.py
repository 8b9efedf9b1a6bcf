"""Writes the loss_*.h beside this file: what PyTorch and others give for lib/loss to agree with.

Run with torchvision 0.14 or later:  python3 tests/golden/make_loss.py
Inputs are multiples of 1/8 and exact in single precision; everything is computed in double precision.
"""
import os
import random

import torch
import torch.nn.functional as F
import torchvision
from torchvision.ops import sigmoid_focal_loss

FOLDER = os.path.dirname(os.path.abspath(__file__))
VERSIONS = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
BACKGROUND, IGNORE = -1, -2
rng = random.Random(2017)


class Header:
    """A C header of static arrays."""

    def __init__(self, name, text):
        self.name = name
        self.lines = [f"/* {text}\n * Written by make_loss.py with {VERSIONS}; do not edit. */",
                      "/* clang-format off */"]

    def define(self, name, value):
        self.lines.append(f"enum {{ {name} = {int(value)} }};")

    def array(self, c_type, name, values):
        values = torch.as_tensor(values, dtype=torch.float64)
        size = "".join(f"[{n}]" for n in values.shape)
        self.lines.append(f"static const {c_type} {name}{size} =")
        words = braces(values.tolist(), "%d" if c_type == "int" else "%.15g")
        line = ""
        for word in words.split(" "):
            if len(line) + len(word) > 98:
                self.lines.append(line)
                line = ""
            line += word
        self.lines.append(line + ";")

    def write(self):
        with open(os.path.join(FOLDER, self.name), "w", encoding="ascii") as out:
            out.write("\n".join(self.lines) + "\n")


def braces(values, form):
    """Nested initialisers; a space marks where a line may end."""
    if isinstance(values, list):
        return "{" + ", ".join(braces(v, form) for v in values) + "}"
    return form % values


def eighths(count, radius):
    """Multiples of 1/8 within +-radius."""
    return torch.tensor([rng.randint(-8 * radius, 8 * radius) / 8 for _ in range(count)], dtype=torch.float64)


def labels(rows, classes):
    """Every kind of label is there."""
    some = [BACKGROUND, IGNORE] + list(range(classes))
    return some + [rng.choice(some) for _ in range(rows - len(some))]


def one_hot(label, classes):
    """1 at the class of a positive row, 0 elsewhere."""
    target = torch.zeros(len(label), classes, dtype=torch.float64)
    for i, c in enumerate(label):
        if c >= 0:
            target[i, c] = 1
    return target


def value_and_gradient(loss, x):
    x = x.clone().requires_grad_(True)
    value = loss(x)
    value.backward()
    return value.item(), x.grad


def mmdet_focal(x, target, gamma, alpha):
    """The sigmoid focal loss as mmdetection writes it in Python; pt stands for 1 - p_t there."""
    p = x.sigmoid()
    pt = (1 - p) * target + p * (1 - target)
    weight = (alpha * target + (1 - alpha) * (1 - target)) * pt.pow(gamma)
    return F.binary_cross_entropy_with_logits(x, target, reduction="none") * weight


def sigmoid_losses():
    """torchvision and mmdetection. Row: gamma, alpha (-1: unweighted), value, gradient."""
    rows, classes = 14, 5
    x, label = eighths(rows * classes, 8).view(rows, classes), labels(rows, classes)
    target = one_hot(label, classes)
    counted = torch.tensor([[float(c != IGNORE)] for c in label], dtype=torch.float64)
    options = [(2, .25), (2, -1), (1, .75), (.5, .5), (5, .25), (0, .75), (0, -1), (1.5, -1)]
    out = Header("loss_sigmoid.h", "Sigmoid focal loss: value and gradient of torchvision, value and "
                 "gradient of mmdetection's form.")
    out.array("double", "golden_logit", x)
    out.array("int", "golden_label", label)
    out.array("double", "golden_option", options)
    values, gradients = [], []
    for gamma, alpha in options:
        value, gradient = value_and_gradient(
            lambda x: (sigmoid_focal_loss(x, target, alpha, gamma, "none") * counted).sum(), x)
        values.append(value)
        gradients.append(gradient)
    out.array("double", "golden_torchvision", values)
    out.array("double", "golden_torchvision_gradient", torch.stack(gradients))
    values, gradients = [], []
    for gamma, alpha in options:
        value, gradient = value_and_gradient(
            lambda x: (mmdet_focal(x, target, gamma, alpha) * counted).sum(), x)
        values.append(value)
        gradients.append(gradient)
    weighted = [i for i, (_, alpha) in enumerate(options) if alpha >= 0]
    out.array("int", "golden_mmdet_option", weighted)
    out.array("double", "golden_mmdet", [values[i] for i in weighted])
    out.array("double", "golden_mmdet_gradient", torch.stack([gradients[i] for i in weighted]))
    out.write()


def tutorial_focal(x, truth, gamma, alpha):
    """Softmax focal loss with a weight per class, as PyTorch tutorials write it."""
    log_p = F.log_softmax(x, dim=1).gather(1, truth[:, None]).squeeze(1)
    return -(alpha[truth] * (1 - log_p.exp()) ** gamma * log_p).sum()


def softmax_losses():
    """Row: gamma (-1: F.cross_entropy), weighted or not, value, gradient."""
    rows, classes = 12, 4
    columns = classes + 1
    x, label = eighths(rows * columns, 6).view(rows, columns), labels(rows, classes)
    truth = torch.tensor([classes if c == BACKGROUND else c for c in label])
    counted = truth != IGNORE
    alpha = torch.tensor([.25, 2, .5, 1.125, .0625], dtype=torch.float64)
    out = Header("loss_softmax.h", "Softmax cross entropy of torch and the softmax focal loss of tutorials, "
                 "with and without a weight per class.")
    out.array("double", "golden_logit", x)
    out.array("int", "golden_label", label)
    out.array("double", "golden_class_alpha", alpha)
    options = [(g, w) for g in (-1, 2, .5, 0, 5) for w in (0, 1)]
    values, gradients = [], []
    for gamma, weighted in options:
        weight = alpha if weighted else torch.ones_like(alpha)

        def loss(x):
            if gamma < 0:
                return F.cross_entropy(x, torch.where(counted, truth, -100), weight=weight, reduction="sum")
            return tutorial_focal(x[counted], truth[counted], gamma, weight)

        value, gradient = value_and_gradient(loss, x)
        values.append(value)
        gradients.append(gradient)
    out.array("double", "golden_option", options)
    out.array("double", "golden_value", values)
    out.array("double", "golden_gradient", torch.stack(gradients))
    out.write()


def smooth_l1():
    """Differences of 0, of beta exactly, and on both sides of it."""
    rows = 10
    label = [0, BACKGROUND, 3, IGNORE] + [rng.choice([BACKGROUND, 1, 2]) for _ in range(rows - 4)]
    target = eighths(4 * rows, 3).view(rows, 4)
    step = torch.tensor([rng.choice([0, 1, 2, 4, 8, 9, 16, 20]) * rng.choice([-1, 1]) / 16
                         for _ in range(4 * rows)], dtype=torch.float64).view(rows, 4)
    prediction = target + step
    positive = torch.tensor([c >= 0 for c in label])
    betas = [1, .5, .109375, 0, 2.5]
    out = Header("loss_smooth_l1.h", "torch.nn.functional.smooth_l1_loss; for beta 0 l1_loss.")
    for name, values in (("golden_prediction", prediction), ("golden_target", target)):
        out.array("double", name, values)
    out.array("int", "golden_label", label)
    out.array("double", "golden_beta", betas)
    values, gradients = [], []
    for beta in betas:

        def loss(p):
            if beta == 0:  # where smooth_l1_loss itself has the slope -1 at 0
                return F.l1_loss(p[positive], target[positive], reduction="sum")
            return F.smooth_l1_loss(p[positive], target[positive], beta=beta, reduction="sum")

        value, gradient = value_and_gradient(loss, prediction)
        values.append(value)
        gradients.append(gradient)
    out.array("double", "golden_value", values)
    out.array("double", "golden_gradient", torch.stack(gradients))
    out.write()


def overlap(anchor, box):
    """IoU of each anchor with each box."""
    size = lambda b: (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    low = torch.maximum(anchor[:, None, :2], box[None, :, :2])
    high = torch.minimum(anchor[:, None, 2:], box[None, :, 2:])
    both = (high - low).clamp(min=0).prod(dim=2)
    return both / (size(anchor)[:, None] + size(box)[None] - both).clamp(min=1e-8)


def centres(box):
    sides = box[:, 2:] - box[:, :2]
    return box[:, :2] + sides / 2, sides


def pytorch_retinanet_image(p, code, anchor, box, box_class):
    """The losses of one image as pytorch-retinanet defines them, its labels and encoded targets."""
    alpha, gamma, n = .25, 2., len(anchor)
    p = p.clamp(1e-4, 1 - 1e-4)
    label, encoded = torch.full((n,), BACKGROUND), torch.zeros(n, 4, dtype=torch.float64)
    if len(box):
        most, which = overlap(anchor, box).max(dim=1)
        label[most >= .4] = IGNORE
        label[most >= .5] = box_class[which[most >= .5]]
        (at, sides), (box_at, box_sides) = centres(anchor), centres(box[which])
        encoded = torch.cat([(box_at - at) / sides / .1, (box_sides.clamp(min=1) / sides).log() / .2], dim=1)
    target = one_hot(label.tolist(), p.shape[1])
    weight = torch.where(target == 1, alpha * (1 - p) ** gamma, (1 - alpha) * p ** gamma)
    entropy = -(target * p.log() + (1 - target) * (1 - p).log())
    positive = label >= 0
    divisor = max(1, int(positive.sum()))
    classification = (weight * entropy)[label != IGNORE].sum() / divisor
    regression = torch.zeros((), dtype=torch.float64)
    if positive.any():
        d = (encoded - code)[positive].abs()
        regression = torch.where(d <= 1 / 9, .5 * 9 * d ** 2, d - .5 / 9).mean()
    return classification, regression, label, encoded


def pytorch_retinanet():
    """Three images: two objects, none, and one whose object meets no anchor well enough."""
    anchors, classes = 25, 3
    grid = [(8 * (i % 5), 8 * (i // 5)) for i in range(anchors)]
    anchor = torch.tensor([[x - 12, y - 12, x + 12, y + 12] for x, y in grid], dtype=torch.float64)
    images = [(torch.tensor([[-9, -7, 12, 16], [14, 13, 41, 42]], dtype=torch.float64), torch.tensor([2, 0])),
              (torch.zeros(0, 4, dtype=torch.float64), torch.zeros(0, dtype=torch.long)),
              (torch.tensor([[8, 8, 12, 12]], dtype=torch.float64), torch.tensor([1]))]
    x = eighths(len(images) * anchors * classes, 8).view(len(images), anchors, classes)
    code = eighths(len(images) * anchors * 4, 2).view(len(images), anchors, 4)
    x.requires_grad_(True)
    code.requires_grad_(True)
    rows = [pytorch_retinanet_image(x[i].sigmoid(), code[i], anchor, box, box_class)
            for i, (box, box_class) in enumerate(images)]
    classification = torch.stack([r[0] for r in rows]).mean()
    regression = torch.stack([r[1] for r in rows]).mean()
    (classification + regression).backward()
    out = Header("loss_pytorch_retinanet.h", "The whole loss of pytorch-retinanet: 3 images, 25 anchors, 3 "
                 "classes; an image's boxes fill\n * golden_object from golden_first[i] on.")
    out.array("double", "golden_anchor", anchor)
    out.array("double", "golden_object", torch.cat([box for box, _ in images]))
    out.array("int", "golden_object_class", torch.cat([c for _, c in images]))
    out.array("int", "golden_first", [0, 2, 2, 3])
    out.array("double", "golden_logit", x.detach())
    out.array("double", "golden_code", code.detach())
    out.array("int", "golden_label", torch.stack([r[2] for r in rows]))
    out.array("double", "golden_target", torch.stack([r[3] for r in rows]).detach())
    out.array("double", "golden_loss", [classification.item(), regression.item()])
    out.array("double", "golden_logit_gradient", x.grad)
    out.array("double", "golden_code_gradient", code.grad)
    out.write()


if __name__ == "__main__":
    sigmoid_losses()
    softmax_losses()
    smooth_l1()
    pytorch_retinanet()
