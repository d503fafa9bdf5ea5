"""How many codes of single layers HTP gives as the rules say, by operator, type and architecture: a table in Markdown.

python verification/htp_layers.py            the table of docs/verification.md
python verification/htp_layers.py LAYERS OPERATORS
                                         also writes htp-layers.json and htp-operators.json of test/unit/quantization/golden

Needs what htp_library.py names. The rules are htp_rules.py's; where there is none, codes are held against real numbers
rounded to the nearest, halves up.
"""

import datetime
import importlib.metadata
import json
import sys

import numpy as np
from htp_library import TOP, Layer
from htp_rules import addition, bias_in_units, biases_in_units, in_vectors, matrix_unit, matrix_unit_by_bytes, narrowed, reciprocal, regridded, vector_unit

ARCHITECTURES = {"v68": 68, "v73": 73}
RNG = np.random.default_rng(20261129)


def patches(x, kernel, stride):
    """(channels, height, width) to (channels, kernel², positions)."""
    size = (x.shape[1] - kernel) // stride + 1
    cuts = [x[:, i : i + size * stride : stride, j : j + size * stride : stride] for i in range(kernel) for j in range(kernel)]
    return np.stack(cuts, 1).reshape(x.shape[0], kernel * kernel, -1)


def convolution(generation, kind, weights_kind, out_channels, in_channels, kernel, size, stride=1, depthwise=False, per_channel=False):
    """A random convolution or product by the library and by the rule; what went in, and both codes (channels, positions)."""
    wide = 256 if kind == "u16" else 1
    zero_w = int(RNG.integers(0, 256)) if weights_kind == "u8" else 0
    low, high = (0, 256) if weights_kind == "u8" else (-128, 128)
    weights = RNG.integers(low, high, (out_channels, 1 if depthwise else in_channels, kernel, kernel))
    x = RNG.integers(0, 256 * wide, (in_channels, size, size))
    zero_x, zero_y = int(RNG.integers(0, 256 * wide)), int(RNG.integers(64, 192)) * wide
    scale_x = np.float32(RNG.uniform(0.01, 0.04) / wide)
    scale_w = RNG.uniform(0.004, 0.02, out_channels if per_channel else 1).astype(np.float32)
    bias = RNG.integers(-3000 * wide, 3000 * wide, out_channels)
    less = weights - zero_w
    cut = patches(x, kernel, stride)
    if depthwise:
        product = lambda w, codes: np.einsum("ck,ckp->cp", w.reshape(out_channels, -1), codes.astype(np.float64))
    else:
        product = lambda w, codes: w.reshape(out_channels, -1).astype(np.float64) @ codes.reshape(-1, codes.shape[-1])
    exact = product(less, cut - zero_x) + bias[:, None]
    real = exact * (scale_w.astype(np.float64) * float(scale_x))[:, None]
    scale_y = np.float32(np.percentile(np.abs(real), 99) / (110 if wide == 1 else 30000))
    step = np.broadcast_to(float(scale_y) / (float(scale_x) * scale_w.astype(np.float64)), out_channels)

    layer = Layer()
    axis = 0 if per_channel else None
    given_w, given_b = (scale_w, (scale_x * scale_w).astype(np.float32)) if per_channel else (scale_w[0], scale_x * scale_w[0])
    reads = [
        layer.activation(x[None], kind, scale_x, zero_x),
        layer.constant("w", weights, weights_kind, given_w, zero_w, axis),
        layer.constant("b", bias, "i32", given_b, 0, axis),
    ]
    codes = layer.run(
        "Conv", reads, kind, scale_y, zero_y, ARCHITECTURES[generation], strides=[stride] * 2, group=in_channels if depthwise else 1
    )[0].reshape(out_channels, -1)

    if depthwise and stride == 2 and in_vectors((kernel, kernel), generation):
        rule = vector_unit(product(less, cut - zero_x), step, zero_y, bias, TOP[kind], kernel < 3)
    else:
        narrow, ratio = narrowed(less)
        scale_b = np.broadcast_to((scale_x * scale_w).astype(np.float32), out_channels)
        in_units = np.array([bias_in_units(b, s, r)[()] for b, s, r in zip(bias, scale_b, ratio)]) if not per_channel else biases_in_units(bias, scale_b)
        if wide == 1:
            rule = matrix_unit(product(narrow, cut - zero_x), step / ratio, zero_y, bias / ratio, in_units, generation)
        else:
            upper, lower = product(narrow, cut >> 8), product(narrow, cut & 255)
            sums = narrow.reshape(out_channels, -1).sum(1)
            rule = matrix_unit_by_bytes(upper, lower, sums, step / ratio, zero_x, zero_y, bias / ratio, in_units, generation)
    nearest = np.clip(np.floor(exact / step[:, None] + zero_y + 0.5), 0, TOP[kind])
    given = {
        "kind": "depthwise" if depthwise else "dense",
        "generation": generation,
        "bits": 8 * (1 if wide == 1 else 2),
        "stride": stride,
        "weights": less.tolist(),
        "bias": bias.tolist(),
        "scales": {"input": float(scale_x), "weights": [float(s) for s in scale_w], "output": float(scale_y)},
        "zeroPoints": {"input": zero_x, "output": zero_y},
        "patches": cut.tolist(),
        "codes": codes.tolist(),
    }
    return codes, rule, nearest, given


