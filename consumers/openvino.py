"""Runs a Q/DQ model in OpenVINO's CPU plugin, in int8 where the plugin does.

Tried with openvino 2026.4.0, numpy 2.4 (Python 3.11, linux-x64).
"""

from job import Failure, Job, Opened, imported, serve


def open_chip(job: Job) -> Opened:
    openvino = imported("openvino", "openvino==2026.4.0")
    core = openvino.Core()
    shapes = {port.name: array.shape for port, array in zip(job.inputs, job.sample(0))}

    def compiled(names: list[str]):
        try:
            model = core.read_model(job.required_qdq())
            model.reshape(shapes)
            if names:
                model.add_outputs(names)
            # What is not int8 would be bfloat16 on processors that have it.
            return core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        except RuntimeError as error:
            raise Failure(f"OpenVINO does not compile {job.qdq} ({' '.join(str(error).split())[:500]}): see docs.openvino.ai for what it takes") from error

    plain = compiled([])
    own = {name for output in plain.outputs for name in output.names}
    # Asking for a tensor inside keeps the plugin from fusing around it: the outputs are those of the untouched model.
    inside = [name for name in job.outputs if name not in own]
    watched = compiled(inside) if inside else None

    def run(arrays):
        feeds = {port.name: array for port, array in zip(job.inputs, arrays)}
        wanted = set(job.outputs)
        found = {}
        for model in [plain, watched]:
            for output, value in (model(feeds) if model else {}).items():
                found.update({name: value.copy() for name in output.names & wanted - found.keys()})
        return found

    notes = [precisions(plain)]
    if inside:
        notes.append("tensors inside of the model are shown by a second compilation, which fuses less around them")
    return Opened("OpenVINO CPU plugin", openvino.__version__.split("-")[0], run, notes)


def precisions(model) -> str:
    """How many of the layers that multiply run in int8, by what the plugin says of its execution graph."""
    layers = [op.get_rt_info() for op in model.get_runtime_model().get_ops()]
    multiplying = [info for info in layers if info["layerType"] in ("Convolution", "Deconvolution", "FullyConnected", "MatMul")]
    int8 = sum(info["runtimePrecision"] in ("i8", "u8") for info in multiplying)
    others = sorted(info["originalLayersNames"] for info in multiplying if info["runtimePrecision"] not in ("i8", "u8"))
    return f"{int8} of {len(multiplying)} layers run in int8{''.join(f'; not {name}' for name in others[:8])}"


if __name__ == "__main__":
    serve(open_chip)
