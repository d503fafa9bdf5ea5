"""Runs a Q/DQ model in Qualcomm's HTP library for x86, which executes graphs as the Hexagon processor does.

`options` of the job: `arch`, the architecture as Qualcomm counts them ("v73"). Tried with onnxruntime 1.32.0,
onnxruntime-qnn 2.7.0, onnx 1.23.2, numpy 2.4 (Python 3.11, linux-x64).
"""

from job import Failure, Job, Opened, imported, serve

# What the library takes: V85 has the arithmetic of V81.
OLDEST, NEWEST = 68, 81


def open_chip(job: Job) -> Opened:
    onnx = imported("onnx", "onnx==1.23.2")
    numpy = imported("numpy", "numpy")
    ort = imported("onnxruntime", "onnxruntime==1.32.0")
    qnn = imported("onnxruntime_qnn", "onnxruntime-qnn==2.7.0")
    arch = architecture(str(job.options.get("arch", f"v{NEWEST}")))
    ort.set_default_logger_severity(4)
    ort.register_execution_provider_library("QNNExecutionProvider", qnn.get_library_path())
    devices = [device for device in ort.get_ep_devices() if device.ep_name == "QNNExecutionProvider"]
    if not devices:
        raise Failure("onnxruntime-qnn offers no device here: use Linux on x86-64")
    model = static(onnx, job)
    with_unsigned_activations(onnx, numpy, model)
    grids = input_grids(onnx, model, [port.name for port in job.inputs])
    dequantized = dequantized_names(model)

    def session(names: list[str]):
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        options.add_provider_for_devices(devices[:1], {"backend_path": qnn.get_qnn_htp_path(), "htp_arch": arch})
        watched = onnx.ModelProto()
        watched.CopyFrom(model)
        for name in names:
            watched.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
        try:
            return ort.InferenceSession(watched.SerializeToString(), options)
        except Exception as error:  # Its errors have no base class of their own.
            raise Failure(f"HTP does not take {job.qdq} ({' '.join(str(error).split())[:500]}): it takes static shapes, and quantizers around every operator") from error

    plain = session([])
    own = [output.name for output in plain.get_outputs()]
    # What is asked for inside is behind its quantizer, where the library has it. It may fuse less then.
    inside = {name: dequantized[name] for name in job.outputs if name not in own and name in dequantized}
    watched = session(list(inside.values())) if inside else None

    def run(arrays):
        feeds = {port.name: on_grid(numpy, array, grids.get(port.name)) for port, array in zip(job.inputs, arrays)}
        found = {name: value for name, value in zip(own, plain.run(own, feeds)) if name in job.outputs}
        if watched is not None:
            found.update(zip(inside, watched.run(list(inside.values()), feeds)))
        return found

    notes = ["inputs are put onto their grid before: the library would quantize them from FP16"] if grids else []
    return Opened("Qualcomm HTP for x86", f"onnxruntime-qnn {qnn.__version__}, V{arch}", run, notes)


def architecture(name: str) -> str:
    """An architecture as the library takes it."""
    number = int(name.removeprefix("v"))
    if number < OLDEST:
        raise Failure(f"V{number} has no HTP, and its DSP has no library for x86: measure on the device, or take V{OLDEST} or later")
    return str(min(number, NEWEST))


def static(onnx, job: Job):
    """The model with the shapes of the first sample throughout."""
    model = onnx.load(job.required_qdq())
    shapes = {port.name: array.shape for port, array in zip(job.inputs, job.sample(0))}
    for value in model.graph.input:
        if value.name not in shapes:
            continue
        value.type.tensor_type.shape.ClearField("dim")
        for size in shapes[value.name]:
            value.type.tensor_type.shape.dim.add().dim_value = size
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    return onnx.shape_inference.infer_shapes(model)


def with_unsigned_activations(onnx, numpy, model) -> None:
    """Puts symmetric activations on unsigned codes of the same grid, as the converter does: others HTP rounds elsewhere."""
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    quantized = {node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    for node in model.graph.node:
        is_activation = node.op_type == "QuantizeLinear" or (node.op_type == "DequantizeLinear" and node.input[0] in quantized)
        zero = constants[node.input[2]] if is_activation else None
        if zero is None or zero.dtype.kind != "i":
            continue
        unsigned = numpy.dtype(f"u{zero.dtype}")
        name = f"{node.input[2]}/unsigned"
        if name not in constants:
            constants[name] = (zero.astype(numpy.int32) - numpy.iinfo(zero.dtype).min).astype(unsigned)
            model.graph.initializer.append(onnx.numpy_helper.from_array(constants[name], name))
        node.input[2] = name
    del model.graph.value_info[:]


def input_grids(onnx, model, inputs: list[str]) -> dict:
    """Scale and zero point of the inputs that are quantized at once."""
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    quantizers = [node for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[0] in inputs]
    return {node.input[0]: (constants[node.input[1]], constants[node.input[2]]) for node in quantizers}


def on_grid(numpy, array, grid):
    """Real values that codes stand for: whoever quantizes them again gets these codes."""
    if grid is None:
        return array
    scale, zero = grid
    ends = numpy.iinfo(zero.dtype)
    codes = numpy.clip(numpy.rint(array / scale) + zero, ends.min, ends.max)
    return ((codes - zero) * scale).astype(numpy.float32)


def dequantized_names(model) -> dict[str, str]:
    """By the name of a tensor that is quantized, the name of the real values that its codes stand for."""
    sources = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    readers = (node for node in model.graph.node if node.op_type == "DequantizeLinear")
    return {sources[node.input[0]]: node.output[0] for node in readers if node.input[0] in sources}


if __name__ == "__main__":
    serve(open_chip)
