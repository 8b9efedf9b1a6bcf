#!/usr/bin/env python3
"""Makes coco_eval_gt.json, coco_eval_dt.json and coco_eval.json (what pycocotools says of them).

Needs pycocotools and numpy. The ground truth holds what evaluators get wrong: crowds, `ignore` (which
pycocotools overwrites by iscrowd), areas on the borders of the ranges, equal scores within and across
images, an image with 130 detections of one class, images without objects, without detections, or
neither, classes without objects or without detections, ids with gaps in no order.

Two things pycocotools cannot read as meant: annotation id 0 (it takes the id for "unmatched") and a
missing area (it stops). It is given a copy with other ids and with the box's area instead.

Curves are written as runs: [count, value, count, value, ...].
"""
import copy, json, random
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

HERE = Path(__file__).parent
rng = random.Random(4)
CATEGORIES = [18, 1, 3, 90, 44, 7]  # 90: no objects; 7: no detections; 44: crowds only
IMAGES = [139, 42, 285, 632, 724, 776, 785, 802, 1000, 9]  # 1000: empty; 9: no objects; 802: no detections


def box():
    side = rng.choice([12, 24, 32, 48, 64, 96, 128])
    w, h = side * rng.choice([1, .5, 1.25]), side * rng.choice([1, .75])
    return [rng.randrange(0, 25) * 8, rng.randrange(0, 20) * 8, w, h]


def near(b):
    return [round(v + rng.choice([0, 0, 1, -2, 4, 7]) * b[2] / 40, 2) for v in b]


def ground_truth():
    annotations = []
    for image in IMAGES:
        for _ in range(0 if image in (1000, 9) else rng.randrange(4, 14)):
            b, label = box(), rng.choice([18, 18, 1, 1, 3, 44, 7])
            area = rng.choice([b[2] * b[3], b[2] * b[3] * .6, 1024, 9216])
            annotations.append({"id": len(annotations), "image_id": image, "category_id": label, "bbox": b,
                                "area": area, "iscrowd": int(label == 44 or rng.random() < .15)})
    for a in annotations[3::9]:
        a["ignore"] = 1
    for a in annotations[::7]:
        del a["area"]
    rng.shuffle(annotations)
    return {"images": [{"id": i, "width": 320, "height": 240, "file_name": f"{i}.png"} for i in IMAGES],
            "categories": [{"id": c, "name": f"class {c}"} for c in CATEGORIES], "annotations": annotations}


def detections(truth):
    out = []

    def add(image, label, b, score):
        out.append({"image_id": image, "category_id": label, "bbox": b, "score": score})

    for a in truth["annotations"]:
        if a["image_id"] == 802 or a["category_id"] == 7:
            continue
        for _ in range(rng.randrange(0, 4)):
            label = a["category_id"] if rng.random() < .9 else rng.choice([18, 1, 90])
            add(a["image_id"], label, near(a["bbox"]), round(rng.random(), 1))
    for _ in range(30):
        add(rng.choice([139, 42, 9]), rng.choice([18, 1, 3, 90, 44]), box(), round(rng.random(), 1))
    crowded = [a for a in truth["annotations"] if a["image_id"] == 724 and a["category_id"] in (18, 1)]
    for k in range(130):  # the cap falls among equal scores
        add(724, crowded[0]["category_id"], near(crowded[k % len(crowded)]["bbox"]), round(k / 130, 1))
    rng.shuffle(out)
    return out


def pycocotools(truth, results):
    truth = copy.deepcopy(truth)
    for a in truth["annotations"]:
        a["id"] += 1
        a.setdefault("area", a["bbox"][2] * a["bbox"][3])
    gt = COCO()
    gt.dataset = truth
    gt.createIndex()
    e = COCOeval(gt, gt.loadRes(copy.deepcopy(results)), "bbox")
    e.evaluate(), e.accumulate(), e.summarize()
    return e


def runs(curve):
    out = []
    for v in curve.tolist():
        if out and out[-1] == v:
            out[-2] += 1
        else:
            out += [1, v]
    return out


def number(v):
    return int(v) if v == int(v) else v


truth = ground_truth()
results = detections(truth)
e = pycocotools(truth, results)
precision, recall = e.eval["precision"][..., 2], e.eval["recall"]
curves = [{"category_id": int(k), "area": a, "iou": t, "precision": [number(v) for v in runs(precision[t, :, c, a])],
           "recall": [number(v) for v in recall[t, c, a].tolist()]}
          for c, k in enumerate(e.params.catIds) for a in range(4) for t in range(10)]


def save(name, value, lists):
    """One line for each entry of the lists."""
    text = json.dumps(value)
    for key in lists:
        inner = value[key] if key else value
        text = text.replace(json.dumps(inner), "[\n" + ",\n".join(json.dumps(v) for v in inner) + "\n]")
    (HERE / name).write_text(text + "\n")


save("coco_eval_gt.json", truth, ["images", "categories", "annotations"])
save("coco_eval_dt.json", results, [None])
save("coco_eval.json", {"made_by": "make_coco_eval.py", "pycocotools": "2.0.11",
                        "numbers": e.stats.tolist(), "curves": curves}, ["curves"])
