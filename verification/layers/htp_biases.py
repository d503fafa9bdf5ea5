"""What HTP adds as the bias of a convolution with a scale per channel, unit by unit, beside the rule of htp_rules.py.

python verification/layers/htp_biases.py [GOLDEN]     GOLDEN: test/unit/quantization/golden/htp-biases.json

The weights make each sum the negative of its bias, and a step of the output is less than a unit of any sum: what comes out is
the bias less its code. Needs what htp_library.py names.
"""

import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from htp_library import Layer  # noqa: E402
from htp_rules import biases_in_units  # noqa: E402

INPUTS = 80
WHOLE = 255


def weights_of(total):
    """Weights for inputs of 255, and for a last one of 1, whose sum is `total`."""
    wholes, rest = divmod(total, WHOLE)
    if rest > 127:
        wholes, rest = wholes + 1, rest - WHOLE
    weights = np.zeros(INPUTS, int)
    for i in range(INPUTS - 1):
        weights[i] = np.clip(wholes - weights.sum(), -127, 127)
    weights[-1] = rest
    return weights


def biases(seed, most, channels=512, arch=73):
    random = np.random.default_rng(seed)
    scale_x = np.float32(random.uniform(0.01, 0.04))
    scale_w = random.uniform(0.004, 0.02, channels).astype(np.float32)
    codes = random.integers(-most, most, channels)
    scale_b = (scale_x * scale_w).astype(np.float32)
    x = np.full((1, INPUTS, 1, 1), WHOLE)
    x[0, -1] = 1
    weights = np.stack([weights_of(-code) for code in codes])[:, :, None, None]
    scale_y = np.float32(float(scale_x) * float(scale_w.min()) / 2)
    layer = Layer()
    reads = [
        layer.activation(x, "u8", scale_x, 0),
        layer.constant("w", weights, "i8", scale_w, 0, 0),
        layer.constant("b", codes, "i32", scale_b, 0, 0),
    ]
    found = layer.run("Conv", reads, "u8", scale_y, 128, arch).ravel() - 128
    units = np.rint(found * (float(scale_y) / (float(scale_x) * scale_w.astype(float))))
    return codes, scale_b, codes + units


for most in (3000, 40000, 200000):
    codes, scales, kept = biases(most, most)
    rule = biases_in_units(codes, scales)
    print(f"up to {most}: {np.mean(kept == codes):.3f} are their codes, {np.mean(kept == rule):.5f} the rule's")
if len(sys.argv) > 1:
    codes, scales, kept = biases(1, 200000, 96)
    given = {"codes": codes.tolist(), "scales": [float(s) for s in scales], "kept": kept.astype(int).tolist()}
    with open(sys.argv[1], "w") as file:
        json.dump(given, file, separators=(",", ":"))
        file.write("\n")
