"""ncnn's `.param` and `.bin`, and what `ncnn2int8` makes of them by a calibration table.

Layouts from ncnn's src/layer/*.cpp (`load_param`, `load_model`) and tools/modelwriter.h; the rules for int8 from
tools/quantize/ncnn2int8.cpp. ncnn rounds float weights to int8 itself when a layer has scales.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from pathlib import Path

from job import Failure

CONVOLUTIONS = ("Convolution", "ConvolutionDepthWise")
# By type: the key of `int8_scale_term`, and the term with one weight scale a channel.
SCALE_TERMS = {"Convolution": 2, "ConvolutionDepthWise": 1, "InnerProduct": 2}
SCALE_KEY = "8"
FLOAT32_TAG = bytes(4)


@dataclass
class Layer:
    """A line of a `.param`, and its bytes of the `.bin`: float32 weights first, with their tag."""

    type: str
    name: str
    bottoms: list[str]
    tops: list[str]
    params: dict[str, str]
    weight: bytes = b""
    rest: bytes = b""
    # Inverse steps, as a table has them: of the weight by channel, of what is read, of what is made.
    weight_scales: list[float] = field(default_factory=list)
    bottom_scale: float | None = None
    top_scale: float | None = None

    def number(self, key: str) -> int:
        return int(self.params.get(key, 0))

    def channel_scales(self) -> list[float]:
        """127 / the largest weight of each output channel."""
        channels = self.number("0")
        values = struct.unpack(f"<{len(self.weight) // 4 - 1}f", self.weight[4:])
        size = len(values) // channels
        largest = (max(map(abs, values[i * size : (i + 1) * size])) for i in range(channels))
        return [127 / value if value else math.inf for value in largest]


def read_net(param: Path, binary: Path) -> list[Layer]:
    """Reads a net of the layers whose weights are known."""
    layers = [_layer_of(line) for line in param.read_text().splitlines()[2:]]
    data = binary.read_bytes()
    at = 0
    for layer in layers:
        tagged, raw = _sizes(layer)
        if tagged and data[at : at + 4] != FLOAT32_TAG:
            raise Failure(f"{layer.type} {layer.name} of {binary} has no float32 weights: convert with fp16=0")
        end = at + (4 * (1 + tagged) if tagged else 0)
        layer.weight, layer.rest = data[at:end], data[end : end + 4 * raw]
        at = end + 4 * raw
    if at != len(data):
        types = sorted({layer.type for layer in layers})
        raise Failure(f"{binary} has {len(data)} bytes, {at} were expected of {', '.join(types)}: teach consumers/ncnn_net.py the one whose weights it does not know")
    return layers


def _layer_of(line: str) -> Layer:
    type_, name, bottoms, tops, *rest = line.split()
    blobs = int(bottoms) + int(tops)
    params = dict(pair.split("=", 1) for pair in rest[blobs:] if "=" in pair)
    return Layer(type_, name, rest[: int(bottoms)], rest[int(bottoms) : blobs], params)


def _sizes(layer: Layer) -> tuple[int, int]:
    """How many values of a layer have a tag, and how many follow without one."""
    size = layer.number
    match layer.type:
        case "Convolution" | "ConvolutionDepthWise" | "Deconvolution" | "DeconvolutionDepthWise":
            return size("6"), size("0") * size("5")
        case "InnerProduct":
            return size("2"), size("0") * size("1")
        case "MemoryData":
            return 0, math.prod(max(size(key), 1) for key in ("0", "1", "11", "2"))
        case "PReLU":
            return 0, size("0")
        case "BatchNorm":
            return 0, 4 * size("0")
        case "Scale":
            return 0, size("0") * (1 + size("1"))
        case "LayerNorm":
            return 0, 2 * size("0") * int(layer.params.get("2", 1))
    return 0, 0


def write_net(layers: list[Layer], param: Path, binary: Path) -> None:
    """Writes a net, its int8 layers with their scales behind the bias."""
    lines = []
    data = b""
    for layer in layers:
        params = dict(layer.params)
        scales = b""
        if layer.bottom_scale is not None:
            term = SCALE_TERMS[layer.type] + (0 if layer.top_scale is None else 100)
            params[SCALE_KEY] = str(term)
            tops = [] if layer.top_scale is None else [layer.top_scale]
            values = [*layer.weight_scales, layer.bottom_scale, *tops]
            scales = struct.pack(f"<{len(values)}f", *values)
        counts = [str(len(layer.bottoms)), str(len(layer.tops))]
        pairs = [f"{key}={value}" for key, value in params.items()]
        lines.append(" ".join([layer.type, layer.name, *counts, *layer.bottoms, *layer.tops, *pairs]))
        data += layer.weight + layer.rest + scales
    blobs = {top for layer in layers for top in layer.tops}
    param.write_text("\n".join(["7767517", f"{len(layers)} {len(blobs)}", *lines, ""]))
    binary.write_bytes(data)


def quantize(layers: list[Layer], table: dict[str, list[float]]) -> tuple[list[str], list[str]]:
    """Gives layers the scales of the lines of a table: the names of those that got some, and keys that fit none.

    Converters give layers names of their own, so that a line belongs to the layer whose largest weights its scales
    are of.
    """
    free = [layer for layer in layers if layer.type in SCALE_TERMS]
    taken: list[str] = []
    missed: list[str] = []
    for key, scales in table.items():
        if key.endswith("_param_0") or f"{key}_param_0" not in table:
            continue
        weight_scales = table[f"{key}_param_0"]
        fitting = [layer for layer in free if layer.number("0") == len(weight_scales)]
        if not fitting:
            missed.append(key)
            continue
        layer = min(fitting, key=lambda each: _distance(each.channel_scales(), weight_scales))
        layer.weight_scales, layer.bottom_scale = weight_scales, scales[0]
        free.remove(layer)
        taken.append(layer.name)
    _fuse_requantize(layers)
    return taken, missed


def _distance(found: list[float], wanted: list[float]) -> float:
    # Channels without any weight have whatever scale a tool gives them.
    return sum(abs(math.log(a / b)) for a, b in zip(found, wanted) if math.isfinite(a) and b > 0)


def _fuse_requantize(layers: list[Layer]) -> None:
    """Lets a convolution hand int8 to the convolutions that alone read it, as ncnn2int8's `fuse_requantize` does."""
    readers = {bottom: layer for layer in layers for bottom in layer.bottoms}
    for layer in layers:
        if layer.type not in CONVOLUTIONS or layer.bottom_scale is None:
            continue
        reader = readers.get(layer.tops[0])
        split = reader is not None and reader.type == "Split"
        nexts = [readers.get(top) for top in reader.tops] if split else [reader]
        if all(each is not None and each.type in CONVOLUTIONS and each.bottom_scale is not None for each in nexts):
            layer.top_scale = nexts[0].bottom_scale


def read_table(path: Path) -> dict[str, list[float]]:
    """The lines of a calibration table by their key; an empty line ends it, as in ncnn2int8."""
    table: dict[str, list[float]] = {}
    for line in path.read_text().splitlines():
        key, *values = line.split() or [""]
        if key == "":
            break
        table[key] = [float(value) for value in values]
    return table
