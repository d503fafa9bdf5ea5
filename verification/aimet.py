"""Compares what quantgate makes of models for snpe with AIMET's simulator, architecture by architecture.

    python3.11 -m venv aimet && aimet/bin/pip install aimet-onnx==2.42.0
    aimet/bin/python verification/aimet.py <corpus> [model...]
    aimet/bin/python verification/aimet.py --rules > test/unit/quantization/golden/hexagon.json

The second writes what AIMET makes of the graph of test/support/hexagon-graph.ts for each architecture: the activations that are on
one grid, what bounds it, and the weights with a scale a channel. For each corpus model and target it prints
- the quantizers that AIMET's configuration of the architecture has and encodings.json has no entry for, or the other way round,
  and those whose entry is of another kind;
- how far the outputs are apart, in dB: AIMET as it is, with float biases; AIMET with the biases that the chip adds; and so with
  every scale raised to a power of two, where no order of summation and no rounding of products makes a difference, and ties,
  which are frequent then, rounded up as AIMET has it;
- FP32 beside the emulation and beside AIMET, in dB, and in how many samples the greatest output is the same.
"""

import json
import logging
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
import onnx
import onnxruntime as ort
from aimet_onnx import QuantizationSimModel
from aimet_onnx.common import quantsim_config
from aimet_onnx.quantsim import load_encodings_to_sim

ROOT = Path(__file__).resolve().parent.parent
MODELS = ["mnist-cnn", "kws-dscnn", "resnet20-cifar10", "mobilenet-v1-025", "fastestdet"]
ARCHITECTURES = ["v66", "v68", "v69", "v85"]
SAMPLES = 20
VERSIONS = ["encodings.json", "encodings-1.0.0.json", "encodings-2.0.0.json"]


def main(corpus, names):
    print("| model | target | AIMET alone has | file alone has | other kind | as it is | chip's biases | exact scales | FP32 | same top-1 |")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            emulate(Path(corpus) / name, Path(folder))
            model = Path(folder) / name
            for target in sorted(p for p in model.iterdir() if p.is_dir()):
                print(compared(model, target), flush=True)


def emulate(model, out):
    """Runs quantgate's stages on a corpus model for every architecture."""
    meta = json.loads((model / "meta.json").read_text())
    preprocess = {k: v for k, v in meta["preprocess"].items() if k in ("scale", "mean", "std", "bgr")}
    targets = [
        {"chip": "snpe", "arch": arch, **({"weights": "per-channel"} if per_channel else {})}
        for arch in ARCHITECTURES
        for per_channel in (False, True)
        if arch != "v66" or not per_channel
    ]
    first, _ = meta["splits"]["evaluation"]
    inputs = meta["inputs"]["file"]
    config = {
        "version": 1,
        "models": [
            {
                "name": model.name,
                "path": "model.onnx",
                "preprocess": preprocess,
                "calibration": {"inputs": inputs, "range": meta["splits"]["calibration"]},
                "evaluation": {"inputs": inputs, "range": [first, first + SAMPLES], "metric": "agreement"},
                "targets": targets,
                "budget": {"max-drop": "50pp"},
            }
        ],
    }
    with tempfile.TemporaryDirectory() as project:
        shutil.copytree(model, project, dirs_exist_ok=True)
        (Path(project) / "quantgate.yml").write_text(json.dumps(config))
        script = [str(ROOT / "node_modules/.bin/tsx"), str(ROOT / "verification/emulate.ts")]
        subprocess.run([*script, f"{project}/quantgate.yml", str(out)], check=True)


def compared(model, target):
    samples = [read_sample(model, each) for each in json.loads((model / "samples.json").read_text())]
    fp32 = outputs(opened(model / "model.onnx"), samples)
    ours = outputs(opened(target / "emulated.onnx"), samples)
    sim, mismatches = simulated(model, target)
    theirs = outputs(sim.session, samples)
    # A session reads what the simulator holds: the simulator has to live as long.
    with_biases, _ = simulated(model, target, with_biases=True)
    biased = outputs(with_biases.session, samples)
    exact_sim, _ = simulated(target / "exact", target / "exact", arch_of=target, with_biases=True)
    exact_ours = outputs(opened_model(ties_up(onnx.load(target / "exact/emulated.onnx"))), samples)
    exact = sqnr(exact_ours, outputs(exact_sim.session, samples))
    versions = "" if target.name != "snpe" else ", ".join(differing_versions(model, target, samples, theirs))
    figures = [
        f"{sqnr(ours, theirs):.1f}",
        f"{sqnr(ours, biased):.1f}",
        f"{exact:.1f}",
        f"{sqnr(fp32, ours):.1f} / {sqnr(fp32, theirs):.1f}",
        f"{100 * np.mean(ours.argmax(-1) == theirs.argmax(-1)):.0f} %",
        *([f"other outputs by {versions}"] if versions else []),
    ]
    return f"| {model.name} | {target.name} | {' | '.join([*entries(sim, mismatches, target), *figures])} |"


