import { type TargetChanges, targetYaml } from '../config/target-changes.ts';

import { FLOAT_BITS } from '../numerics/grid.ts';
import { rangeChoices } from '../targets/range-methods-of.ts';
import type { JudgedTarget } from './report-schema.ts';

export type ConfiguredTarget = Pick<JudgedTarget, 'target' | 'chip' | 'scheme'>;

/** A target with changes, as the whole of its entry in `targets:`. */
export function targetItem({ target, chip, scheme }: ConfiguredTarget, changes: TargetChanges): string {
  const { arch, precision, weightBits, activationBits, blockSize, encodings, float } = scheme;
  // The id has what is not the default: what it does not name need not be said.
  const named = target.slice(chip.length);
  const isOwn = (option: string) => `${named}-`.includes(`-${option}-`);
  const weights = changes.weights ?? (isOwn(scheme.weights) ? scheme.weights : undefined);
  const range =
    changes.range ?? rangeChoices.find((each) => each === scheme.range && named.endsWith(`-${each}`));
  const { weights: _, range: __, ...others } = changes;
  const [first, ...keys] = targetYaml(chip, {
    ...others,
    ...ownEntries(scheme, changes),
    ...(weights && { weights }),
    ...(range && { range }),
  }).split('\n');
  return [
    first,
    ...(arch !== undefined && isOwn(arch) ? [`  arch: ${arch}`] : []),
    ...(precision === undefined ? [] : [`  precision: ${precision}`]),
    ...(weightBits === 8 ? [] : [`  weight-bits: ${weightBits}`]),
    ...(activationBits === 8
      ? []
      : [`  activation-bits: ${activationBits === FLOAT_BITS ? 'float' : activationBits}`]),
    ...(blockSize === undefined ? [] : [`  block-size: ${blockSize}`]),
    ...(float !== undefined && isOwn(float) ? [`  float: ${float}`] : []),
    ...(encodings === undefined ? [] : [`  encodings: ${encodings}`]),
    ...keys,
  ].join('\n');
}

/** How many layers and ranges the item of a target with changes has. */
export function entriesOf({ scheme }: Pick<ConfiguredTarget, 'scheme'>, changes: TargetChanges): number {
  const { layers, pins } = ownEntries(scheme, changes);
  return (layers?.size ?? 0) + pins.length;
}

/** What changes replace as a whole or add to. */
function ownEntries(
  { recipe, layers = {}, ranges = {} }: JudgedTarget['scheme'],
  changes: TargetChanges,
): Pick<TargetChanges, 'recipe' | 'layers' | 'pins'> {
  const before = Object.entries(ranges).map(([tensor, range]) => [tensor, { tensor, ...range }] as const);
  const after = changes.pins.map((pin) => [pin.tensor, pin] as const);
  const steps = changes.recipe ?? recipe;
  return {
    ...(steps && { recipe: steps }),
    layers: new Map([...Object.entries(layers), ...(changes.layers ?? [])]),
    pins: [...new Map([...before, ...after]).values()],
  };
}
