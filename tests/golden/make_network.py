#!/usr/bin/python3
"""torchvision's RetinaNet with weights, images and objects that are made from names: what it answers.

    cd tests/golden && python3 make_network.py            (torch 1.13, torchvision 0.14)

Writes network_{r18,r50}_{HxW}.safetensors for test_network_golden.c. Everything is computed in double
precision and stored as F32, so that a difference is the error of the C library alone. In a file:

    sizes (2, 2), objects (G, 5)    height and width of the images; x1 y1 x2 y2 class, all of image 0
    feature.p3 .. feature.p7 (66)   summary (below) of the pyramid's levels, NCHW
    cls_logits, bbox_regression     (2, anchors, 3 and 4), levels one after the other
    losses (3, 2)                   classification and box loss before the first, second and third step
    PARAMETER (2, 18)               summary of its gradient, and of its change by the first step of SGD
    detections.0, detections.1      (n, 6) x1 y1 x2 y2 score class, best first; where a case has them

A summary of a tensor T is its L2 norm, its largest absolute value, and elements at the places that
rule.indices(T's name) draws, in PyTorch's own order.

The network is retinanet_resnet50_fpn's but for three classes, P6 (from C5 in ResNet-18, from P5 in
ResNet-50), and all convolutions trained; FrozenBatchNorm2d has its default eps of 1e-5. Images are not
resized; those of a batch are padded with zeros, after normalisation, to a common multiple of 32.
Classification loss: focal, gamma 2, alpha .25; box loss: L1; each divided by max(1, positives) image
by image, then averaged. The step: momentum .9, weight decay on convolution weights, not on biases; a
decay that is far larger than the usual 1e-4, which would be lost beside the gradient.
"""
import sys

sys.dont_write_bytecode = True

import numpy as np
import torch
import torchvision
from torchvision.models import resnet
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops import FrozenBatchNorm2d, batched_nms, box_iou
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

import rule

NUM_CLASSES, DETECTIONS, SAMPLES, FEATURE_SAMPLES = 3, 100, 16, 64
RATE, MOMENTUM, DECAY = 2.0**-18, 0.9, 1.0
BODIES = {"r18": ("resnet18", 512, "C5"), "r50": ("resnet50", 256, "P5")}
CASES = {  # sizes of both images; objects of the first; does it go through decoding too
    "64x96": ([(64, 96), (64, 96)], [(8, 6, 44, 40, 0), (50.5, 20.25, 90, 61, 2)], False),
    "128x128": ([(128, 128), (128, 128)],
                [(10, 12, 100, 90, 1), (70, 64, 126, 125, 0), (3.5, 90, 40, 121.75, 2)], False),
    "75x93": ([(75, 93), (60, 81)], [(2, 3, 41, 72, 2), (38.5, 10, 91, 50, 1)], True),
}


def make_network(arch, p6_channels):
    body = resnet.__dict__[arch](weights=None, norm_layer=FrozenBatchNorm2d)
    backbone = _resnet_fpn_extractor(body, 5, [2, 3, 4], LastLevelP6P7(p6_channels, 256))
    model = RetinaNet(backbone, NUM_CLASSES, detections_per_img=DETECTIONS)
    model.transform.resize = lambda image, target: (image, target)
    for name, value in model.state_dict().items():
        shape = tuple(value.shape)
        value.copy_(torch.from_numpy(rule.fill(name, shape, *rule.span(name, shape))))
    return model


def make_batch(case, dtype):
    sizes, objects, _ = case
    images = [torch.from_numpy(rule.pixels(f"image{i}", (3, *size)) / 255).to(dtype)
              for i, size in enumerate(sizes)]
    objects = torch.tensor(objects, dtype=dtype)
    targets = [{"boxes": objects[:, :4], "labels": objects[:, 4].long()},
               {"boxes": torch.zeros((0, 4), dtype=dtype), "labels": torch.zeros(0, dtype=torch.long)}]
    return images, targets


def summary(name, value, samples):
    flat = value.detach().double().reshape(-1)
    picked = flat[torch.from_numpy(rule.indices(name, samples, flat.numel()))]
    return torch.cat([flat.norm()[None], flat.abs().max()[None], picked])


