"""Which arithmetic do ncnn's int8 kernels have? One random layer at a time, beside formulas in float32.

`python verification/layers/ncnn_rescale.py` with ncnn and numpy. For each layer: the share of output codes (or values) that
are other than the formula's, and their largest distance.
"""

import sys
import tempfile
from pathlib import Path

import ncnn
import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[2] / "consumers"))
from ncnn_net import Layer, write_net  # noqa: E402

F = np.float32


def run(layer: Layer, x: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        param, binary = Path(folder) / "net.param", Path(folder) / "net.bin"
        write_net([Layer("Input", "in0", [], ["in0"], {}), layer], param, binary)
        net = ncnn.Net()
        net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
        net.load_param(str(param))
        net.load_model(str(binary))
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(x).clone())
        return np.array(extractor.extract("out0")[1])


def away(x: np.ndarray) -> np.ndarray:
    return np.clip(np.trunc(x + np.copysign(F(0.5), x)), -127, 127)


def experiment(title: str, kernel: int, channels: int, depthwise: bool, relu: bool, fused: bool, extreme: bool = False) -> None:
    rng = np.random.default_rng(5)
    read = 1 if depthwise else channels
    codes = rng.integers(-127, 128, (channels, read, kernel, kernel))
    if extreme:
        codes = np.sign(codes + 0.5) * 127
    weight_scales = rng.uniform(200, 900, channels).astype(F)
    weights = (codes / weight_scales[:, None, None, None].astype(np.float64)).astype(F)
    bias = rng.normal(size=channels).astype(F)
    bottom, top = F(37.3), F(9.7) if not extreme else F(0.5)
    x = (rng.integers(-127, 128, (channels, 32, 32)) / np.float64(bottom)).astype(F)
    params = {"0": channels, "1": kernel, "4": kernel // 2, "5": 1, "6": codes.size, "9": int(relu)}
    if depthwise:
        params["7"] = channels
    layer = Layer("ConvolutionDepthWise" if depthwise else "Convolution", "layer", ["in0"], ["out0"], {k: str(v) for k, v in params.items()})
    layer.weight, layer.rest = bytes(4) + weights.tobytes(), bias.tobytes()
    layer.weight_scales, layer.bottom_scale = [float(s) for s in weight_scales], float(bottom)
    layer.top_scale = float(top) if fused else None
    got = run(layer, x)

    q = away(x * bottom)
    padded = np.pad(q, ((0, 0), (kernel // 2,) * 2, (kernel // 2,) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(1, 2))
    sums = np.einsum("chwij,cij->chw", windows, codes[:, 0]) if depthwise else np.einsum("chwij,ocij->ohw", windows, codes)
    product = (bottom * weight_scales)[:, None, None]
    steps = {"exact reciprocal": F(1) / product, "ours, step × step": (F(1 / bottom) * (F(1) / weight_scales))[:, None, None]}
    for name, step in steps.items():
        real = sums.astype(F) * step + bias[:, None, None]
        if relu:
            real = np.maximum(real, 0)
        want = away(real * top) if fused else real
        distance = np.abs(got - want)
        unit = 1 if fused else np.abs(want).max() / 127
        print(f"{title:40} {name:20} differ {np.mean(distance > 1e-3 * unit):.6f} most {distance.max() / unit:.4f} steps")


for relu in (False, True):
    for fused in (False, True):
        end = f"{', relu' if relu else ''}{', int8 out' if fused else ''}"
        experiment(f"1×1{end}", 1, 32, False, relu, fused)
        experiment(f"3×3{end}", 3, 32, False, relu, fused)
        experiment(f"3×3 largest weights{end}", 3, 32, False, relu, fused, extreme=True)
        experiment(f"5×5{end}", 5, 32, False, relu, fused)
        experiment(f"3×3 depthwise of 32{end}", 3, 32, True, relu, fused)
        experiment(f"5×5 depthwise of 32{end}", 5, 32, True, relu, fused)
        experiment(f"3×3 depthwise of 12{end}", 3, 12, True, relu, fused)
        experiment(f"5×5 depthwise of 12{end}", 5, 12, True, relu, fused)
