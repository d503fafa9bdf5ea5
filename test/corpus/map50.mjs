// mAP at IoU 0.5 of FastestDet on COCO, as a user would write it: one output [1, 5 + classes, 22, 22], and for each image
// the true boxes [class, x1, y1, x2, y2] in pixels of the network's input.
const INPUT_SIZE = 352;
const CELLS = 22;
const LEAST_SCORE = 0.02;
const OVERLAP = 0.5;
const MAX_BOXES = 100;

export default {
  name: 'mAP@50',
  unit: 'fraction',
  higherIsBetter: true,
  labels: 'any',
  score(outputs, label) {
    const [output] = Object.values(outputs);
    const truth = label.boxes.map(([kind, ...box]) => ({ kind, box }));
    const detections = suppress(decode(output.data, output.dims[1] - 5));
    const taken = new Set();
    const found = detections.map(({ kind, score, box }) => {
      const free = truth.filter((each) => each.kind === kind && !taken.has(each));
      const best = free.sort((a, b) => iou(b.box, box) - iou(a.box, box))[0];
      const hit = best !== undefined && iou(best.box, box) >= OVERLAP;
      if (hit) taken.add(best);
      return [kind, score, hit ? 1 : 0];
    });
    return { truth: truth.map(({ kind }) => kind), found };
  },
  aggregate(images) {
    const positives = new Map();
    for (const { truth } of images)
      for (const kind of truth) positives.set(kind, (positives.get(kind) ?? 0) + 1);
    const hits = new Map([...positives.keys()].map((kind) => [kind, []]));
    const found = images.flatMap((image) => image.found).sort((a, b) => b[1] - a[1]);
    for (const [kind, , hit] of found) hits.get(kind)?.push(hit);
    let sum = 0;
    for (const [kind, count] of positives) sum += averagePrecision(hits.get(kind), count);
    return sum / positives.size;
  },
};

/** The best class of every cell that scores obj^0.6 cls^0.4 > 0.02, in pixels, by falling score. */
function decode(data, classes) {
  const area = CELLS * CELLS;
  const detections = [];
  for (let cell = 0; cell < area; cell++) {
    const at = (channel) => data[channel * area + cell];
    let kind = 0;
    for (let k = 1; k < classes; k++) if (at(5 + k) > at(5 + kind)) kind = k;
    const score = at(0) ** 0.6 * at(5 + kind) ** 0.4;
    if (!(score > LEAST_SCORE)) continue;
    const x = ((cell % CELLS) + Math.tanh(at(1))) / CELLS;
    const y = (Math.floor(cell / CELLS) + Math.tanh(at(2))) / CELLS;
    const w = sigmoid(at(3)) / 2;
    const h = sigmoid(at(4)) / 2;
    const box = [(x - w) * INPUT_SIZE, (y - h) * INPUT_SIZE, (x + w) * INPUT_SIZE, (y + h) * INPUT_SIZE];
    detections.push({ kind, score, box });
  }
  return detections.sort((a, b) => b.score - a.score);
}

/** Greedy non-maximum suppression within each class. */
function suppress(sorted) {
  const kept = [];
  for (const each of sorted) {
    if (kept.length === MAX_BOXES) break;
    if (!kept.some((other) => other.kind === each.kind && iou(other.box, each.box) > OVERLAP))
      kept.push(each);
  }
  return kept;
}

/** Mean of the interpolated precision at recall 0, 0.01, ..., 1. */
function averagePrecision(hits, positives) {
  let right = 0;
  const curve = hits.map((hit, i) => {
    right += hit;
    return { recall: right / positives, precision: right / (i + 1) };
  });
  for (let i = curve.length - 2; i >= 0; i--) {
    curve[i].precision = Math.max(curve[i].precision, curve[i + 1].precision);
  }
  let sum = 0;
  let i = 0;
  for (let step = 0; step <= 100; step++) {
    while (i < curve.length && curve[i].recall < step / 100) i++;
    sum += curve[i]?.precision ?? 0;
  }
  return sum / 101;
}

function iou(a, b) {
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}
