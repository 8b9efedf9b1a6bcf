"""The same RetinaNet as plain torch.nn modules: names of parameters are those of our checkpoints.

No package beyond torch and numpy is needed. torchvision's batched_nms is used where it is installed.
"""
import json
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

try:
    from torchvision.ops import batched_nms
except Exception:  # not installed, or built for another torch
    batched_nms = None

DTYPES = {"F64": np.float64, "F32": np.float32, "I64": np.int64, "I32": np.int32, "U8": np.uint8}
BODIES = {  # bottleneck, stem kernel, stem channels, channels, blocks
    "tiny": (False, 3, 16, (16, 32, 64, 96), (1, 1, 1, 1)),
    "r18": (False, 7, 64, (64, 128, 256, 512), (2, 2, 2, 2)),
    "r34": (False, 7, 64, (64, 128, 256, 512), (3, 4, 6, 3)),
    "r50": (True, 7, 64, (64, 128, 256, 512), (3, 4, 6, 3)),
    "r101": (True, 7, 64, (64, 128, 256, 512), (3, 4, 23, 3)),
    "r152": (True, 7, 64, (64, 128, 256, 512), (3, 8, 36, 3)),
}


def load_safetensors(path):
    """Tensors by name, and the metadata."""
    with open(path, "rb") as f:
        (size,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(size))
        data = f.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors, metadata


class FrozenNorm(nn.Module):
    """An affine map from buffers; one fused kernel, as torch.nn.BatchNorm2d has in eval mode."""

    def __init__(self, channels):
        super().__init__()
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((channels,), value))

    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, 1e-5)


def make_norm(kind, channels):
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    return FrozenNorm(channels) if kind == "frozen" else nn.Identity()


def conv(c, k, kernel, stride=1, bias=False):
    return nn.Conv2d(c, k, kernel, stride, kernel // 2, bias=bias)


class Block(nn.Module):
    def __init__(self, bottleneck, c, width, stride, norm):
        super().__init__()
        out = 4 * width if bottleneck else width
        shapes = ([(c, width, 1, 1), (width, width, 3, stride), (width, out, 1, 1)] if bottleneck
                  else [(c, width, 3, stride), (width, width, 3, 1)])
        self.count = len(shapes)
        for i, (a, b, kernel, step) in enumerate(shapes, 1):
            setattr(self, f"conv{i}", conv(a, b, kernel, step, norm == "none"))
            setattr(self, f"bn{i}", make_norm(norm, b))
        self.downsample = None
        if c != out or stride != 1:
            self.downsample = nn.Sequential(conv(c, out, 1, stride, norm == "none"), make_norm(norm, out))
        self.out = out

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.count:
                y = F.relu_(y)
        y += x if self.downsample is None else self.downsample(x)
        return F.relu_(y)


class Body(nn.Module):
    def __init__(self, name, norm):
        super().__init__()
        bottleneck, kernel, c, channels, blocks = BODIES[name]
        self.conv1 = conv(3, c, kernel, 2, norm == "none")
        self.bn1 = make_norm(norm, c)
        self.channels = []
        for stage in range(4):
            layer = []
            for i in range(blocks[stage]):
                layer.append(Block(bottleneck, c, channels[stage], 2 if stage and i == 0 else 1, norm))
                c = layer[-1].out
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layer))
            self.channels.append(c)

    def forward(self, x):
        x = F.max_pool2d(F.relu_(self.bn1(self.conv1(x))), 3, 2, 1)
        c2 = self.layer1(x)
        c3 = self.layer2(c2)
        c4 = self.layer3(c3)
        return c3, c4, self.layer4(c4)


class Pyramid(nn.Module):
    def __init__(self, channels, k, top_level, p6_from, norm):
        super().__init__()
        bias = norm == "none"
        self.relu = norm != "none"
        self.p6_from, self.levels = p6_from, top_level - 2
        self.inner_blocks = nn.ModuleList(nn.Sequential(conv(c, k, 1, 1, True)) for c in channels)
        self.layer_blocks = nn.ModuleList(
            nn.Sequential(conv(k, k, 3, 1, bias), make_norm(norm, k)) for _ in channels)
        extra = {}
        if self.levels >= 4:
            extra["p6"] = conv(channels[-1] if p6_from == "c5" else k, k, 3, 2, bias)
        if self.levels >= 5:
            extra["p7"] = conv(k, k, 3, 2, bias)
        extra.update({f"{p}_norm": make_norm(norm, k) for p in list(extra)})
        self.extra_blocks = nn.ModuleDict(extra)

    def end(self, x):
        return F.relu_(x) if self.relu else x

    def forward(self, c):
        inner, p = None, [None] * 3
        for i in (2, 1, 0):
            lateral = self.inner_blocks[i](c[i])
            if inner is not None:
                lateral = lateral + F.interpolate(inner, size=lateral.shape[-2:], mode="nearest")
            inner = lateral
            p[i] = self.end(self.layer_blocks[i](inner))
        e = self.extra_blocks
        if self.levels >= 4:
            p.append(self.end(e["p6_norm"](e["p6"](c[2] if self.p6_from == "c5" else p[2]))))
        if self.levels >= 5:
            p.append(self.end(e["p7_norm"](e["p7"](F.relu(p[3])))))
        return p


class Tower(nn.Module):
    def __init__(self, c, convs, outputs, norm, levels, last):
        super().__init__()
        self.conv = nn.ModuleList()
        for _ in range(convs):
            norms = (nn.ModuleList(make_norm(norm, c) for _ in range(levels)) if norm == "batch"
                     else make_norm(norm, c))
            self.conv.append(nn.ModuleList([conv(c, c, 3, 1, norm == "none"), norms]))
        self.last = last
        setattr(self, last, conv(c, outputs, 3, 1, True))

    def forward(self, p, columns):
        """(N, anchors, columns) of all levels."""
        out = []
        for level, x in enumerate(p):
            for layer, norm in self.conv:
                x = layer(x)
                x = F.relu_((norm[level] if isinstance(norm, nn.ModuleList) else norm)(x))
            x = getattr(self, self.last)(x).permute(0, 2, 3, 1)
            out.append(x.reshape(x.shape[0], -1, columns))
        return out


class RetinaNet(nn.Module):
    """`config` is the model's, as our checkpoints hold it: {group: {name: value}}."""

    def __init__(self, config):
        super().__init__()
        network, anchors = config["network"], config["anchors"]
        per_cell = int(anchors["anchor-scales"]) * len(anchors["anchor-ratios"].split(","))
        self.columns, k = int(network["classes"]), int(network["fpn-channels"])
        levels = int(network["top-level"]) - 2
        convs, norm = int(network["head-convs"]), network["head-norm"]
        body = Body(network["model"], network["norm"])
        self.backbone, self.head = nn.Module(), nn.Module()
        self.backbone.body = body
        self.backbone.fpn = Pyramid(body.channels[1:], k, int(network["top-level"]), network["p6-from"],
                                    network["fpn-norm"])
        self.head.classification_head = Tower(k, convs, per_cell * self.columns, norm, levels, "cls_logits")
        self.head.regression_head = Tower(k, convs, per_cell * 4, norm, levels, "bbox_reg")

    def forward(self, x):
        """Logits and box codes, a list over the levels each."""
        p = self.backbone.fpn(self.backbone.body(x))
        return self.head.classification_head(p, self.columns), self.head.regression_head(p, 4)