def grid_of(low, high):
    """Scale and zero point of a range on 8 bits."""
    scale = np.float32((high - low) / 255)
    return float(scale), int(np.rint(-low / scale))


def moved(layer, codes, scale, zero, name):
    """An activation that is not quantized from FP16 right before it is read, which the library does as one."""
    read = layer.activation(codes, "u8", np.float32(scale), zero)
    return layer.then("MaxPool", [read], name, "u8", np.float32(scale), zero, kernel_shape=[1, 1])


def operator_of(op, ranges, codes, generation):
    """Codes of a Concat, Sub or Reciprocal by the library and by the rule."""
    *grids, (scale_y, zero_y) = (grid_of(*ends) for ends in ranges)
    layer = Layer()
    reads = [moved(layer, c, *grid, f"moved{i}") for i, (c, grid) in enumerate(zip(codes, grids))]
    attributes = {"axis": 1} if op == "Concat" else {}
    made = layer.then(op, reads, "made", "u8", np.float32(scale_y), zero_y, **attributes)
    found = layer.run("MaxPool", [made], "u8", np.float32(scale_y), zero_y, ARCHITECTURES[generation], kernel_shape=[1, 1])
    ratios = [scale / scale_y for scale, _ in grids]
    if op == "Concat":
        rule = np.concatenate([regridded(c, z, r, zero_y) for c, (_, z), r in zip(codes, grids, ratios)], 1)
        real = np.concatenate([(c - z) * r for c, (_, z), r in zip(codes, grids, ratios)], 1)
    elif op == "Sub":
        (a, b), ((_, za), (_, zb)) = codes, grids
        rule = addition(a, za, ratios[0], b, zb, ratios[1], zero_y, -1)
        real = (a - za) * ratios[0] - (b - zb) * ratios[1]
    else:
        rule = reciprocal(codes[0], grids[0][0], scale_y, zero_y)
        real = 1 / (np.maximum(codes[0], 1e-9) * grids[0][0] * scale_y)
    return found, rule, np.clip(np.floor(real + zero_y + 0.5), 0, 255), None


OPERATORS = {
    "Concat": ((-0.7, 2.2), (0, 1.4), (-1, 2.6)),
    "Sub": ((-1.3, 1.1), (-0.4, 2), (-1.3, 1.9)),
    "Reciprocal": ((0, 0.19), (0, 377)),
}


