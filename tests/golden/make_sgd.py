"""Makes tests/golden/sgd.safetensors: three steps of torch.optim.SGD (torch 2.13, float64) over ten
weights with decay and six without, and the gradient norm that clip_grad_norm_ returns.

    python3 tests/golden/make_sgd.py"""

import torch
from safetensors.torch import save_file

RATES = [0.1, 0.1, 0.01]
torch.manual_seed(7)
value = torch.randn(16, dtype=torch.float64)
grads = torch.randn(3, 16, dtype=torch.float64) * 3
decayed, other = torch.nn.Parameter(value[:10].clone()), torch.nn.Parameter(value[10:].clone())
groups = [{"params": [decayed], "weight_decay": 1e-2}, {"params": [other], "weight_decay": 0.0}]
optimiser = torch.optim.SGD(groups, lr=RATES[0], momentum=0.9)
out = {"value": value, "grad": grads, "rate": torch.tensor(RATES, dtype=torch.float64)}
values, velocities, norms = [], [], []
for rate, grad in zip(RATES, grads):
    decayed.grad, other.grad = grad[:10].clone(), grad[10:].clone()
    for group in optimiser.param_groups:
        group["lr"] = rate
    norms.append(torch.nn.utils.clip_grad_norm_([decayed, other], 1e9))
    optimiser.step()
    values.append(torch.cat([decayed, other]).detach().clone())
    velocities.append(torch.cat([optimiser.state[p]["momentum_buffer"] for p in (decayed, other)]))
out["values"], out["velocities"] = torch.stack(values), torch.stack(velocities)
out["norms"] = torch.stack(norms)
save_file(out, "tests/golden/sgd.safetensors", {"momentum": "0.9", "weight_decay": "0.01"})
