"""Qualcomm's HTP library for x86, as onnxruntime-qnn brings it: one operator between quantizers goes in, codes come out.

pip install onnxruntime==1.32.0 onnxruntime-qnn==2.7.0 onnx numpy
"""

import numpy as np
import onnxruntime as ort
import onnxruntime_qnn as qnn
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "u8": (np.uint8, TensorProto.UINT8),
    "i8": (np.int8, TensorProto.INT8),
    "u16": (np.uint16, TensorProto.UINT16),
    "i32": (np.int32, TensorProto.INT32),
}
TOP = {"u8": 255, "u16": 65535}

ort.set_default_logger_severity(4)
ort.register_execution_provider_library("QNNExecutionProvider", qnn.get_library_path())
DEVICE = [d for d in ort.get_ep_devices() if d.ep_name == "QNNExecutionProvider"][:1]


def session(model, arch):
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    options.add_provider_for_devices(DEVICE, {"backend_path": qnn.get_qnn_htp_path(), "htp_arch": str(arch)})
    return ort.InferenceSession(model if isinstance(model, (bytes, str)) else model.SerializeToString(), options)


class Layer:
    """A graph of one operator that reads quantized inputs and constants, and is quantized itself."""

    def __init__(self):
        self.nodes, self.constants, self.inputs, self.feeds = [], [], [], {}

    def _constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _quantized(self, name, kind, scale, zero):
        ends = [self._constant(f"{name}/scale", np.float32(scale)), self._constant(f"{name}/zero", np.array(zero, TYPES[kind][0]))]
        self.nodes.append(helper.make_node("QuantizeLinear", [name, *ends], [f"{name}/q"]))
        self.nodes.append(helper.make_node("DequantizeLinear", [f"{name}/q", *ends], [f"{name}/dq"]))
        return f"{name}/dq"

    def activation(self, codes, kind, scale, zero):
        name = f"x{len(self.inputs)}"
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, codes.shape))
        self.feeds[name] = ((codes - zero) * np.float32(scale)).astype(np.float32)
        return self._quantized(name, kind, scale, zero)

    def constant(self, name, codes, kind, scale, zero, axis=None):
        dtype = TYPES[kind][0]
        ends = [
            self._constant(f"{name}/codes", np.asarray(codes, dtype)),
            self._constant(f"{name}/scale", np.asarray(scale, np.float32)),
            self._constant(f"{name}/zero", np.broadcast_to(np.asarray(zero, dtype), np.shape(scale))),
        ]
        attributes = {} if axis is None else {"axis": axis}
        self.nodes.append(helper.make_node("DequantizeLinear", ends, [f"{name}/dq"], **attributes))
        return f"{name}/dq"

    def then(self, operator, reads, name, kind, scale, zero, **attributes):
        """An operator that is quantized, for another one to read."""
        self.nodes.append(helper.make_node(operator, reads, [name], **attributes))
        return self._quantized(name, kind, scale, zero)

    def run(self, operator, reads, kind, scale, zero, arch, **attributes):
        self.nodes.append(helper.make_node(operator, reads, ["y"], **attributes))
        output = self._quantized("y", kind, scale, zero)
        graph = helper.make_graph(
            self.nodes, "layer", self.inputs, [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], self.constants
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
        model.ir_version = 10
        real = session(model, arch).run(None, self.feeds)[0]
        return np.rint(real.astype(np.float64) / np.float32(scale) + zero).astype(np.int64)