def transposed(generation, channels, in_channels, kernel, stride, pad, size):
    """A ConvTranspose with asymmetric weights, whose phases have steps of their own, by the library and by the rule."""
    random = np.random.default_rng(kernel)
    zero_w, (scale_w, scale_x), zero_x = 200, (np.float32(0.01), np.float32(0.02)), 120
    weights = random.integers(0, 256, (in_channels, channels, kernel, kernel))
    weights.flat[:2] = 0, 255
    x = random.integers(0, 256, (1, in_channels, size, size))
    bias = random.integers(-3000, 3000, channels)

    def sums(w):
        whole = (size - 1) * stride + kernel
        made = np.zeros((channels, whole, whole))
        for i in range(kernel):
            for j in range(kernel):
                ends = [at + (size - 1) * stride + 1 for at in (i, j)]
                made[:, i : ends[0] : stride, j : ends[1] : stride] += np.einsum("io,ihw->ohw", w[:, :, i, j], x[0] - zero_x)
        return made[:, pad : whole - pad, pad : whole - pad]

    unit = np.float32(scale_x * scale_w)
    exact = sums(weights - zero_w) + bias[:, None, None]
    scale_y, zero_y = grid_of(*(float(np.percentile(exact * float(unit), p)) for p in (1, 99)))
    step = scale_y / (float(scale_x) * float(scale_w))
    layer = Layer()
    reads = [
        layer.activation(x, "u8", scale_x, zero_x),
        layer.constant("w", weights, "u8", scale_w, zero_w),
        layer.constant("b", bias, "i32", unit, 0),
    ]
    arch = ARCHITECTURES[generation]
    codes = layer.run("ConvTranspose", reads, "u8", np.float32(scale_y), zero_y, arch, strides=[stride] * 2, pads=[pad] * 4)[0]
    rule = np.zeros_like(codes)
    for i in range(min(stride, kernel)):
        for j in range(min(stride, kernel)):
            narrow, ratio = narrowed((weights - zero_w)[:, :, i::stride, j::stride].transpose(1, 0, 2, 3))
            phase = np.zeros(weights.shape)
            phase[:, :, i::stride, j::stride] = narrow.transpose(1, 0, 2, 3)
            in_units = np.array([bias_in_units(b, unit, r)[()] for b, r in zip(bias, ratio)])
            found = matrix_unit(sums(phase), step / ratio, zero_y, bias / ratio, in_units, generation)
            at = (slice(None), slice((i - pad) % stride, None, stride), slice((j - pad) % stride, None, stride))
            rule[at] = found[at]
    given = {
        "op": "ConvTranspose",
        "generation": generation,
        "ranges": [[float((end - zero_x) * scale_x) for end in (0, 255)], [(end - zero_y) * scale_y for end in (0, 255)]],
        "inputs": [x.ravel().tolist()],
        "codes": codes.ravel().tolist(),
        "weights": {"dims": weights.shape, "values": ((weights - zero_w) * float(scale_w)).ravel().tolist()},
        "bias": (bias * float(unit)).tolist(),
        "stride": stride,
        "pad": pad,
        "size": size,
    }
    return codes, rule, np.clip(np.floor(exact / step + zero_y + 0.5), 0, 255), given


def operator_case(op):
    codes = [np.random.default_rng(i).integers(0, 256, (1, 16, 32, 32)) for i in range(len(OPERATORS[op]) - 1)]
    return lambda generation: operator_of(op, OPERATORS[op], codes, generation)


def small_operator(op, generation):
    codes = [np.random.default_rng(i).permutation(256).reshape(1, 1, 16, 16) for i in range(len(OPERATORS[op]) - 1)]
    found = operator_of(op, OPERATORS[op], codes, generation)[0]
    return {"op": op, "generation": generation, "ranges": OPERATORS[op], "inputs": [c.ravel().tolist() for c in codes], "codes": found.ravel().tolist()}


