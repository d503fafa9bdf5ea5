"""FP16 as quantgate emulates it beside two others, whole models without integers.

- by hand: the FP32 model operator by operator, each in a session of its own, whose constants are binary16 numbers and
  whose outputs numpy rounds to float16;
- ONNX Runtime's FP16 model: `convert_float_to_float16` of onnxruntime.transformers, run on the CPU without optimization.

    python verification/fp16.py <corpus> <folder>    # the folder that fp16.ts wrote
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper
from onnxruntime.transformers.float16 import convert_float_to_float16

SAMPLES = 16
FLOAT = onnx.TensorProto.FLOAT
# Parameters that engines read in float32, and what is computed from shapes alone.
PARAMETERS = {"Clip": 1, "Resize": 1, "Upsample": 1, "BatchNormalization": 1}
SIZES = {"Shape", "Size"}


def samples_of(corpus, name):
    folder = corpus / name
    meta = json.loads((folder / "meta.json").read_text())
    first = meta["splits"]["evaluation"][0]
    file = folder / meta["inputs"]["file"]
    if file.suffix == ".csv":
        from PIL import Image

        paths = [line.split(",")[0] for line in file.read_text().split("\n")[1:] if line]
        pictures = [np.asarray(Image.open(folder / path).convert("RGB")) for path in paths[first : first + SAMPLES]]
        values = np.stack(pictures).transpose(0, 3, 1, 2)
    else:
        values = np.load(file)[first : first + SAMPLES]
    if name == "ppocr-rec":
        values = values.repeat(3, axis=1)
    process = meta.get("preprocess")
    if process is None:
        return values
    shape = (1, -1) + (1,) * (values.ndim - 2)
    mean, std = (np.asarray(process[key], np.float32).reshape(shape) for key in ("mean", "std"))
    values = ((values.astype(np.float32) * np.float32(process["scale"]) - mean) / std).astype(np.float32)
    return values[:, ::-1] if process.get("bgr") else values


def options(optimized=False):
    chosen = ort.SessionOptions()
    if not optimized:
        chosen.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    chosen.log_severity_level = 4
    return chosen


def half(values):
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float32)


class ByHand:
    """A model, operator by operator."""

    def __init__(self, model):
        self.model = model
        self.constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        self.sessions = {}

    def run(self, feeds):
        values, data = dict(feeds), set(feeds)
        rounded = {name: half(v) if v.dtype == np.float32 else v for name, v in feeds.items()}
        values.update(rounded)
        for index, node in enumerate(self.model.graph.node):
            is_data = any(name in data for name in node.input) or any(a.HasField("g") for a in node.attribute)
            is_rounded = is_data and node.op_type not in SIZES
            given = {}
            for position, name in enumerate(node.input):
                if name == "":
                    continue
                value = values[name] if name in values else self.constants[name]
                is_constant = name in self.constants and position < PARAMETERS.get(node.op_type, 99)
                if is_rounded and is_constant and value.dtype == np.float32:
                    value = np.clip(value, -65504, 65504)
                    tiny = (value != 0) & (np.abs(value) < 2**-24)
                    value = half(np.where(tiny, np.sign(value) * np.float32(2**-24), value).astype(np.float32))
                given[name] = value
            outputs = self.session(index, node, given).run(None, given)
            for name, value in zip([o for o in node.output if o], outputs):
                values[name] = half(value) if is_rounded and value.dtype == np.float32 else value
                if is_rounded:
                    data.add(name)
        return [values[o.name] for o in self.model.graph.output]

    def session(self, index, node, given):
        key = (index, tuple((name, v.dtype.str, v.ndim) for name, v in given.items()))
        if key not in self.sessions:
            inputs = [
                helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(v.dtype), [None] * v.ndim)
                for name, v in given.items()
            ]
            outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
            graph = helper.make_graph([node], "one", inputs, outputs)
            one = helper.make_model(graph, opset_imports=self.model.opset_import, ir_version=self.model.ir_version)
            self.sessions[key] = ort.InferenceSession(one.SerializeToString(), options(), ["CPUExecutionProvider"])
        return self.sessions[key]


def decibels(reference, other):
    reference, other = (np.asarray(values, np.float64) for values in (reference, other))
    noise = ((reference - other) ** 2).sum()
    return np.inf if noise == 0 else 10 * np.log10((reference**2).sum() / noise)


def main(corpus, folder):
    print(f"onnxruntime {ort.__version__}, onnx {onnx.__version__}, numpy {np.__version__}")
    for name in sorted(path.name for path in folder.iterdir()):
        plain = onnx.load(folder / name / "fp32.onnx")
        open_file = lambda file, how: ort.InferenceSession(folder / name / file, how, ["CPUExecutionProvider"])
        ours, as_written = open_file("fp16.onnx", options(optimized=True)), open_file("fp16.onnx", options())
        fp32 = open_file("fp32.onnx", options(optimized=True))
        converted = convert_float_to_float16(onnx.load(folder / name / "fp32.onnx"), keep_io_types=True, op_block_list=[])
        theirs = ort.InferenceSession(converted.SerializeToString(), options(), ["CPUExecutionProvider"])
        by_hand = ByHand(plain)
        port = fp32.get_inputs()[0]
        output = fp32.get_outputs()[0].name
        size = port.shape[0] if isinstance(port.shape[0], int) else 1
        results = {"fp32": [], "ours": [], "as written": [], "by hand": [], "converted": []}
        samples = samples_of(corpus, name)
        for sample in samples.reshape((-1, size) + samples.shape[1:]):
            feeds = {port.name: np.ascontiguousarray(sample)}
            results["fp32"].append(fp32.run([output], feeds)[0])
            results["ours"].append(ours.run([output], feeds)[0])
            results["as written"].append(as_written.run([output], feeds)[0])
            results["by hand"].append(by_hand.run(feeds)[0])
            results["converted"].append(theirs.run([output], feeds)[0])
        found = {kind: np.stack(values) for kind, values in results.items()}
        same = (found["as written"].reshape(len(found["ours"]), -1) == found["by hand"].reshape(len(found["ours"]), -1)).mean()
        print(
            f"| {name} | {decibels(found['by hand'], found['as written']):.1f} ({100 * same:.2f} % equal) "
            f"| {decibels(found['by hand'], found['ours']):.1f} | {decibels(found['by hand'], found['converted']):.1f} "
            f"| {decibels(found['fp32'], found['ours']):.1f} |"
        )


main(*(pathlib.Path(path) for path in sys.argv[1:3]))
