"""Where does OpenVINO's CPU plugin round before an Add? A layer, perhaps with a Relu, is added to its shortcut, a tensor
on a grid or another layer; both have a quantizer behind them in the file.

`python verification/layers/openvino_adds.py` with openvino, onnx, onnxruntime and numpy. Each line says which of both
quantizers can be left out of the file in ONNX Runtime (float Q/DQ) so that the codes behind the Add are OpenVINO's.
"""

import itertools

import numpy as np
import onnxruntime as ort
import openvino as ov
from onnx import helper, numpy_helper

F = np.float32
CHANNELS = 16
KERNELS = {"Conv 3×3": (CHANNELS, 3, 0.9371), "Conv 1×1": (CHANNELS, 1, 0.3137), "depthwise 3×3": (1, 3, 0.2371)}
OUTPUT = 0.4173


def model(kernel: str, relu: bool, other: str, swapped: bool, quantized: tuple[bool, bool]) -> bytes:
    rng = np.random.default_rng(1)
    nodes, constants = [], []
    read, size, step = KERNELS[kernel]

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def on_grid(name, scale, zero, written=True):
        if not written:
            return name
        names = [constant(f"{name}/scale", F(scale)), constant(f"{name}/zero", np.uint8(zero))]
        nodes.append(helper.make_node("QuantizeLinear", [name, *names], [f"{name}/codes"]))
        nodes.append(helper.make_node("DequantizeLinear", [f"{name}/codes", *names], [f"{name}/quantized"]))
        return f"{name}/quantized"

    def layer(source, name, with_relu):
        weight = rng.integers(-127, 128, (CHANNELS, read, size, size)).astype(np.int8)
        names = [constant(f"{name}/w", weight), constant(f"{name}/s", np.full(CHANNELS, 0.01, F)), constant(f"{name}/z", np.zeros(CHANNELS, np.int8))]
        nodes.append(helper.make_node("DequantizeLinear", names, [f"{name}/weight"], axis=0))
        bias = constant(f"{name}/bias", rng.normal(size=CHANNELS).astype(F))
        nodes.append(helper.make_node("Conv", [source, f"{name}/weight", bias], [name], pads=[size // 2] * 4, group=CHANNELS // read))
        if not with_relu:
            return name
        nodes.append(helper.make_node("Relu", [name], [f"{name}/relu"]))
        return f"{name}/relu"

    x = on_grid("x", 0.0213, 128)
    before = on_grid(layer(x, "before", True), step, 0)
    zero = 0 if relu else 128
    first = on_grid(layer(before, "a", relu), 4 * step, zero, quantized[0])
    second = x if other == "tensor" else on_grid(layer(x, "b", relu), 3 * step, zero, quantized[1])
    nodes.append(helper.make_node("Add", [second, first] if swapped else [first, second], ["sum"]))
    nodes.append(helper.make_node("Relu", ["sum"], ["y"]))
    y = on_grid("y", OUTPUT * step, 0)
    shape = [1, CHANNELS, 12, 12]
    graph = helper.make_graph(nodes, "add", [helper.make_tensor_value_info("x", 1, shape)], [helper.make_tensor_value_info(y, 1, None)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()


def in_float(content: bytes, x: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


core = ov.Core()
x = np.random.default_rng(0).normal(size=(1, CHANNELS, 12, 12)).astype(F)
for kernel, relu, other, swapped in itertools.product(KERNELS, (False, True), ("tensor", "layer"), (False, True)):
    compiled = core.compile_model(core.read_model(model(kernel, relu, other, swapped, (True, True)), b""), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    got = compiled({"x": x})[0]
    half = OUTPUT * KERNELS[kernel][2] / 2
    ways = {"both round": (True, True), "the layer does not round": (False, True)}
    if other == "layer":
        ways["the other layer does not round"] = (True, False)
    shares = {way: np.mean(np.abs(in_float(model(kernel, relu, other, swapped, written), x) - got) > half) for way, written in ways.items()}
    order = "shortcut + layer" if swapped else "layer + shortcut"
    best = min(shares, key=shares.get)
    print(f"{kernel:14} {'Relu' if relu else '':5} {order:17} of a {other:7} {best:31} {', '.join(f'{share:.4f}' for share in shares.values())}")