def entries(sim, mismatches, target):
    """What AIMET's configuration and the file do not have in common; moved tensors are in the file on the grid they came from."""
    passed_on = set(json.loads((target / "passed-on.json").read_text()))
    alone = [m.quantizer_name for m in mismatches if m.enabled_mismatch == (True, False)]
    beyond = [m.quantizer_name for m in mismatches if m.enabled_mismatch == (False, True)]
    kinds = [m.quantizer_name for m in mismatches if not m.enabled_mismatch]
    weights = [name for name in kinds if name in sim.param_names]
    others = [name for name in kinds if name not in sim.param_names]
    return [
        ", ".join(alone),
        ", ".join(name for name in beyond if name not in passed_on),
        ", ".join([*([f"{len(weights)} weights"] if weights else []), *others]),
    ]


def differing_versions(model, target, samples, first):
    for version in VERSIONS[1:]:
        other, _ = simulated(model, target, version)
        if not np.array_equal(first, outputs(other.session, samples)):
            yield version


def simulated(model, target, file=VERSIONS[0], arch_of=None, with_biases=False):
    """AIMET's simulator with the configuration of the target's architecture and our encodings."""
    proto = onnx.load(str(model / "model.onnx"))
    if with_biases:
        biases = json.loads((target / "biases.json").read_text())
        for tensor in proto.graph.initializer:
            if tensor.name in biases:
                value = np.array(biases[tensor.name], np.float32).reshape(tuple(tensor.dims))
                tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))
    arch = next((each for each in ARCHITECTURES if f"-{each}" in (arch_of or target).name), ARCHITECTURES[-1])
    config = Path(quantsim_config.__file__).parent / f"htp_quantsim_config_{arch}.json"
    sim = QuantizationSimModel(proto, config_file=str(config))
    return sim, load_encodings_to_sim(sim, str(target / file), strict=False)


def ties_up(proto):
    """Adds far less than a step before every quantizer: enough to decide a tie, too little to decide anything else."""
    graph = proto.graph
    scales = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = list(graph.node)
    del graph.node[:]
    for index, node in enumerate(nodes):
        if node.op_type == "QuantizeLinear":
            little = np.float32(scales[node.input[1]] * 2**-15)
            graph.initializer.append(onnx.numpy_helper.from_array(little, f"little{index}"))
            graph.node.append(onnx.helper.make_node("Add", [node.input[0], f"little{index}"], [f"more{index}"]))
            node.input[0] = f"more{index}"
        graph.node.append(node)
    return proto


def opened(file):
    return opened_model(onnx.load(file))


def opened_model(proto):
    # ONNX Runtime would quantize what is left in float between the quantizers.
    options = ort.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return ort.InferenceSession(proto.SerializeToString(), options)


def read_sample(model, sample):
    return {
        name: np.fromfile(model / each["file"], each["type"]).reshape(each["dims"]) for name, each in sample.items()
    }


def outputs(session, samples):
    """The first output, one row a sample."""
    rows = [session.run([session.get_outputs()[0].name], sample)[0].ravel() for sample in samples]
    return np.stack(rows).astype(np.float64)


def sqnr(signal, other):
    noise = np.sum((signal - other) ** 2)
    return float("inf") if noise == 0 else 10 * np.log10(np.sum(signal**2) / noise)


def rules():
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/model.onnx"
        script = [str(ROOT / "node_modules/.bin/tsx"), str(ROOT / "verification/hexagon-model.ts")]
        subprocess.run([*script, file], check=True)
        return {arch: rules_of(onnx.load(file), arch) for arch in ["v66", "v68", "v69", "v73", "v75", "v79", "v81", "v85"]}


def rules_of(proto, arch):
    config = Path(quantsim_config.__file__).parent / f"htp_quantsim_config_{arch}.json"
    sim = QuantizationSimModel(proto, config_file=str(config))
    constants = {tensor.name for tensor in proto.graph.initializer}
    grids = {}
    for name, quantizer in sim.qc_quantize_op_dict.items():
        if quantizer.enabled and name not in constants:
            grids.setdefault(id(quantizer), (quantizer, []))[1].append(name)
    return {
        "grids": sorted(grid_text(quantizer, tensors) for quantizer, tensors in grids.values()),
        "perChannel": sorted(
            name for name in sim.param_names if sim.qc_quantize_op_dict[name].quant_info.usePerChannelMode and name != "bias"
        ),
    }


def grid_text(quantizer, tensors):
    """`relu5 conv5: 0 to ?`, and so on."""
    bounds = quantizer._encoding_min_max_fixed_vals or (None, None)
    least, most = ("?" if bound is None else f"{bound:g}" for bound in bounds)
    symmetric = ", symmetric" if quantizer.use_symmetric_encodings else ""
    return f"{' '.join(sorted(tensors))}: {least} to {most}{symmetric}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--rules"]:
        print(json.dumps(rules(), indent=2))
        sys.exit()
    corpus, *given = sys.argv[1:]
    main(corpus, given or MODELS)
