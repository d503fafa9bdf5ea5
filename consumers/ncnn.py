"""Runs a model with ncnn's int8 kernels by the chip's calibration table: pnnx converts the ONNX, the table's scales are
put into the net as ncnn2int8 does it, ncnn rounds the weights. `{"packing": true}` in the job's options takes ncnn's
default kernels for x86 instead of those that compute as Arm's do.

Tried with ncnn 1.0.20261020, pnnx 20261020, numpy 2.4 (Python 3.11, linux-x64). ncnn2int8 is in neither package.
"""

import shutil
import subprocess
from pathlib import Path

from job import Failure, Job, Opened, imported, serve
from ncnn_net import SCALE_TERMS, quantize, read_net, read_table, write_net

TYPES = {"float32": "f32", "int32": "i32", "int64": "i64"}


def open_chip(job: Job) -> Opened:
    ncnn = imported("ncnn", "ncnn==1.0.20261020")
    numpy = imported("numpy", "numpy")
    folder = job.folder / "ncnn"
    param, binary = converted(job, folder)
    layers = read_net(param, binary)
    taken, missed = quantize(layers, read_table(job.files / "ncnn.table"))
    if not taken:
        raise Failure(f"no line of {job.files}/ncnn.table fits a layer of the converted net: is it for this model?")
    int8_param, int8_binary = folder / "int8.param", folder / "int8.bin"
    write_net(layers, int8_param, int8_binary)

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    # The packed kernels of depthwise layers take reciprocals of 12 bits on x86, which those of Arm do not.
    packing = job.options.get("packing", False)
    net.opt.use_packing_layout = packing
    # Float layers in float32, as they are emulated.
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    if net.load_param(str(int8_param)) != 0 or net.load_model(str(int8_binary)) != 0:
        raise Failure(f"ncnn does not load {int8_param}: it has no {unknown(layers, ncnn)}, which pnnx left in: rewrite that part of the model")

    def run(arrays):
        extractor = net.create_extractor()
        for i, array in enumerate(arrays):
            # The batch is no dimension of ncnn's.
            extractor.input(f"in{i}", ncnn.Mat(numpy.ascontiguousarray(array[0])).clone())
        found = {}
        for i, name in enumerate(job.outputs):
            status, value = extractor.extract(f"out{i}")
            if status != 0:
                raise Failure(f"ncnn does not compute output {name} of {int8_param} (status {status}): see what it prints above")
            found[name] = numpy.array(value)[None]
        return found

    multiplying = [layer for layer in layers if layer.type in (*SCALE_TERMS, "Gemm", "Deconvolution", "DeconvolutionDepthWise")]
    fused = sum(layer.top_scale is not None for layer in layers)
    notes = [f"{len(taken)} of {len(multiplying)} layers run in int8, {fused} of them hand int8 to the next"]
    if packing:
        notes.append("packed kernels: on x86 those of depthwise layers rescale with 12 bits")
    if missed:
        notes.append(f"lines of the table that fit no layer of the converted net: {', '.join(missed[:8])}")
    return Opened("ncnn", ncnn.__version__, run, notes)


def converted(job: Job, folder: Path) -> tuple[Path, Path]:
    """The model as pnnx converts it, for the shapes of the first sample, in float32."""
    pnnx = imported("pnnx", "pnnx==20261020")
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "model.onnx"
    shutil.copy(job.model, model)
    types = [TYPES.get(port.type) for port in job.inputs]
    if None in types:
        raise Failure(f"{job.model} has inputs of {', '.join(port.type for port in job.inputs)}: pnnx takes {', '.join(TYPES)}")
    shapes = [f"[{','.join(map(str, array.shape))}]{type_}" for array, type_ in zip(job.sample(0), types)]
    command = [pnnx.EXEC_PATH, model.name, f"inputshape={','.join(shapes)}", "fp16=0"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired as error:
        raise Failure(f"pnnx did not convert {job.model} within ten minutes: simplify the model") from error
    param, binary = folder / "model.ncnn.param", folder / "model.ncnn.bin"
    if done.returncode != 0 or not param.exists():
        last = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()[-1]
        raise Failure(f"pnnx does not convert {job.model} (it ended with {done.returncode}: {last}): simplify the model")
    return param, binary


def unknown(layers, ncnn) -> str:
    """The types of layers that ncnn does not have."""
    kinds = sorted({layer.type for layer in layers})
    return " or ".join(kind for kind in kinds if ncnn.layer_to_index(kind) < 0) or "layer of these"


if __name__ == "__main__":
    serve(open_chip)
