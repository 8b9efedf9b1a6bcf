"""Makes tests/golden/safetensors_tiny.safetensors with the safetensors package (0.8, PyTorch for
bfloat16). With a file name: reads that file, as written by rn_safetensors_save, and compares it.

    python3 tests/golden/make_safetensors.py            writes the golden file
    python3 tests/golden/make_safetensors.py FILE       checks a file of ours"""

import sys
import torch
from safetensors import safe_open
from safetensors.torch import save_file

VALUES = [0.0, -0.0, 1.0, -2.5, 65504.0, 2.0**-24, 0.333251953125, float("inf")]
TENSORS = {
    "bytes": torch.tensor([0, 1, 255], dtype=torch.uint8),
    "bfloat": torch.tensor(VALUES).to(torch.bfloat16),
    "half": torch.tensor(VALUES).to(torch.float16),
    "single": torch.arange(6, dtype=torch.float32).reshape(1, 2, 3) / 7,
    "double": torch.tensor([[1 / 3], [-1e300]], dtype=torch.float64),
    "long": torch.tensor(-(2**40), dtype=torch.int64),
    "int": torch.tensor([-1, 2**31 - 1], dtype=torch.int32),
    "empty": torch.zeros(0, 4),
    "gr\u00f6\u00dfe.weight": torch.tensor([2.0]),
}
METADATA = {"note": 'quotes " and \\ and\nnew lines'}

if len(sys.argv) == 1:
    save_file(TENSORS, "tests/golden/safetensors_tiny.safetensors", METADATA)
else:
    with safe_open(sys.argv[1], "pt") as file:
        assert file.metadata() == METADATA, file.metadata()
        assert set(file.keys()) == set(TENSORS), file.keys()
        for name, want in TENSORS.items():
            got = file.get_tensor(name)
            assert got.dtype == want.dtype and got.shape == want.shape, name
            assert torch.equal(got, want), name
    print(sys.argv[1], "is read back as it should be")
