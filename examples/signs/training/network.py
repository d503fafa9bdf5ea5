"""A small MobileNet: its parameters, its forward pass in JAX, and the same network as an ONNX file."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STEM_CHANNELS = 24
BLOCKS = [(32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (128, 1), (192, 1)]
"""(output channels, stride) of each depthwise-separable block; the stem halves the image first."""

EPSILON = 1e-4
"""Of BatchNorm. Folded, a pruned channel's depthwise weights grow by about 1 / sqrt(EPSILON)."""

OPSET = 17

Params = dict[str, jax.Array]
"""Trained tensors by name. Convolutions are [height, width, in, out], depthwise ones [height, width, channels]."""

Statistics = dict[str, tuple[jax.Array, jax.Array]]
"""Mean and variance, [channels] each, by the name of the convolution that is normalized."""


def convolutions() -> Iterator[tuple[str, tuple[int, ...], int]]:
    """(name, weight shape, stride) in the order of execution."""
    yield "stem", (3, 3, 1, STEM_CHANNELS), 2
    channels = STEM_CHANNELS
    for number, (width, stride) in enumerate(BLOCKS, start=1):
        yield f"block{number}/depthwise", (3, 3, channels), stride
        yield f"block{number}/pointwise", (1, 1, channels, width), 1
        channels = width


def initialize(key: jax.Array, classes: int) -> tuple[Params, Statistics]:
    params: Params = {}
    statistics: Statistics = {}
    for name, shape, _ in convolutions():
        key, subkey = jax.random.split(key)
        fan_in = np.prod(shape[:-1])
        params[f"{name}/conv/weight"] = jax.random.normal(subkey, shape) * np.sqrt(2 / fan_in)
        params[f"{name}/bn/gamma"] = jnp.ones(shape[-1])
        params[f"{name}/bn/beta"] = jnp.zeros(shape[-1])
        statistics[name] = (jnp.zeros(shape[-1]), jnp.ones(shape[-1]))
    features = BLOCKS[-1][0]
    params["classifier/weight"] = jax.random.normal(key, (features, classes)) * np.sqrt(1 / features)
    params["classifier/bias"] = jnp.zeros(classes)
    return params, statistics


def convolve(x: jax.Array, weight: jax.Array, stride: int) -> jax.Array:
    if weight.shape[:2] == (1, 1):
        return x @ weight[0, 0]
    # XLA's depthwise convolution is slow on a CPU; nine shifted products are not.
    if weight.ndim == 3:
        padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        height, width = x.shape[1:3]
        return sum(
            padded[:, i : i + height : stride, j : j + width : stride] * weight[i, j]
            for i in range(3)
            for j in range(3)
        )
    return jax.lax.conv_general_dilated(
        x, weight, (stride, stride), [(1, 1), (1, 1)], dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def forward(params: Params, statistics: Statistics, x: jax.Array, train: bool) -> tuple[jax.Array, Statistics]:
    """Logits [N, classes] of preprocessed images [N, H, W, 1], and the statistics used: the batch's when training."""
    used: Statistics = {}
    for name, _, stride in convolutions():
        y = convolve(x, params[f"{name}/conv/weight"], stride)
        mean, variance = (y.mean((0, 1, 2)), y.var((0, 1, 2))) if train else statistics[name]
        used[name] = (mean, variance)
        scale = params[f"{name}/bn/gamma"] * jax.lax.rsqrt(variance + EPSILON)
        x = jnp.clip((y - mean) * scale + params[f"{name}/bn/beta"], 0, 6)
    return x.mean((1, 2)) @ params["classifier/weight"] + params["classifier/bias"], used


def to_onnx(params: Params, statistics: Statistics, size: int) -> onnx.ModelProto:
    """The trained network for images [N, 1, size, size], BatchNormalization kept as nodes of its own."""
    nodes: list[onnx.NodeProto] = []
    initializers: list[onnx.TensorProto] = []

    def constant(name: str, value: np.ndarray) -> str:
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def add(op: str, inputs: list[str], output: str, **attributes: object) -> str:
        nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    zero, six = constant("relu6/min", np.array(0)), constant("relu6/max", np.array(6))
    x = "image"
    for name, shape, stride in convolutions():
        kernel = shape[0]
        depthwise = len(shape) == 3
        weight = np.asarray(params[f"{name}/conv/weight"]).reshape(kernel, kernel, -1, shape[-1])
        x = add(
            "Conv",
            [x, constant(f"{name}/conv/weight", weight.transpose(3, 2, 0, 1))],
            f"{name}/conv",
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[kernel // 2] * 4,
            group=shape[-1] if depthwise else 1,
        )
        mean, variance = statistics[name]
        normalization = {
            "gamma": params[f"{name}/bn/gamma"],
            "beta": params[f"{name}/bn/beta"],
            "mean": mean,
            "variance": variance,
        }
        parameters = [constant(f"{name}/bn/{part}", np.asarray(value)) for part, value in normalization.items()]
        x = add("BatchNormalization", [x, *parameters], f"{name}/bn", epsilon=EPSILON)
        x = add("Clip", [x, zero, six], f"{name}/relu6")

    x = add("Flatten", [add("GlobalAveragePool", [x], "pool")], "flatten", axis=1)
    weight = constant("classifier/weight", np.asarray(params["classifier/weight"]).T)
    add("Gemm", [x, weight, constant("classifier/bias", np.asarray(params["classifier/bias"]))], "logits", transB=1)

    classes = params["classifier/bias"].shape[0]
    graph = helper.make_graph(
        nodes,
        "signs",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, size, size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", classes])],
        initializers,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="quantgate-example"
    )
    onnx.checker.check_model(model, full_check=True)
    return model
