#!/usr/bin/python3
"""Counts the parameters and buffers of torchvision's RetinaNet, 91 classes, for each ResNet depth.

usage: /usr/bin/python3 tests/golden/make_parameters.py > tests/golden/parameters.h     (torchvision 0.14)

P6 comes from C5, as in the paper; frozen batch norm, so that its four arrays are counted too. The hash
is FNV-1a over "NAME SHAPE;" of all tensors sorted by name, shapes in PyTorch's order: "64x3x7x7".
"""
import torchvision
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.ops.misc import FrozenBatchNorm2d

print("/* Made by make_parameters.py with torchvision %s. */" % torchvision.__version__)
print("static const struct {\n    const char *model;\n    size_t elements, tensors;\n    uint64_t hash;\n} parameters[] = {")
for depth in (18, 34, 50, 101, 152):
    body = getattr(torchvision.models, "resnet%d" % depth)(weights=None, norm_layer=FrozenBatchNorm2d)
    c5 = 2048 if depth >= 50 else 512
    backbone = _resnet_fpn_extractor(body, 5, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(c5, 256))
    state = RetinaNet(backbone, 91).state_dict()
    value = 14695981039346656037
    for name in sorted(state):
        for byte in ("%s %s;" % (name, "x".join(map(str, state[name].shape)))).encode():
            value = (value ^ byte) * 1099511628211 % 2**64
    count = sum(t.numel() for t in state.values())
    print('    {"r%d", %d, %d, %du},' % (depth, count, len(state), value))
print("};")
