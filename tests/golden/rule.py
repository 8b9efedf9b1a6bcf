"""Numbers that both sides of a golden test make from names alone, and the files they are compared by.

tests/support/rule.h is the same rule in C. Values are exact in single precision, so that a network
filled by it is the same network in PyTorch and in C, in single and in double precision.
"""
import json
import struct

import numpy as np

MASK = 2**64 - 1


def fnv1a(name):
    """FNV-1a, 64 bits, of the name's bytes."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 & MASK
    return h


def bits(name, count):
    """splitmix64 of fnv1a(name) + i for i = 0 .. count - 1, modulo 2^64."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(count, dtype=np.uint64)
        z += np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def fill(name, shape, centre, radius):
    """centre + (2 u - 1) radius, u = (bits >> 48) / 2^16; exact for the centres and radii in use."""
    u = (bits(name, int(np.prod(shape))) >> np.uint64(48)).astype(np.float64) / 65536
    value = centre + (2 * u - 1) * radius
    assert (value == value.astype(np.float32)).all(), name
    return value.reshape(shape)


def pixels(name, shape):
    """Whole numbers 0 .. 255."""
    return (bits(name, int(np.prod(shape))) >> np.uint64(56)).astype(np.float64).reshape(shape)


def indices(name, count, size):
    """`count` places in a tensor of `size` elements."""
    return (bits(name, count) % np.uint64(size)).astype(np.int64)


def span(name, shape):
    """Centre and radius of a parameter, by its name and its shape: OIHW, or (K).

    Convolutions: the largest of 1, 3/4, 1/2, 3/8, 1/4, ... whose square is at most gain / fan_in. He's
    variance is gain 6 (in the heads); a body of residual sums without working norms needs less, a
    pyramid without ReLU half, and box codes have to be small for boxes to stay near their anchors.
    """
    if len(shape) == 4:
        gains = {"backbone.body.": 4, "backbone.fpn.": 3, "head.regression_head.bbox_reg.": 6 / 64}
        gain = next((gains[start] for start in gains if name.startswith(start)), 6)
        radius = next(r for k in range(64) for r in (2.0**-k, 0.75 * 2.0**-k)
                      if r * r * shape[1] * shape[2] * shape[3] <= gain)
        return 0.0, radius
    if name.endswith("cls_logits.bias"):
        return -2.0, 1 / 16
    if name.endswith((".running_var", ".weight")):
        return 1.0, 1 / 4
    return 0.0, 1 / 16


def save(path, tensors, metadata):
    """A safetensors file: header length, JSON header, data; every tensor is F32."""
    header, data = {"__metadata__": {k: str(v) for k, v in metadata.items()}}, b""
    for name, value in tensors.items():
        value = np.ascontiguousarray(value, dtype="<f4")
        assert np.isfinite(value).all(), name
        header[name] = {
            "dtype": "F32",
            "shape": list(value.shape),
            "data_offsets": [len(data), len(data) + value.nbytes],
        }
        data += value.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    print(f"{path}: {8 + len(text) + len(data)} bytes")
