"""What does RKNN-Toolkit2 make of the weights and the bias of a Q/DQ model? One convolution, watched on its way into the
simulator, which runs each operator with ONNX Runtime.

`python verification/layers/rknn_weights.py` with rknn-toolkit2. For each way to write the weights: their largest distance
in steps from what the rules say, and that of the bias from int32 units of input scale × weight scale.
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper

F = np.float32
INPUT = F(0.03)
seen = {}
Session = ort.InferenceSession


class Watched:
    def __init__(self, *given, **options):
        self.session = Session(*given, **options)

    def __getattr__(self, name):
        return getattr(self.session, name)

    def run(self, names, feeds, *rest, **options):
        seen.update(feeds)
        return self.session.run(names, feeds, *rest, **options)


ort.InferenceSession = Watched
from rknn.api import RKNN  # noqa: E402  It takes the session that it finds.


def simulated(codes: np.ndarray, scales: np.ndarray, bias: np.ndarray, x: np.ndarray, path: str) -> None:
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def on_grid(name, to, scale, zero):
        names = [constant(f"{name}/scale", F(scale)), constant(f"{name}/zero", np.int8(zero))]
        nodes.append(helper.make_node("QuantizeLinear", [name, *names], [f"{name}/codes"]))
        nodes.append(helper.make_node("DequantizeLinear", [f"{name}/codes", *names], [to]))

    on_grid("x", "x/quantized", INPUT, 3)
    names = [constant("w", codes), constant("w/scale", scales), constant("w/zero", np.zeros(len(scales), np.int8))]
    nodes.append(helper.make_node("DequantizeLinear", names, ["weight"], axis=0))
    nodes.append(helper.make_node("Conv", ["x/quantized", "weight", constant("bias", bias)], ["y"], pads=[1] * 4))
    on_grid("y", "out", 0.1, 5)
    ports = [helper.make_tensor_value_info(name, 1, shape) for name, shape in (("x", x.shape), ("out", [1, len(codes), *x.shape[2:]]))]
    graph = helper.make_graph(nodes, "layer", ports[:1], ports[1:], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    rknn = RKNN(verbose=False)
    rknn.config(target_platform="rk3588")
    rknn.load_onnx(model=path)
    rknn.build(do_quantization=False)
    rknn.init_runtime()
    seen.clear()
    rknn.inference(inputs=[x], data_format=["nchw"])
    rknn.release()


rng = np.random.default_rng(0)
wanted = rng.integers(-126, 127, (8, 4, 3, 3))
steps = rng.uniform(0.01, 0.04, 8)
bias = rng.normal(size=8).astype(F)
x = rng.normal(size=(1, 4, 8, 8)).astype(F)
column = steps[:, None, None, None]
ways = {
    "codes as they are": (wanted, steps),
    "codes from which rounding again makes them": (wanted + np.sign(wanted) * (np.abs(wanted) >= 64), steps * 127 / 128),
}
for way, (codes, scales) in ways.items():
    with tempfile.TemporaryDirectory() as folder:
        simulated(codes.astype(np.int8), scales.astype(F), bias, x, str(Path(folder) / "layer.onnx"))
    weight = next(value for value in seen.values() if value.shape == wanted.shape)
    shown = next(value for value in seen.values() if value.shape == bias.shape)
    again = scales * 128 / 127
    rounded = np.rint(codes * 127 / 128) * again[:, None, None, None]
    unit = INPUT * again
    print(
        f"{way}: weights {np.abs(weight / column - wanted).max():.4f} steps from those wanted, "
        f"{np.abs((weight - rounded) / column).max():.4f} from the rule; bias {np.abs(shown / unit - np.rint(bias / unit)).max():.4f} units from int32"
    )
