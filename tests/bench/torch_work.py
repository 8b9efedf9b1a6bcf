"""What is timed on PyTorch's side: from bytes to boxes, and a step of training."""
import json
import math

import torch
import torch.nn.functional as F

from torch_net import RetinaNet, batched_nms, load_safetensors

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CODE_MOST = math.log(1000 / 16)


def load_network(folder):
    tensors, metadata = load_safetensors(f"{folder}/weights.safetensors")
    config = json.loads(metadata["config"])
    net = RetinaNet(config)
    result = net.load_state_dict(tensors, strict=False)
    lost = [name for name in result.missing_keys if not name.endswith("num_batches_tracked")]
    assert not lost and not result.unexpected_keys, (lost, result.unexpected_keys)
    return net, config


def version():
    """"PyTorch 2.13.0 with torchvision 0.28"."""
    text = f"PyTorch {torch.__version__}"
    if batched_nms:
        import torchvision
        text += f" with torchvision {torchvision.__version__}"
    return text


def largest(a, b):
    """The largest difference in terms of the largest value of b."""
    return float((a - b).abs().max() / b.abs().max())


# ---- boxes ------------------------------------------------------------------------------------------


def decode_boxes(codes, anchors):
    size = anchors[:, 2:] - anchors[:, :2]
    centre = (anchors[:, 2:] + anchors[:, :2]) * 0.5 + codes[:, :2] * size
    half = codes[:, 2:].clamp(max=CODE_MOST).exp() * size * 0.5
    return torch.cat([centre - half, centre + half], dim=1)


def encode_boxes(boxes, anchors):
    size, wanted = anchors[:, 2:] - anchors[:, :2], boxes[:, 2:] - boxes[:, :2]
    shift = ((boxes[:, 2:] + boxes[:, :2]) - (anchors[:, 2:] + anchors[:, :2])) * 0.5 / size
    return torch.cat([shift, (wanted / size).log()], dim=1)


def overlaps(a, b):
    """Areas of the intersections and of the unions, (len(a), len(b)); column by column, which is what
    vectorises."""
    a, b = [[x[:, i].contiguous() for i in range(4)] for x in (a, b)]
    w = torch.minimum(a[2][:, None], b[2]).sub_(torch.maximum(a[0][:, None], b[0])).clamp_(min=0)
    h = torch.minimum(a[3][:, None], b[3]).sub_(torch.maximum(a[1][:, None], b[1])).clamp_(min=0)
    both = w.mul_(h)
    area_a, area_b = [(x[2] - x[0]) * (x[3] - x[1]) for x in (a, b)]
    return both, (area_a[:, None] + area_b).sub_(both)


def plain_batched_nms(boxes, scores, labels, threshold):
    """Without torchvision: the matrix of overlaps, then rounds until nothing changes."""
    order = scores.argsort(descending=True)
    boxes = boxes[order] + (labels[order] * (boxes.max() + 1))[:, None]  # classes lie apart
    both, union = overlaps(boxes, boxes)
    overlap = (both > union.mul_(threshold)).triu_(1)
    alive = torch.ones(len(order), dtype=torch.bool)
    while True:  # each round settles one more link of the longest chain of suppressions
        before, alive = alive, ~overlap[alive].any(dim=0)
        if torch.equal(before, alive):
            return order[alive]


