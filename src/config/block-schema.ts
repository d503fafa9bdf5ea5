import { z } from 'zod';
import { chipsWith } from '../targets/index.ts';
import type { Target } from '../targets/target.ts';
import type { LayersInput } from './layer-schema.ts';
import type { TargetInput } from './target-id.ts';

const SIZES = [16, 32, 64, 128, 256];

export const blockSize = z
  .int()
  .min(16)
  .max(256)
  .describe(
    [
      'So many input channels of an output channel whose weights have a scale together: 16, 32, 64, 128 or 256.',
      '- `onnxruntime`, with `weight-bits: 4` or `8` and `activation-bits: float`: written as MatMulNBits, and run for real.',
      '- `snpe`, with `weight-bits: 4` and activations of 8 or 16 bits: LPBQ, of matrix products and 1x1 convolutions, in encodings 1.0.0 or 2.0.0.',
      'Recipes that round pass weights in blocks over.',
    ].join('\n'),
  );

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * What contradicts `block-size` in the entry of a target.
 *
 * @param as the chip with weights in blocks; undefined where it takes none
 */
export function blockProblems(given: Exclude<TargetInput, string>, as: Target | undefined): Problem[] {
  const { chip, precision, layers = {} } = given;
  if (precision !== undefined)
    return [
      { path: ['block-size'], message: `goes with integers, not with ${precision}: leave one of them out` },
    ];
  if (as?.blocks === undefined)
    return [
      {
        path: ['block-size'],
        message: `${chip} takes no weights in blocks, only ${chipsWith({}).join(', ')}`,
      },
    ];
  const problems: Problem[] = [];
  if (!SIZES.includes(given['block-size']!))
    problems.push({ path: ['block-size'], message: `must be one of ${SIZES.join(', ')}` });
  const isFloat = given['activation-bits'] === 'float';
  if (as.placement.kind === 'none' && !isFloat)
    problems.push({
      path: ['activation-bits'],
      message: `${as.title} reads floating point: say activation-bits: float`,
    });
  if (as.placement.kind !== 'none' && isFloat)
    problems.push({ path: ['activation-bits'], message: `${as.title} reads integers: give it 8 or 16` });
  // Where other layers have integers as well, weights of other bits have no blocks.
  const own = as.placement.kind === 'none' ? layers : {};
  return [...problems, ...widths(given['weight-bits'], own, as.blocks.weightBits)];
}

function widths(bits: number, layers: LayersInput, taken: readonly number[]): Problem[] {
  const message = `weights in blocks have ${taken.join(' or ')} bits`;
  const ofLayers = Object.entries(layers).flatMap(([name, layer]) =>
    layer['weight-bits'] === undefined
      ? []
      : [{ path: ['layers', name, 'weight-bits'], bits: layer['weight-bits'] }],
  );
  return [{ path: ['weight-bits'], bits }, ...ofLayers].flatMap(({ path, bits }) =>
    taken.includes(bits) ? [] : [{ path, message }],
  );
}
