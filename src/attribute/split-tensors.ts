import type { Parameters } from '../emulate/parameters.ts';
import { activationQuantizer, clamp } from '../emulate/quantizer.ts';
import { makeNode } from '../onnx/graph.ts';
import type { GraphEdit } from './graph-edit.ts';

/** The forms of an activation on its way to a grid, by their names in the graph. */
export interface SplitTensor {
  /** As it is. */
  readonly real: string;
  readonly clipped: string;
  /** On the grid, as real values. */
  readonly rounded: string;
  /** clipped − real. */
  readonly clipError: string;
  /** rounded − clipped. */
  readonly roundError: string;
  /** Share of its values beyond the grid's ends: a scalar output. */
  readonly clipRate: string;
}

/** Makes the forms of activations on first use; those that no grid is planned for have none. */
export function tensorSplitter(parameters: Parameters, edit: GraphEdit, opset: number) {
  const { activations, activationGrid, scheme } = parameters;
  const made = new Map<string, SplitTensor>();
  return (tensor: string): SplitTensor | undefined => {
    const params = activations.get(tensor);
    const known = made.get(tensor);
    if (params === undefined || known !== undefined) return known;
    const name = (part: string) => `split/tensor/${tensor}/${part}`;
    edit.add(clamp(tensor, name('clipped'), params.alpha, params.beta, opset));
    edit.add(
      activationQuantizer(tensor, name('rounded'), params, activationGrid, scheme.target.rounding, opset),
    );
    edit.add({
      nodes: [
        makeNode('Sub', [name('clipped'), tensor], [name('clip-error')]),
        makeNode('Sub', [name('rounded'), name('clipped')], [name('round-error')]),
        makeNode('Cast', [name('clip-error')], [name('is-clipped')], { to: 9 }),
        makeNode('Cast', [name('is-clipped')], [name('counted')], { to: 1 }),
        makeNode('ReduceMean', [name('counted')], [name('clip-rate')], { keepdims: 0 }),
      ],
      constants: [],
    });
    edit.output(name('clip-rate'));
    const split: SplitTensor = {
      real: tensor,
      clipped: name('clipped'),
      rounded: name('rounded'),
      clipError: name('clip-error'),
      roundError: name('round-error'),
      clipRate: name('clip-rate'),
    };
    made.set(tensor, split);
    return split;
  };
}
