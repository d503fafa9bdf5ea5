"""Measures what each layer costs with AIMET's sensitivity analysis, and says how long that takes.

Run by `npm run bench` with one argument, a map in JSON: `model`, `samples` (a .npy of what the model reads, one row a sample),
`calibration` and `probes` ([first, end)), and `batch` (samples that run together). Prints a map in JSON: how many `layers`
were measured, and `seconds`.
"""

import json
import logging
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
import onnx
from aimet_onnx import QuantizationSimModel, analyze_per_layer_sensitivity


def main(job):
    samples = np.load(job["samples"], mmap_mode="r")
    sim = QuantizationSimModel(onnx.load(job["model"]))

    def outputs(session, part):
        name = session.get_inputs()[0].name
        first, end = part
        for i in range(first, end, job["batch"]):
            yield session.run(None, {name: samples[i : min(i + job["batch"], end)]})[0]

    def calibrate(session):
        for _ in outputs(session, job["calibration"]):
            pass

    sim.compute_encodings(calibrate)
    plain = list(outputs(sim.session, job["probes"]))

    def noise(session):
        return float(sum(((a - b) ** 2).mean() for a, b in zip(outputs(session, job["probes"]), plain)))

    begin = time.perf_counter()
    layers = analyze_per_layer_sensitivity(sim, noise)
    print(json.dumps({"layers": len(layers), "seconds": time.perf_counter() - begin}))


main(json.loads(sys.argv[1]))
