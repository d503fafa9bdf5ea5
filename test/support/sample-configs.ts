/** A config that uses every key. */
export const sampleConfig = `version: 1
provider: cpu
baseline: baselines/main
comment: on-failure
acceptance: { author-may-accept: true }
models:
  - name: signs
    path: models/signs.onnx
    preprocess: { scale: 0.5, mean: [1, 2, 3], std: [4, 5, 6], bgr: true }
    calibration: { inputs: data/inputs.npy, range: [0, 500] }
    evaluation:
      inputs: { image: data/inputs.npy, mask: data/mask.npy }
      range: [500, 2500]
      labels: data/labels.npy
      metric: { name: top5, output: logits }
    targets:
      - tensorrt
      - snpe
      - chip: snpe
        weights: per-channel
        weight-bits: 4
        activation-bits: 16
        range: native
        ranges: { pooled: { alpha: 0, beta: 1 } }
        recipe: [equalize, correct-bias, round]
        layers: { block1/conv: { activation-bits: 12, weight-bits: 8 } }
      - chip: cambricon
        layers: { head: { float: true } }
    range: kl
    ranges:
      conv1/relu: { alpha: 0, beta: 5.2 }
    budget: { max-drop: 1.0pp, max-bits-lost: 1.5, min-effective-bits: 3, min-sqnr-db: { value: 12, except: [head] }, confidence: 0.99, on-inconclusive: fail }
limits: { minutes: 90, idle-minutes: 5, memory: 4GB }
`;

/** A config with what is required only. */
export const smallConfig = `version: 1
models:
  - name: small
    path: small.onnx
    calibration: { inputs: inputs.npy }
    evaluation: { inputs: inputs.npy }
    targets: [cambricon]
    budget: { max-drop: 0.5 }
`;