class Detection:
    """Bytes (n, h, w, 3) to boxes, as torchvision's RetinaNet.postprocess_detections goes about it; but
    the threshold is applied to logits, which saves the sigmoid of those below it."""

    def __init__(self, folder, channels_last, compiled=False):
        self.net, config = load_network(folder)
        self.net.eval()
        data, _ = load_safetensors(f"{folder}/input.safetensors")
        self.bytes, self.anchors = data["bytes"], data["anchors"]
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.net.to(memory_format=self.format)
        self.forward = torch.compile(self.net) if compiled else self.net
        self.scale = 1 / (255 * torch.tensor(STD).reshape(1, 3, 1, 1))
        self.shift = -(torch.tensor(MEAN) / torch.tensor(STD)).reshape(1, 3, 1, 1)
        inference = config["inference"]
        self.threshold, self.nms_iou = float(inference["score-threshold"]), float(inference["nms-iou"])
        self.top, self.most = int(inference["top-per-level"]), int(inference["detections"])

    def outputs(self):
        x = self.bytes.permute(0, 3, 1, 2).to(torch.float32, memory_format=self.format)
        return self.forward(x.mul_(self.scale).add_(self.shift))

    def boxes_of(self, logits, codes):
        first, boxes, scores, labels = 0, [], [], []
        least = math.log(self.threshold / (1 - self.threshold))
        height, width = self.bytes.shape[1:3]
        for logit, code in zip(logits, codes):
            flat = logit.flatten()
            above = (flat > least).nonzero().squeeze(1)
            score = flat[above].sigmoid_()
            if len(score) > self.top:
                score, index = score.topk(self.top)
                above = above[index]
            anchor = torch.div(above, logit.shape[1], rounding_mode="floor")
            box = decode_boxes(code[anchor], self.anchors[first:first + len(logit)][anchor])
            boxes.append(box.clamp_(min=0))
            scores.append(score)
            labels.append(above % logit.shape[1])
            first += len(logit)
        boxes, scores, labels = torch.cat(boxes), torch.cat(scores), torch.cat(labels)
        boxes[:, 0::2].clamp_(max=width)
        boxes[:, 1::2].clamp_(max=height)
        keep = (batched_nms or plain_batched_nms)(boxes, scores, labels, self.nms_iou)[:self.most]
        return boxes[keep], scores[keep], labels[keep]

    TOLERANCE = {"logits": 1e-4, "codes": 1e-4, "boxes": 1e-2}

    def compare(self, folder):
        wanted, _ = load_safetensors(f"{folder}/output.safetensors")
        with torch.inference_mode():
            logits, codes = [torch.cat(level, dim=1) for level in self.outputs()]
        boxes = 0.0
        for found, rows in zip(self(), wanted["detections"]):
            rows = rows[rows[:, 4] > 0]
            count = abs(len(rows) - len(found[0])) / max(len(rows), 1)
            boxes = max(boxes, count, float((found[1][:len(rows)] - rows[:len(found[1]), 4]).abs().max()))
        return {"logits": largest(logits, wanted["logits"]), "codes": largest(codes, wanted["codes"]),
                "boxes": boxes}

    def __call__(self):
        with torch.inference_mode():
            logits, codes = self.outputs()
            return [self.boxes_of([l[i] for l in logits], [c[i] for c in codes])
                    for i in range(len(self.bytes))]


# ---- training ---------------------------------------------------------------------------------------


def focal_loss(logits, targets, alpha=0.25, gamma=2.0):
    """torchvision.ops.sigmoid_focal_loss, summed: the same formula, operation by operation."""
    p = torch.sigmoid(logits)
    ce = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    p_t = p * targets + (1 - p) * (1 - targets)
    loss = ce * ((1 - p_t) ** gamma)
    return ((alpha * targets + (1 - alpha) * (1 - targets)) * loss).sum()


class Training:
    """Forward, assignment, loss, backward, SGD on a batch that is ready in memory."""

    RATE = 1e-7

    def __init__(self, folder, channels_last, compiled=False):
        self.net, config = load_network(folder)
        self.net.train()
        data, _ = load_safetensors(f"{folder}/input.safetensors")
        self.anchors, self.first = data["anchors"], data["first"].tolist()
        self.boxes, self.labels = data["boxes"], data["labels"].long()
        memory = torch.channels_last if channels_last else torch.contiguous_format
        self.net.to(memory_format=memory)
        self.pixels = data["pixels"].permute(0, 3, 1, 2).contiguous(memory_format=memory)
        self.forward = torch.compile(self.net) if compiled else self.net
        self.config = {**config["assignment"], **config["loss"]}
        self.running = float(self.config["normaliser-start"])
        decayed = [p for p in self.net.parameters() if p.dim() == 4]
        others = [p for p in self.net.parameters() if p.dim() == 1]
        decay, momentum = float(config["training"]["weight-decay"]), float(config["training"]["momentum"])
        self.sgd = torch.optim.SGD([{"params": decayed, "weight_decay": decay},
                                    {"params": others, "weight_decay": 0.0}], lr=self.RATE, momentum=momentum)

    def assign(self, boxes, labels):
        """Class of each anchor (-1 background, -2 ignored) and the object it matches."""
        c = self.config
        both, union = overlaps(boxes, self.anchors)
        iou = both.div_(union)
        best, match = iou.max(dim=0)
        label = torch.where(best >= float(c["positive-iou"]), labels[match],
                            torch.where(best < float(c["negative-iou"]), -1, -2))
        if c["best-anchor"] != "off":
            top = iou.max(dim=1).values
            top = torch.where(top >= float(c["best-anchor"]), top, math.inf)
            forced = (iou == top[:, None]).nonzero()[:, 1]
            label[forced] = labels[match[forced]]
        return label, match

    def divisors(self, positives):
        if self.config["normaliser"] == "image-positives":
            return [max(1, p) * len(positives) for p in positives]
        momentum = float(self.config["normaliser-momentum"])
        self.running = momentum * self.running + (1 - momentum) * max(1, sum(positives))
        return [self.running] * len(positives)

    def losses(self, logits, codes):
        logits, codes = torch.cat(logits, dim=1), torch.cat(codes, dim=1)
        images = range(len(logits))
        objects = [slice(self.first[i], self.first[i + 1]) for i in images]
        with torch.no_grad():
            assigned = [self.assign(self.boxes[o], self.labels[o]) for o in objects]
            where = [(label >= 0).nonzero().squeeze(1) for label, _ in assigned]
        divisor = self.divisors([len(w) for w in where])
        classification = box = 0
        for i in images:
            label, match = assigned[i]
            with torch.no_grad():
                target = torch.zeros_like(logits[i])
                target[where[i], label[where[i]]] = 1
                counted = label != -2
                wanted = encode_boxes(self.boxes[objects[i]][match[where[i]]], self.anchors[where[i]])
            classification = classification + focal_loss(
                logits[i][counted], target[counted], float(self.config["alpha"]),
                float(self.config["gamma"])) / divisor[i]
            box = box + F.smooth_l1_loss(codes[i][where[i]], wanted, reduction="sum",
                                         beta=float(self.config["smooth-l1-beta"])) / divisor[i]
        return classification, box

    def __call__(self):
        self.sgd.zero_grad(set_to_none=True)
        classification, box = self.losses(*self.forward(self.pixels))
        (classification + float(self.config["box-weight"]) * box).backward()
        self.sgd.step()
        return classification.detach(), box.detach()

    TOLERANCE = {"losses": 1e-4, "gradients": 1e-2}

    def compare(self, folder):
        """After one step the momentum is the gradient, and the weight decay. Gradients by their norm: a
        ReLU or a maximum that rounding decides the other way is no mistake."""
        wanted, _ = load_safetensors(f"{folder}/output.safetensors")
        losses = torch.stack([x.double() for x in self()])
        step, _ = load_safetensors(f"{folder}/step.safetensors")
        apart = norm = 0.0
        for name, p in self.net.named_parameters():
            b = step[f"optimizer.momentum.{name}"].double()
            apart += float((self.sgd.state[p]["momentum_buffer"] - b).square().sum())
            norm += float(b.square().sum())
        return {"losses": largest(losses, wanted["losses"]), "gradients": math.sqrt(apart / norm)}


