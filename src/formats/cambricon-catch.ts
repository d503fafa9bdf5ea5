import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { notSymmetricInt, refuseHalfGiven, symmetricTensor } from './cambricon-layers.ts';
import { expressible } from './expressible.ts';
import { MAX_CHANNELS, MAX_LAYERS } from './json-limits.ts';
import type { LayerParameters, ParameterFormat, TensorParameters } from './parameter-set.ts';
import { checkedStep } from './scale.ts';

const values = z.array(z.number()).min(1).max(MAX_CHANNELS);
const flag = z.tuple([z.literal(1)]);
const layer = z.strictObject({
  scale: z.tuple([z.number().positive(), z.number().min(0)]),
  scale_weight_per_channel: values.optional(),
  quantized_mode: z.tuple([z.int().min(1).max(2)]),
  quantized_by_channel: flag.optional(),
  use_symmetry: flag,
});
type PlainLayer = z.output<typeof layer>;
const file = z.strictObject({
  quantgateCatch: z.literal(1),
  layers: z.array(z.tuple([z.string().min(1).max(4096), layer])).max(MAX_LAYERS),
});

const WIDTHS = [8, 16];

/**
 * What CATCH's MLUConv1d, 2d, 3d and MLULinear keep in a state dict (torch_mlu/core/quantized/modules): inverse
 * steps, (2^(bits−1) − 1) / absmax. A state dict has quantized_mode 1 or 2 and the mark `quantized_by_channel`; CATCH
 * makes modes 3 and 4 of them when it loads. Layers are named by PyTorch module: the weight's name without ".weight",
 * or the layer's where the weight has another name. Numbers have the digits of a float64, so that the step is found
 * again; `load_catch.py` makes float32 tensors of them.
 */
export const cambriconCatch: ParameterFormat = {
  file: 'catch.json',
  title: 'Cambricon CATCH state dict',

  write(set) {
    refuseHalfGiven(set);
    const modules = new Set<string>();
    const { layers, left } = expressible(set, (each) => {
      const why = whyNot(each);
      if (why !== undefined) return why;
      const module = moduleOf(each);
      if (modules.has(module))
        return `module "${module}" is called twice and holds the parameters of one call`;
      modules.add(module);
      return undefined;
    });
    const plain = layers.map((each) => [moduleOf(each), toPlain(each)] as const);
    return { text: `${JSON.stringify({ quantgateCatch: 1, layers: plain }, undefined, 1)}\n`, left };
  },

  recognizes: (text) => /^\s*\{\s*"quantgateCatch"/.test(text),

  read(text, where) {
    const { layers } = parseJson(text, file, {
      where,
      what: 'a CATCH parameter file',
      remedy: 'make the file again',
    });
    return { tensors: layers.flatMap(([name, each]) => fromPlain(name, each, where)), left: [] };
  },

  companions: [
    {
      file: 'load_catch.py',
      text: `"""Puts the values of catch.json into a state dict for CATCH:
python load_catch.py float.pth quantized.pth"""
import json
import sys

import torch

FLOAT = ("scale", "scale_weight_per_channel")


def load(state, path="catch.json"):
    with open(path, encoding="utf-8") as file:
        layers = json.load(file)["layers"]
    for module, values in layers:
        if module + ".weight" not in state:
            raise KeyError("the state dict has no " + module + ".weight: rename the layer in " + path)
        for key, value in values.items():
            dtype = torch.float32 if key in FLOAT else torch.int32
            state[module + "." + key] = torch.tensor(value, dtype=dtype)
    return state


if __name__ == "__main__":
    torch.save(load(torch.load(sys.argv[1], map_location="cpu")), sys.argv[2])
`,
    },
  ],
};

function whyNot(layer: LayerParameters): string | undefined {
  const { op, inputs, weight } = layer;
  if (weight === undefined) return 'CATCH quantizes convolutions and linear layers with weights alone';
  if (op === 'ConvTranspose') return 'CATCH has no quantized transposed convolution';
  if (inputs[0].bits !== weight.bits) return 'CATCH has one width for input and weight';
  return notSymmetricInt(layer);
}

function moduleOf({ name, weight }: LayerParameters): string {
  return weight?.name.match(/^(.+)\.weight$/)?.[1] ?? name;
}

function toPlain({ inputs, weight }: LayerParameters): PlainLayer {
  const inverse = weight!.scales.map((step) => 1 / step);
  const perChannel = weight!.axis !== null;
  return {
    scale: [1 / inputs[0].scales[0], perChannel ? 0 : inverse[0]],
    ...(perChannel ? { scale_weight_per_channel: inverse, quantized_by_channel: [1] } : {}),
    quantized_mode: [WIDTHS.indexOf(weight!.bits) + 1],
    use_symmetry: [1],
  };
}

/** PyTorch counts the output channels of weights of convolutions and linear layers in dimension 0. */
function fromPlain(name: string, plain: PlainLayer, where: string): TensorParameters[] {
  const { scale, scale_weight_per_channel: perChannel, quantized_by_channel: marked } = plain;
  const at = `${where}: "${name}"`;
  if ((perChannel === undefined) !== (marked === undefined)) {
    throw new UserError(
      `${at}: scale_weight_per_channel and quantized_by_channel belong together: make the file again`,
    );
  }
  const bits = WIDTHS[plain.quantized_mode[0] - 1];
  const step = (inverse: number) => checkedStep(1 / inverse, at);
  return [
    symmetricTensor({ name, kind: 'activation', bits, axis: null, scales: [step(scale[0])] }),
    symmetricTensor({
      name,
      kind: 'weight',
      bits,
      axis: perChannel === undefined ? null : 0,
      scales: (perChannel ?? [scale[1]]).map(step),
    }),
  ];
}