def sum_of_two(generation):
    a, b = (RNG.integers(0, 256, (1, 16, 64, 64)) for _ in range(2))
    scale_a, scale_b = (np.float32(RNG.uniform(0.002, 0.05)) for _ in range(2))
    scale_y = np.float32(RNG.uniform(0.3, 1.2) * (scale_a + scale_b))
    zero_a, zero_b, zero_y = (int(z) for z in RNG.integers(0, 256, 3))
    layer = Layer()
    reads = [layer.activation(a, "u8", scale_a, zero_a), layer.activation(b, "u8", scale_b, zero_b)]
    codes = layer.run("Add", reads, "u8", scale_y, zero_y, ARCHITECTURES[generation])
    ratios = float(scale_a) / float(scale_y), float(scale_b) / float(scale_y)
    rule = addition(a, zero_a, ratios[0], b, zero_b, ratios[1], zero_y)
    nearest = np.clip(np.floor((a - zero_a) * ratios[0] + (b - zero_b) * ratios[1] + zero_y + 0.5), 0, 255)
    return codes, rule, nearest, None


def pointwise(operator, function, kind="u8", shape=(1, 16, 32, 32), same_grid=False, **attributes):
    """An operator of one activation, for which the rule is the nearest code of the real value, halves up."""

    def case(generation):
        wide = 256 if kind == "u16" else 1
        codes_x = RNG.integers(0, 256 * wide, shape)
        scale_x, zero_x = np.float32(RNG.uniform(0.01, 0.05) / wide), 128 * wide
        real = function((codes_x - zero_x) * float(scale_x))
        if same_grid:
            scale_y, zero_y = scale_x, zero_x
        else:
            low, high = min(real.min(), 0), max(real.max(), 0)
            scale_y = np.float32((high - low) / TOP[kind])
            zero_y = int(np.rint(-low / scale_y))
        layer = Layer()
        reads = [layer.activation(codes_x, kind, scale_x, zero_x)]
        codes = layer.run(operator, reads, kind, scale_y, zero_y, ARCHITECTURES[generation], **attributes)
        nearest = np.clip(np.floor(real / float(scale_y) + zero_y + 0.5), 0, TOP[kind])
        return codes, nearest, nearest, None

    return case


def product_of_two(generation):
    a, b = RNG.integers(0, 256, (1, 4, 32, 64)), RNG.integers(0, 256, (1, 4, 64, 48))
    scale_a, scale_b, zero_a, zero_b = np.float32(0.021), np.float32(0.013), 100, 90
    real = ((a - zero_a).astype(np.float64) @ (b - zero_b)) * float(scale_a) * float(scale_b)
    scale_y = np.float32(np.percentile(np.abs(real), 99) / 110)
    layer = Layer()
    reads = [layer.activation(a, "u8", scale_a, zero_a), layer.activation(b, "u8", scale_b, zero_b)]
    codes = layer.run("MatMul", reads, "u8", scale_y, 128, ARCHITECTURES[generation])
    nearest = np.clip(np.floor(real / float(scale_y) + 128.5), 0, 255)
    return codes, nearest, nearest, None


