import { z } from 'zod';
import type { Target } from '../targets/target.ts';
import { layerName } from './budget-schema.ts';
import { entries } from './entries.ts';

/** Bits of the integers that some chip computes with. */
export const bits = z.int().min(4).max(16);

const layer = z
  .strictObject({
    'activation-bits': bits
      .optional()
      .describe(
        'Width of the integers of what the layer reads. A tensor that several layers read has the most that one of them asks for.',
      ),
    'weight-bits': bits.optional().describe('Width of the integers of its weights.'),
    float: z
      .literal(true)
      .optional()
      .describe('The layer stays in floating point; not on `snpe` and `onnxruntime`.'),
  })
  .superRefine((given, context) => {
    const hasBits = given['activation-bits'] !== undefined || given['weight-bits'] !== undefined;
    const message =
      given.float === undefined
        ? 'needs one of activation-bits, weight-bits, float'
        : 'a layer in floating point has no bits: leave out float or the bits';
    if (hasBits === (given.float !== undefined)) context.addIssue({ code: 'custom', message });
  });

/** `layers:` of a target. */
export const layers = z.record(layerName, layer).refine(...entries(0, 10_000));

export type LayersInput = Readonly<Record<string, z.output<typeof layer>>>;

/** What a chip cannot do of `layers`, with the path of the key behind `layers` and what the chip can. */
export function beyondChip(
  given: LayersInput,
  { title, precision, widest, floats }: Target,
): { readonly path: readonly [layer: string, key: string]; readonly message: string }[] {
  const elsewhere = floats ? ', or float: true' : '';
  const instead = `no floating point for a layer between others: give it ${both(widest)}`;
  return Object.entries(given).flatMap(([name, layer]) => {
    const tooWide = (key: 'activation-bits' | 'weight-bits', most: number) => {
      if (precision !== undefined && layer[key] !== undefined) {
        const message = `${precision} has ${most} bits: give it float: true, or leave it out`;
        return [{ path: [name, key] as const, message }];
      }
      return (layer[key] ?? 0) > most
        ? [
            {
              path: [name, key] as const,
              message: `${title} has at most ${most} bits: give no more${elsewhere}`,
            },
          ]
        : [];
    };
    return [
      ...tooWide('activation-bits', widest.activations),
      ...tooWide('weight-bits', widest.weights),
      ...(layer.float && !floats
        ? [{ path: [name, 'float'] as const, message: `${title} has ${instead}` }]
        : []),
    ];
  });
}

function both({ activations, weights }: Target['widest']): string {
  return `activation-bits up to ${activations} and weight-bits up to ${weights}`;
}
