import type { LayerParameters, LeftOut, ParameterSet } from './parameter-set.ts';

/**
 * The layers of a set that a format of layers can hold, and all else: layers by what `whyNot` says of them, and
 * activations that no layer reads, unless they are passed on from such.
 *
 * @param whyNot the reason why the format cannot hold a layer; undefined if it can
 */
export function expressible(
  set: ParameterSet,
  whyNot: (layer: LayerParameters) => string | undefined,
): { readonly layers: LayerParameters[]; readonly left: LeftOut[] } {
  const layers: LayerParameters[] = [];
  const left: LeftOut[] = [];
  for (const layer of set.layers) {
    const why = whyNot(layer);
    if (why === undefined) layers.push(layer);
    else left.push({ name: layer.name, why });
  }
  const read = new Set(set.layers.flatMap((layer) => layer.inputs.map((input) => input.name)));
  for (const { name } of set.activations) {
    if (!read.has(name) && !set.passedOn.has(name))
      left.push({ name, why: 'the format holds the inputs of layers alone' });
  }
  return { layers, left };
}