def mean_over(x, kernel, stride):
    return patches(x[0], kernel, stride).mean(1).reshape(1, x.shape[1], (x.shape[2] - kernel) // stride + 1, -1)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def conv_case(*shape, **options):
    return lambda generation: convolution(generation, *shape, **options)


CASES = {}
for kind in ("u8", "u16"):
    for weights, label in (("i8", "int8 symmetric"), ("u8", "uint8 asymmetric")):
        name = f"{kind[1:]} bits, {label}"
        CASES[f"Conv 1×1 | {name}"] = conv_case(kind, weights, 64, 32, 1, 20)
        CASES[f"Conv 3×3 | {name}"] = conv_case(kind, weights, 32, 16, 3, 20)
        CASES[f"depthwise 3×3 | {name}"] = conv_case(kind, weights, 32, 32, 3, 20, depthwise=True)
        CASES[f"depthwise 3×3, stride 2 | {name}"] = conv_case(kind, weights, 32, 32, 3, 21, stride=2, depthwise=True)
        if kind == "u8":
            for side in (2, 8):
                CASES[f"depthwise {side}×{side}, stride 2 | {name}"] = conv_case(kind, weights, 32, 32, side, 20, stride=2, depthwise=True)
    for label, shape, options in (("Conv 3×3", (32, 16, 3, 20), {}), ("depthwise 3×3", (32, 32, 3, 20), {"depthwise": True})):
        CASES[f"{label} | {kind[1:]} bits, int8 per channel"] = conv_case(kind, "i8", *shape, per_channel=True, **options)
CASES["Add | 8 bits"] = sum_of_two
for kernel in (2, 3, 4):
    name = f"ConvTranspose {kernel}×{kernel}, stride 2 | 8 bits, uint8 asymmetric"
    CASES[name] = lambda generation, kernel=kernel: transposed(generation, 16, 8, kernel, 2, kernel // 3, 12)
for op in OPERATORS:
    CASES[f"{op} | 8 bits"] = operator_case(op)
CASES["MatMul of two activations, both asymmetric | 8 bits"] = product_of_two
for kind in ("u8", "u16"):
    bits = f"{kind[1:]} bits"
    CASES[f"Sigmoid | {bits}"] = pointwise("Sigmoid", lambda x: 1 / (1 + np.exp(-x)), kind)
    CASES[f"Tanh | {bits}"] = pointwise("Tanh", np.tanh, kind)
    CASES[f"HardSwish | {bits}"] = pointwise("HardSwish", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), kind)
    CASES[f"Softmax | {bits}"] = pointwise("Softmax", softmax, kind, shape=(1, 64, 32), axis=-1)
    CASES[f"AveragePool 2×2, same grid | {bits}"] = pointwise(
        "AveragePool", lambda x: mean_over(x, 2, 2), kind, same_grid=True, kernel_shape=[2, 2], strides=[2, 2]
    )
    CASES[f"GlobalAveragePool 7×7 | {bits}"] = pointwise(
        "GlobalAveragePool", lambda x: x.mean((2, 3), keepdims=True), kind, shape=(1, 512, 7, 7)
    )


def main():
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("onnxruntime-qnn", "onnxruntime"))
    print(f"{datetime.date.today()}, {versions}; share of the codes that are the rule's (that are the nearest), greatest difference\n")
    print("| operator | codes | V68, V69 | V73 and later |\n|---|---|---|---|")
    for name, case in CASES.items():
        cells = []
        for generation in ARCHITECTURES:
            codes, rule, nearest, _ = case(generation)
            far = int(np.abs(codes - rule).max())
            cells.append(f"{np.mean(codes == rule):.5f} ({np.mean(codes == nearest):.3f}), {far}")
        print(f"| {name} | {cells[0]} | {cells[1]} |", flush=True)
    if len(sys.argv) > 2:
        operators = [small_operator(op, generation) for generation in ARCHITECTURES for op in OPERATORS]
        operators += [transposed(generation, 4, 3, 3, 2, 1, 5)[3] for generation in ARCHITECTURES]
        with open(sys.argv[2], "w") as file:
            json.dump({"versions": versions, "operators": operators}, file, separators=(",", ":"))
            file.write("\n")
        small = [
            convolution(generation, kind, weights, 4, 4 if depthwise else 3, kernel, 7, stride, depthwise)[3]
            for generation in ARCHITECTURES
            for kind in ("u8", "u16")
            for weights in ("i8", "u8")
            for depthwise, kernel, stride in ((False, 1, 1), (False, 2, 1), (True, 3, 1), (True, 3, 2))
        ]
        with open(sys.argv[1], "w") as file:
            json.dump({"versions": versions, "layers": small}, file, separators=(",", ":"))
            file.write("\n")


main()