class Focal:
    """Value and gradient of the loss alone."""

    TOLERANCE = {"values": 1e-4, "gradients": 1e-4}

    def __init__(self, folder, loss):
        data, _ = load_safetensors(f"{folder}/output.safetensors")
        self.loss, self.logits = loss, data["logits"].float().requires_grad_()
        self.targets = torch.zeros_like(data["logits"])
        rows = (data["labels"] >= 0).nonzero().squeeze(1)
        self.targets[rows, data["labels"][rows].long()] = 1

    def __call__(self):
        self.logits.grad = None
        value = self.loss(self.logits, self.targets)
        value.backward()
        return value.detach()

    def compare(self, folder):
        wanted, _ = load_safetensors(f"{folder}/output.safetensors")
        value = self().double()
        return {"values": largest(value, wanted["value"]), "gradients": largest(self.logits.grad, wanted["gradient"])}


def focal_ways(folder, compiled):
    """torchvision's function where there is one, else its formula."""
    loss, name = focal_loss, "eager"
    if batched_nms:
        from torchvision.ops import sigmoid_focal_loss
        name = "eager, torchvision"

        def loss(logits, targets):
            return sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2, reduction="sum")
    yield name, lambda: Focal(folder, loss)
    if compiled:
        yield "compiled", lambda: Focal(folder, torch.compile(focal_loss))


# ---- one convolution --------------------------------------------------------------------------------


class Layer:
    """The passes of bench's `layers`: its maps share one filter."""

    def __init__(self, layer, channels_last):
        memory = torch.channels_last if channels_last else torch.contiguous_format
        self.stride, self.pad = [layer["stride"]] * 2, [layer["pad"]] * 2
        shape = (layer["k"], layer["c"], layer["r"], layer["s"])
        self.w = torch.rand(shape).to(memory_format=memory)
        self.x = [torch.rand(layer["n"], layer["c"], h, w).to(memory_format=memory) for h, w in layer["maps"]]
        with torch.inference_mode():
            self.y = [self.forward(x).clone(memory_format=memory) for x in self.x]

    def forward(self, x):
        return F.conv2d(x, self.w, None, self.stride, self.pad)

    def backward(self, data, weights):
        for x, y in zip(self.x, self.y):
            torch.ops.aten.convolution_backward(y, x, self.w, None, self.stride, self.pad, [1, 1], False, [0, 0],
                                                1, [data, weights, False])

    def run(self, phase):
        with torch.inference_mode():
            if phase < 2:
                for x in self.x:
                    self.forward(x)
            else:
                self.backward(phase == 2, phase == 3)
