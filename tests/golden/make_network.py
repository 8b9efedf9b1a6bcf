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
    detections.0, detections.1      (n, 6) x1 y1 x2 y2 score class, best first; where a case has them.
                                    Boxes without area, which torchvision keeps, are left out

A summary of a tensor T is its L2 norm, its largest absolute value, and elements at the places that
rule.indices(T's name) draws, in PyTorch's own order.

The network is retinanet_resnet50_fpn's but for three classes, P6 (from C5 in ResNet-18, from P5 in
ResNet-50), and all convolutions trained; FrozenBatchNorm2d has its default eps of 1e-5. Images are not
resized; those of a batch are padded with zeros, after normalisation, to a common multiple of 32.
Classification loss: focal, gamma 2, alpha .25; box loss: L1; each divided by max(1, positives) image
by image, then averaged. SGD has momentum .9 and weight decay, in ResNet-18 on convolution weights alone;
the decay is far larger than the usual 1e-4, which would be lost beside the gradient.

The metadata are settings of this library (lib/train/config.h), on top of its preset `torchvision`.
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

NUM_CLASSES, DETECTIONS, SAMPLES, FEATURE_SAMPLES = 3, 80, 16, 64
RATE, MOMENTUM, DECAY = 2.0**-18, 0.9, 1.0
BODIES = {  # torchvision's name; channels that P6 is computed from; weight decay on biases too
    "r18": ("resnet18", 512, False), "r50": ("resnet50", 256, True)}
CASES = {  # sizes of both images; objects of the first; does it go through decoding too
    "64x96": ([(64, 96), (64, 96)], [(8, 6, 44, 40, 0), (50.5, 20.25, 90, 61, 2)], False),
    "128x128": ([(128, 128), (128, 128)],  # the last one is too thin for any anchor: only the best
                [(10, 12, 100, 90, 1), (70, 64, 126, 125, 0), (3.5, 90, 40, 121.75, 2),
                 (60.5, 5, 84, 9.5, 1)], False),
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


def train(model, decay_all, images, targets):
    """Losses before three steps; summaries of each gradient and of the change by the first step."""
    decayed = [p for p in model.parameters() if p.dim() == 4]
    others = [p for p in model.parameters() if p.dim() == 1]
    sgd = torch.optim.SGD([{"params": decayed, "weight_decay": DECAY},
                           {"params": others, "weight_decay": DECAY if decay_all else 0}],
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


def answer(body, case, dtype):
    arch, p6_channels, decay_all = BODIES[body]
    model = make_network(arch, p6_channels).to(dtype)
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
    tensors.update(train(model, decay_all, images, targets))
    return {name: value.detach().numpy() for name, value in tensors.items()}


def check_suppression(boxes, scores, labels, threshold):
    """torchvision's batched_nms, less the boxes that clipping left without area, and how near rounding
    comes to changing what it finds: the IoU nearest to the threshold, and the scores on both sides of
    the cut after the best DETECTIONS."""
    keep = batched_nms(boxes, scores, labels, threshold)
    keep = keep[(boxes[keep, 2:] > boxes[keep, :2]).all(dim=1)]
    count = int((scores >= scores[keep[DETECTIONS]]).sum())
    order = scores.argsort(descending=True)[:count]
    iou = box_iou(boxes[order], boxes[keep]).nan_to_num()
    iou[(labels[order][:, None] != labels[keep]) | (scores[order][:, None] <= scores[keep])] = 0
    margin = float((iou.max(dim=1).values - threshold).abs().min())
    gap = float(scores[keep[DETECTIONS - 1]] - scores[keep[DETECTIONS]])
    print(f"  {count} candidates, {len(keep)} kept: IoU {margin:.1e} from the threshold, scores at "
          f"the cut {gap:.1e} apart")
    assert margin > 5e-5 and gap > 1e-4
    return keep


def relative(a, b):
    return np.abs(a - b).max() / np.abs(b).max()


def report(exact, single):
    """How much PyTorch itself loses in single precision: a yardstick for the tolerances."""
    for name in [n for n in exact if not n.endswith((".weight", ".bias"))]:
        print(f"  {name}: {relative(single[name], exact[name]):.1e}")
    norms = {n: relative(single[n][0, 0], exact[n][0, 0]) for n in exact if n.endswith((".weight", ".bias"))}
    worst = max(norms, key=norms.get)
    print(f"  gradient norm of {worst}: {norms[worst]:.1e}")


def main():
    torchvision.ops.boxes.batched_nms = check_suppression
    for body, (_, p6_channels, decay_all) in BODIES.items():
        for shape, case in CASES.items():
            print(body, shape)
            tensors = answer(body, case, torch.float64)
            report(tensors, answer(body, case, torch.float32))
            tensors = {"sizes": np.array(case[0]), "objects": np.array(case[1]), **tensors}
            print("  losses", tensors["losses"].tolist())
            rule.save(f"network_{body}_{shape}.safetensors", tensors, {
                "torch": torch.__version__, "torchvision": torchvision.__version__, "model": body,
                "p6-from": "p5" if p6_channels == 256 else "c5", "classes": NUM_CLASSES,
                "detections": DETECTIONS, "lr": RATE, "momentum": MOMENTUM, "weight-decay": DECAY,
                "decay-all": "on" if decay_all else "off"})


main()
