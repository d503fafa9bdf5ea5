"""HTP's arithmetic as layers of one operator show it: what src/numerics/htp.ts and src/quantization/htp-rescale.ts say, in numpy.

All weights are integers less their zero point, all activations codes. `step` is how many units of the sum of products one
step of the output has, output scale / (input scale * weight scale), in float64.
"""

import numpy as np


def significant(x, bits):
    """Positive numbers with `bits` significant bits, halves up."""
    unit = 2.0 ** (np.floor(np.log2(x)) + 1 - bits)
    return np.floor(x / unit + 0.5) * unit


def narrowed(weights):
    """Weights (channels, ...) in 8 signed bits, and the ratio of each channel's step to the one before; 1 where they fit."""
    flat = weights.reshape(len(weights), -1).astype(np.float64)
    most, least = flat.max(1), flat.min(1)
    leaves = (most > 127) | (least < -128)
    ratio = np.where(leaves, significant(np.maximum(np.maximum(most / 127, -least / 128), 1e-9), 12), 1.0)
    inverse = np.floor(2.0**16 / ratio + 0.5) / 2.0**16
    scaled = flat * inverse[:, None]
    halves_away = np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)
    return np.where(leaves[:, None], halves_away, flat).reshape(weights.shape), ratio


def bias_in_units(bias, scale, ratio):
    """A bias as V73 has it: its real value over its step in float32, cut to an integer."""
    real = (bias.astype(np.float32) * np.float32(scale)).astype(np.float32)
    return np.trunc((real / (np.float32(scale) * ratio.astype(np.float32)).astype(np.float32)).astype(np.float32))


def biases_in_units(biases, scales):
    """Biases with a scale per channel as V73 has them: in 2^28 steps of the largest one, in units of the largest scale."""
    largest = np.float32(np.max(scales))
    values = biases.astype(np.float32) * largest
    most = np.abs(values).max()
    steps = np.rint(values * np.float32(2.0**28 / most)).astype(np.float32)
    return np.trunc(steps * np.float32(most / 2.0**28) / largest)


def matrix_unit(sums, step, zero, bias, cut_bias, generation):
    """8-bit codes of sums (channels, ...) of narrowed weights; `step` is that of the narrowed weights."""
    shape = (-1,) + (1,) * (sums.ndim - 1)
    s, b, c = (np.reshape(v, shape) for v in (step, bias, cut_bias))
    cut = 2.0 ** (np.floor(np.log2(s)) - 3)
    if generation == "v68":
        codes = np.floor(np.floor((sums + np.rint(b + zero * s)) / cut) * cut * significant(1 / s, 11) + 0.5)
    else:
        codes = np.floor((np.floor((sums + c) / cut) + 0.5) * cut * significant(1 / s, 12) + zero + 0.5)
    return np.clip(codes, 0, 255)


def matrix_unit_by_bytes(upper, lower, weight_sums, step, zero_in, zero, bias, cut_bias, generation):
    """16-bit codes from the sums of the upper and of the lower bytes of unsigned codes."""
    shape = (-1,) + (1,) * (upper.ndim - 1)
    s, b, c, w = (np.reshape(v, shape) for v in (step, bias, cut_bias, weight_sums))
    both = upper + np.floor(lower / 256) - np.floor(zero_in * w / 256 + 0.5)
    if generation == "v68":
        codes = np.floor((both + np.floor((zero * s + b) / 256)) * significant(256 / s, 11) + 0.5)
    else:
        codes = np.floor((both + np.trunc(c / 256)) * 256 / s + zero + 0.5)
    return np.clip(codes, 0, 65535)


def in_vectors(kernel, generation):
    """Whether a depthwise convolution with strides of two is the vector unit's, by its kernel's sides."""
    return max(kernel) > 1 and max(kernel) < 8 and not (generation == "v73" and tuple(kernel) == (2, 2))


def vector_unit(sums, step, zero, bias, top, narrow=False):
    """Codes of a depthwise convolution with strides of two; the nearest ones where a side of the kernel is below three."""
    shape = (-1,) + (1,) * (sums.ndim - 1)
    s, b = (np.reshape(v, shape) for v in (step, bias))
    if narrow:
        return np.clip(np.floor((sums + b) / s + zero + 0.5), 0, top)
    return np.clip(np.floor((sums + b + np.rint(zero * s)) * significant(1 / s, 15) + np.where(s < 2, 0, 0.5)), 0, top)


def regridded(codes, zero_in, ratio, zero, first=False):
    """8-bit codes of a Concat's input on its grid; `first` where another Concat does so again; the ratio is input scale / output scale."""
    products = (codes - zero_in) * significant(ratio, 15)
    steps = 128 if ratio < 0.5 else 64 if first else None
    if steps is not None:
        products = np.floor(products * steps + 0.5) / steps
    return np.clip(np.floor(products + 0.5) + zero, 0, 255)


def reciprocal(codes, scale_in, scale, zero):
    """8-bit codes of a reciprocal of codes without zero point."""
    divisors = np.maximum(codes * max(scale_in, 1 / 255), 1 / 255)
    return np.clip(np.ceil(1 / (divisors * scale) - 0.5) + zero, 0, 255)


def addition(a, zero_a, ratio_a, b, zero_b, ratio_b, zero, sign=1):
    """8-bit codes of a sum of two activations, or of a difference; the ratios are input scale / output scale."""
    unit = 2.0 ** (np.floor(np.log2(ratio_a + ratio_b)) - 13)
    first, second = (np.floor(r / unit + 0.5) * unit for r in (ratio_a, ratio_b))
    second *= sign
    added = np.ceil((zero - zero_a * first - zero_b * second) / (256 * unit) - 0.5) * 256 * unit
    return np.clip(np.floor(a * first + b * second + added + 0.5), 0, 255)
