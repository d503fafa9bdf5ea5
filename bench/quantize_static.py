"""Quantizes and evaluates a model as users of ONNX Runtime's Python do, and says how long each step takes.

Run by `npm run bench` with one argument, a map in JSON: `model`, `samples` (a .npy of what the model reads, one row a sample),
`calibration` and `evaluation` ([first, end)), `batches` (batch sizes to evaluate with) and `out` (where the quantized model
goes). Prints a map in JSON: seconds of `start` (until everything is imported), `quantize`, and `evaluate` by batch size.
"""

import json
import sys
import time

BEGIN = time.perf_counter()

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

# A scale for each channel needs an attribute that is as old as this.
LEAST_OPSET = 13


def main(job):
    start = time.perf_counter() - BEGIN
    samples = np.load(job["samples"], mmap_mode="r")
    model = onnx.load(job["model"])
    opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    begin = time.perf_counter()
    if opset < LEAST_OPSET:
        model = onnx.version_converter.convert_version(model, LEAST_OPSET)
    quantize_static(
        model,
        job["out"],
        Reader(samples, job["calibration"], input_of(job["model"])),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )
    quantize = time.perf_counter() - begin
    evaluate = {
        size: sum(evaluated(path, samples, job["evaluation"], size) for path in (job["model"], job["out"]))
        for size in job["batches"]
    }
    print(json.dumps({"start": start, "quantize": quantize, "evaluate": evaluate}))


class Reader(CalibrationDataReader):
    """Samples one by one, as the quantizer asks for them."""

    def __init__(self, samples, part, name):
        self.samples = samples
        self.left = iter(range(*part))
        self.name = name

    def get_next(self):
        i = next(self.left, None)
        return None if i is None else {self.name: self.samples[i : i + 1]}


def input_of(path):
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()[0].name


def evaluated(path, samples, part, size):
    """Seconds to open a model, run it on all samples and take the greatest of its first output."""
    begin = time.perf_counter()
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    first, end = part
    for i in range(first, end, size):
        outputs = session.run(None, {name: samples[i : min(i + size, end)]})
        outputs[0].argmax(-1)
    return time.perf_counter() - begin


main(json.loads(sys.argv[1]))
