#!/usr/bin/python3
"""The layers of lib/nn as PyTorch computes them: inputs, outputs and gradients.

    cd tests/golden && python3 make_ops.py                (torch 1.13)

Writes ops.safetensors for tests/nn/test_golden.c. Inputs are exact in single precision, everything
else is computed in double precision and stored as F32. Names are OPERATION/CASE/TENSOR, tensors NCHW
and OIHW; `dT` is the gradient of sum(y * dy) with respect to T. The metadata gives what shapes do not
say, as OPERATION/CASE: "stride pad" or "groups". rule/* are what rule.py makes of a few names.
"""
import sys

sys.dont_write_bytecode = True

import torch
import torch.nn.functional as F

import rule

tensors, metadata = {}, {"torch": torch.__version__}


def make(name, shape, centre=0.0, radius=1.0, levels=None):
    """An input by the rule; with `levels`, rounded down to that many values, so that there are ties."""
    value = torch.from_numpy(rule.fill(name, shape, centre, radius))
    return value if levels is None else (value * levels).floor() / 2


def record(case, operation, inputs, relu=False):
    """Runs operation(**inputs), and a ReLU if asked; stores inputs, y, dy, gradients of all inputs."""
    leaves = {name: value.clone().requires_grad_(True) for name, value in inputs.items()}
    y = operation(**leaves)
    assert not relu or y.abs().min() > 1e-4, case  # so that rounding decides none
    y = y.relu() if relu else y
    dy = make(f"{case}/dy", tuple(y.shape))
    y.backward(dy)
    tensors.update({f"{case}/{name}": value for name, value in inputs.items()})
    tensors.update({f"{case}/y": y.detach(), f"{case}/dy": dy})
    tensors.update({f"{case}/d{name}": leaf.grad for name, leaf in leaves.items()})


def convolutions():
    for name, n, c, h, w, k, kernel, stride in (
            ("3x3", 2, 5, 9, 11, 7, 3, 1),
            ("3x3_tiles", 2, 8, 12, 10, 12, 3, 1),
            ("3x3_stride2", 2, 4, 9, 7, 6, 3, 2),
            ("3x3_stride2_even", 1, 4, 8, 6, 5, 3, 2),
            ("3x3_pixel", 2, 4, 1, 1, 3, 3, 1),
            ("7x7_stride2", 1, 3, 15, 13, 6, 7, 2),
            ("7x7_stride2_even", 1, 3, 14, 16, 4, 7, 2),
            ("1x1", 2, 6, 5, 4, 8, 1, 1),
            ("1x1_stride2", 2, 6, 7, 5, 4, 1, 2),
            ("1x1_stride2_even", 1, 4, 6, 4, 3, 1, 2)):
        case = f"conv/{name}"
        metadata[case] = f"{stride} {kernel // 2}"
        record(case, lambda x, w, b: F.conv2d(x, w, b, stride=stride, padding=kernel // 2),
               {"x": make(f"{case}/x", (n, c, h, w)), "w": make(f"{case}/w", (k, c, kernel, kernel)),
                "b": make(f"{case}/b", (k,))})


def norm_inputs(case, shape, centre):
    return {"x": make(f"{case}/x", shape, centre), "weight": make(f"{case}/weight", shape[1:2], 1, 0.5),
            "bias": make(f"{case}/bias", shape[1:2])}


def batch_norms():
    for name, shape, centre in (("plain", (3, 6, 5, 4), 0.0), ("relu", (2, 5, 3, 3), 0.5),
                                ("far_mean", (2, 3, 4, 5), 64.0)):
        case = f"batch_norm/{name}"
        mean, variance = make(f"{case}/mean", shape[1:2]), make(f"{case}/var", shape[1:2], 1, 0.5)
        tensors.update({f"{case}/mean": mean.clone(), f"{case}/var": variance.clone()})
        evaluated = {}

        def operation(x, weight, bias):
            evaluated["y"] = F.batch_norm(x, mean, variance, weight, bias, training=False)
            return F.batch_norm(x, mean, variance, weight, bias, training=True, momentum=0.1)

        record(case, operation, norm_inputs(case, shape, centre), name == "relu")
        tensors[f"{case}/y_eval"] = evaluated["y"].detach()  # without ReLU, before the update
        tensors.update({f"{case}/mean_after": mean, f"{case}/var_after": variance})


def group_norms():
    for name, shape, groups, centre in (("plain", (2, 12, 5, 3), 4, 0.0), ("relu", (3, 8, 3, 4), 2, 0.5),
                                        ("one_group", (2, 6, 2, 3), 1, 0.0),
                                        ("one_channel", (2, 4, 3, 2), 4, 64.0)):
        case = f"group_norm/{name}"
        metadata[case] = groups
        record(case, lambda x, weight, bias: F.group_norm(x, groups, weight, bias),
               norm_inputs(case, shape, centre), name == "relu")


def frozen_norm():
    """A convolution, torchvision's FrozenBatchNorm2d, a ReLU: one fused kernel in C."""
    case = "frozen_norm/relu"
    metadata[case] = "2 1"
    c = {name: make(f"{case}/{name}", (7,), *span) for name, span in
         (("weight", (1, 0.5)), ("bias", (0, 1)), ("mean", (0, 1)), ("var", (1, 0.5)))}
    tensors.update({f"{case}/{name}": value for name, value in c.items()})
    scale = c["weight"] * (c["var"] + 1e-5).rsqrt()
    shift = c["bias"] - c["mean"] * scale

    def operation(x, w):
        y = F.conv2d(x, w, stride=2, padding=1)
        return y * scale[:, None, None] + shift[:, None, None]

    record(case, operation, {"x": make(f"{case}/x", (2, 5, 8, 9)), "w": make(f"{case}/w", (7, 5, 3, 3))}, True)


def the_rest():
    for name, shape, levels in (("odd", (2, 4, 9, 7), None), ("even", (1, 3, 8, 6), None),
                                ("ties", (2, 5, 9, 8), 2), ("negative", (1, 2, 5, 5), 1),
                                ("pixel", (2, 3, 1, 1), None)):
        case = f"max_pool/{name}"
        x = make(f"{case}/x", shape, levels=levels) - (2 if name == "negative" else 0)
        record(case, lambda x: F.max_pool2d(x, 3, 2, 1), {"x": x})
    for name, small, large in (("double", (2, 3), (4, 6)), ("odd", (3, 5), (5, 9)),
                               ("pixel", (1, 1), (1, 2)), ("uneven", (4, 5), (9, 13)),
                               ("same", (3, 4), (3, 4))):
        case = f"upsample/{name}"
        record(case, lambda lateral, top: lateral + F.interpolate(top, size=large, mode="nearest"),
               {"lateral": make(f"{case}/lateral", (2, 3, *large)),
                "top": make(f"{case}/top", (2, 3, *small))})
    record("relu/zeros", lambda x: x.relu(), {"x": make("relu/zeros/x", (2, 3, 4, 5), levels=3)})
    for name in ("", "image0", "backbone.body.conv1.weight"):
        tensors[f"rule/{name}"] = torch.from_numpy(rule.fill(name, (8,), 1.0, 0.1875))
        tensors[f"places/{name}"] = torch.from_numpy(rule.indices(name, 8, 1000003))


convolutions()
batch_norms()
group_norms()
frozen_norm()
the_rest()
rule.save("ops.safetensors", {name: value.numpy() for name, value in tensors.items()}, metadata)
