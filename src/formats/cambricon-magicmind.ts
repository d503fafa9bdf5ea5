import { z } from 'zod';
import { parseJson } from '../json.ts';
import { notSymmetricInt, operandsOf, refuseHalfGiven, symmetricTensor } from './cambricon-layers.ts';
import { expressible } from './expressible.ts';
import { MAX_CHANNELS, MAX_LAYERS } from './json-limits.ts';
import { absMaxOf, type ParameterFormat } from './parameter-set.ts';
import { checkedStep } from './scale.ts';

const name = z.string().min(1).max(4096);
const range = z
  .tuple([z.number(), z.number().positive()])
  .refine(([low, high]) => low === -high, { error: 'the range must be symmetric' });
const operand = z.strictObject({
  tensor: name,
  kind: z.enum(['activation', 'weight']),
  bits: z.literal([8, 16]),
  axis: z.int().min(0).max(63).nullable(),
  ranges: z.array(range).min(1).max(MAX_CHANNELS),
});
const file = z.strictObject({
  quantgateMagicMind: z.literal(1),
  layers: z.array(z.strictObject({ name, operands: z.array(operand).min(1).max(2) })).max(MAX_LAYERS),
});

/**
 * The real range of every operand of every layer, ±(2^(bits−1) − 1) · step, in the order of the node's inputs.
 * MagicMind has no file of its own for ranges; `magicmind_ranges.py` sets them through its builder's API.
 */
export const cambriconMagicMind: ParameterFormat = {
  file: 'magicmind.json',
  title: 'Cambricon MagicMind dynamic ranges',

  write(set) {
    refuseHalfGiven(set);
    const { layers, left } = expressible(set, notSymmetricInt);
    const plain = layers.map((layer) => ({
      name: layer.name,
      operands: operandsOf(layer).map((t) => ({
        tensor: t.name,
        kind: t.kind,
        bits: t.bits,
        axis: t.axis,
        ranges: absMaxOf(t).map((absMax) => [-absMax, absMax]),
      })),
    }));
    return { text: `${JSON.stringify({ quantgateMagicMind: 1, layers: plain }, undefined, 1)}\n`, left };
  },

  recognizes: (text) => /^\s*\{\s*"quantgateMagicMind"/.test(text),

  read(text, where) {
    const { layers } = parseJson(text, file, {
      where,
      what: 'a MagicMind range file',
      remedy: 'make the file again',
    });
    const tensors = layers.flatMap((layer) =>
      layer.operands.map(({ tensor, ranges, ...rest }) => {
        const qmax = 2 ** (rest.bits - 1) - 1;
        const at = `${where}: layer "${layer.name}", tensor "${tensor}"`;
        const scales = ranges.map(([, high]) => checkedStep(high / qmax, at));
        return symmetricTensor({ ...rest, name: tensor, scales });
      }),
    );
    return { tensors, left: [] };
  },

  companions: [
    {
      file: 'magicmind_ranges.py',
      text: `"""Sets the ranges of magicmind.json on a parsed MagicMind network, before Builder.build_model."""
import json

import magicmind.python.runtime as mm

QINT = {8: mm.DataType.QINT8, 16: mm.DataType.QINT16}


def apply(network, path="magicmind.json"):
    with open(path, encoding="utf-8") as file:
        layers = {layer["name"]: layer["operands"] for layer in json.load(file)["layers"]}
    for node in network.get_all_nodes_in_network():
        name = node.get_node_name()
        key = name if name in layers else name.split("/", 1)[-1]
        for index, operand in enumerate(layers.pop(key, [])):
            ranges = [mm.Range(low, high) for low, high in operand["ranges"]]
            tensor = node.get_input(index)
            if operand["axis"] is None:
                status = tensor.set_dynamic_range(ranges[0], False)
            else:
                status = tensor.set_dynamic_range_per_axis(ranges, False)
            assert status.ok(), (name, index)
            assert node.set_precision(index, QINT[operand["bits"]]).ok(), (name, index)
    if layers:
        raise KeyError("the network has no nodes " + ", ".join(sorted(layers)))
`,
    },
  ],
};