def train(model, images, targets):
    """Losses before three steps; summaries of each gradient and of the change by the first step."""
    decayed = [p for p in model.parameters() if p.dim() == 4]
    others = [p for p in model.parameters() if p.dim() == 1]
    sgd = torch.optim.SGD([{"params": decayed, "weight_decay": DECAY}, {"params": others}],
                          lr=RATE, momentum=MOMENTUM)
    model.train()
    losses, rows = [], {}
    for step in range(3):
        found = model(images, targets)
        losses.append(torch.stack([found["classification"], found["bbox_regression"]]).detach())
        sgd.zero_grad()
        sum(found.values()).backward()
        before = {name: p.detach().clone() for name, p in model.named_parameters()} if step == 0 else {}
        sgd.step()
        for name, p in model.named_parameters() if step == 0 else []:
            rows[name] = torch.stack([summary(name, p.grad, SAMPLES),
                                      summary(name, p - before[name], SAMPLES)])
    return {"losses": torch.stack(losses), **rows}


def answer(model, case, dtype):
    images, targets = make_batch(case, dtype)
    with torch.no_grad():
        model.eval()
        batch, _ = model.transform(images)
        features = list(model.backbone(batch.tensors).values())
        tensors = {f"feature.p{l + 3}": summary(f"feature.p{l + 3}", f, FEATURE_SAMPLES)
                   for l, f in enumerate(features)}
        tensors.update(model.head(features))
        for i, found in enumerate(model(images) if case[2] else []):
            columns = [found["boxes"], found["scores"][:, None], found["labels"][:, None].to(dtype)]
            tensors[f"detections.{i}"] = torch.cat(columns, dim=1)
    tensors.update(train(model, images, targets))
    return {name: value.detach().numpy() for name, value in tensors.items()}


def check_suppression(boxes, scores, labels, threshold):
    """torchvision's batched_nms, and how near rounding comes to changing what it finds: the IoU
    nearest to the threshold, and the scores on both sides of the cut after the best DETECTIONS."""
    keep = batched_nms(boxes, scores, labels, threshold)
    count = int((scores >= scores[keep[DETECTIONS]]).sum())
    order = scores.argsort(descending=True)[:count]
    iou = box_iou(boxes[order], boxes[keep]).nan_to_num()
    iou[(labels[order][:, None] != labels[keep]) | (scores[order][:, None] <= scores[keep])] = 0
    margin = float((iou.max(dim=1).values - threshold).abs().min())
    gap = float(scores[keep[DETECTIONS - 1]] - scores[keep[DETECTIONS]])
    print(f"  {count} candidates, {len(keep)} kept: IoU {margin:.1e} from the threshold, scores at "
          f"the cut {gap:.1e} apart")
    assert margin > 1e-5 and gap > 1e-5
    return keep


def relative(a, b):
    return np.abs(a - b).max() / np.abs(b).max()


def main():
    torchvision.ops.boxes.batched_nms = check_suppression
    for body, (arch, p6_channels, p6) in BODIES.items():
        for shape, case in CASES.items():
            tensors = answer(make_network(arch, p6_channels).double(), case, torch.float64)
            single = answer(make_network(arch, p6_channels), case, torch.float32)
            sizes, objects, _ = case
            print(body, shape, "losses", tensors["losses"].tolist())
            for name in ("cls_logits", "bbox_regression", "losses"):
                print(f"  {name}: PyTorch in single precision differs by "
                      f"{relative(single[name], tensors[name]):.1e}")
            weights = [n for n in tensors if n.endswith((".weight", ".bias"))]
            worst = max(weights, key=lambda n: relative(single[n][0], tensors[n][0]))
            print(f"  gradients: {relative(single[worst][0], tensors[worst][0]):.1e} ({worst})")
            for name in [n for n in tensors if n.startswith("detections")]:
                print(f"  {name}: {relative(single[name], tensors[name]):.1e}")
            tensors = {"sizes": np.array(sizes), "objects": np.array(objects), **tensors}
            rule.save(f"network_{body}_{shape}.safetensors", tensors, {
                "torch": torch.__version__, "torchvision": torchvision.__version__, "backbone": arch,
                "p6_from": p6, "frozen_norm_eps": 1e-5, "num_classes": NUM_CLASSES,
                "learning_rate": RATE, "momentum": MOMENTUM, "weight_decay": DECAY})


main()
