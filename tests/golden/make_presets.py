#!/usr/bin/python3
"""What torchvision's retinanet_resnet50_fpn is made of, as settings of this library.

    cd tests/golden && ./make_presets.py > presets.h        (torch 1.13, torchvision 0.14)

Read from the objects and signatures, not typed: the preset `torchvision` must give the same.
"""
import inspect
import math

import torch
import torchvision
from torchvision.models import resnet
from torchvision.models.detection import RetinaNet, retinanet
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor, _validate_trainable_layers
from torchvision.ops import FrozenBatchNorm2d, sigmoid_focal_loss
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

CLASSES = 91
torch.manual_seed(1)


def initial(function, name):
    return inspect.signature(function).parameters[name].default


# As retinanet_resnet50_fpn does with pretrained weights for the backbone.
layers = _validate_trainable_layers(True, None, 5, 3)
body = resnet.resnet50(weights=None, norm_layer=FrozenBatchNorm2d)
network = RetinaNet(_resnet_fpn_extractor(body, layers, returned_layers=[2, 3, 4],
                                          extra_blocks=LastLevelP6P7(256, 256)), CLASSES)
sizes, ratios = network.anchor_generator.sizes, network.anchor_generator.aspect_ratios[0]
bias = float(network.head.classification_head.cls_logits.bias[0])
towers = [m for n, m in network.head.named_modules() if isinstance(m, torch.nn.Conv2d)]
std = torch.cat([m.weight.detach().flatten() for m in towers]).std()
rows = {
    "model": "r50",
    "norm": "frozen" if isinstance(body.bn1, FrozenBatchNorm2d) else "batch",
    "fpn-channels": network.backbone.out_channels,
    "top-level": 2 + len(sizes),
    "p6-from": "p5" if network.backbone.fpn.extra_blocks.use_P5 else "c5",
    "head-convs": sum(len(layer) > 1 for layer in network.head.classification_head.conv),
    "head-std": round(float(std), 3),
    "prior": round(1 / (1 + math.exp(-bias)), 6),
    "anchor-scales": len(sizes[0]),
    "anchor-ratios": ",".join(f"{ratio:g}" for ratio in ratios),
    "anchor-size": sizes[0][0] / 8,
    "positive-iou": network.proposal_matcher.high_threshold,
    "negative-iou": network.proposal_matcher.low_threshold,
    "best-anchor": 0 if network.proposal_matcher.allow_low_quality_matches else "off",
    "box-std": ",".join(f"{1 / weight:g}" for weight in network.box_coder.weights),
    "gamma": initial(sigmoid_focal_loss, "gamma"),
    "alpha": initial(sigmoid_focal_loss, "alpha"),
    "smooth-l1-beta": {"l1": 0}[network.head.regression_head._loss_type],
    "score-threshold": network.score_thresh,
    "top-per-level": network.topk_candidates,
    "nms-iou": network.nms_thresh,
    "detections": network.detections_per_img,
    "size": network.transform.min_size[0],
    "max-size": network.transform.max_size,
}
print(f"""/* Made by make_presets.py with torch {torch.__version__} and torchvision {torchvision.__version__}. */
#include <stddef.h>

enum {{ TORCHVISION_CLASSES = {CLASSES} }};
static const size_t torchvision_trained = {sum(p.numel() for p in network.parameters() if p.requires_grad)};
static const struct {{
    const char *option, *value;
}} torchvision_settings[] = {{""")
for option, value in rows.items():
    print(f'    {{"{option}", "{value}"}},')
print("};")
