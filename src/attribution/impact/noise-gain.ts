import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { NoiseGains } from '../../baseline/noise-gains.ts';
import type { Batch } from '../../data/batch.ts';
import { inSight } from '../../emulation/in-sight.ts';
import { SEED } from '../../numerics/seed.ts';
import { addConstant, addFloats, addNode, freshTensor, putNode } from '../../onnx/draft.ts';
import { makeNode } from '../../onnx/graph.ts';
import type { Planned } from '../../quantization/planned.ts';
import { type Sight, sightOf } from '../../quantization/sight.ts';
import type { Unit } from '../../quantization/units.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { allOutputs } from './measured-tensors.ts';
import { impactOf } from './output-noise.ts';
import { type Branch, switchable } from './switchable.ts';
import { openSwitched } from './switched-session.ts';

const KINDS = ['constant', 'white'] as const;

/** NSR of the noise that is added: far above the rounding of float32, far below what changes how the model works. */
const ADDED_NSR = 1e-3;

interface GainOptions {
  readonly outputs?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Measures on the FP32 model how much of the noise at the output of each unit arrives at the outputs that the metric
 * reads. It takes two runs over the probes for each unit. Units that make no float32 tensor have no gain.
 *
 * @param outputs names of the outputs that the metric reads; all of the model if left out
 * @param signal ends the measurement between two runs
 * @throws UserError when there are no probe samples
 */
export async function measureNoiseGains(
  { model, units }: Pick<Planned, 'model' | 'units'>,
  probes: readonly Batch[],
  runtime: Runtime,
  { outputs = allOutputs(model), signal }: GainOptions = {},
): Promise<NoiseGains> {
  const noisy = units.filter((unit) => model.tensors.get(outputOf(unit))?.type === 'float32');
  const gains = new Map(noisy.map(({ name }) => [name, { constant: 0, white: 0 }]));
  const seen = { model, sight: sightOf(model) };
  for (const kind of KINDS) {
    const switched = switchable(
      { model, units: noisy },
      (unit, branch) => addNoise(kind, unit, branch, seen),
      outputs,
    );
    const session = await openSwitched(switched, probes, runtime);
    try {
      for (const [name, gain] of gains) {
        signal?.throwIfAborted();
        gain[kind] = impactOf(await session.measure(new Set([name]))).nsr / ADDED_NSR;
      }
    } finally {
      await session.close();
    }
  }
  return Object.fromEntries(gains);
}

const outputOf = (unit: Unit) => unit.node?.output[0] ?? unit.reads[0].tensor;

/** Adds noise with ADDED_NSR times the power of a unit's first output over the whole run. */
function addNoise(
  kind: (typeof KINDS)[number],
  unit: Unit,
  { graph, node, draft }: Branch,
  { model, sight }: { readonly model: LoadedModel; readonly sight: Sight },
): void {
  const [output] = node.output;
  const name = (part: string) => `${output}/${part}`;
  const exact = freshTensor(draft, name('exact'));
  node.output[0] = exact;
  const share = addFloats(draft, name('share'), [ADDED_NSR]);
  const pattern =
    kind === 'constant'
      ? addConstant(draft, name('pattern'), signs(unit, model))
      : addNode(draft, 'RandomNormalLike', [exact], name('pattern'), { seed: { f: SEED } });
  const seen = inSight(draft, exact, outputOf(unit), sight);
  const square = addNode(draft, 'Mul', [seen, seen], name('square'));
  const mean = addNode(draft, 'ReduceMean', [square], name('mean'), { keepdims: 0 });
  const power = addNode(draft, 'Mul', [mean, share], name('power'));
  const amplitude = addNode(draft, 'Sqrt', [power], name('amplitude'));
  const noise = addNode(draft, 'Mul', [pattern, amplitude], name('noise'));
  putNode(draft, makeNode('Add', [exact, noise], [output]));
  graph.node.push(...draft.nodes);
}

/** One of +1 and −1 for each channel of a unit's output; a single one where the channels are not known. */
function signs(unit: Unit, model: LoadedModel) {
  const dims = model.tensors.get(outputOf(unit))?.dims ?? [null];
  const axis = ['MatMul', 'Gemm'].includes(unit.op) || dims.length < 3 ? dims.length - 1 : 1;
  const channels = dims[axis] ?? 1;
  const random = xoroshiro128plus(SEED);
  const data = Float32Array.from({ length: channels }, () => 2 * uniformInt(random, 0, 1) - 1);
  const trailing = new Array<number>(Math.max(dims.length - 1 - axis, 0)).fill(1);
  return { type: 'float32', dims: [channels, ...trailing], data } as const;
}

/** From this many units on, a stored gain and the local errors choose which ones are measured. */
export const PREFILTER_FROM = 200;
const SHORTLIST = 20;

/**
 * The units worth measuring at the end of the model: those of the greatest predicted cost, which kept at least nine of the
 * true first ten (twelve pairs of models and schemes of 10 to 110 units). Where units without a gain would take all places,
 * the model has other names than the stored one, and all units are worth it.
 *
 * @param localNsr NSR at each unit's own output with FP32 inputs, by the unit's name
 * @returns 20 names, or all where there are fewer, and where more than 20 have no gain
 */
export function shortlist(gains: NoiseGains, localNsr: ReadonlyMap<string, number>): Set<string> {
  const names = [...localNsr.keys()];
  if (names.filter((name) => !Object.hasOwn(gains, name)).length > SHORTLIST) return new Set(names);
  return new Set(byPredictedCost(localNsr, gains).slice(0, SHORTLIST));
}

/**
 * Units by gain × local NSR, and by local NSR alone where no gains are stored. How much of a local error is constant is not
 * known: the gain is the geometric mean of both kinds, which keeps more of the true first ten than the greater of both or white
 * noise alone. Units without a gain, which the stored model did not have, come first. The product ranks; its magnitude is off by up
 * to nine times and is not to be shown.
 *
 * @param localNsr NSR at each unit's own output with FP32 inputs, by the unit's name
 * @returns names by falling cost
 */
export function byPredictedCost(
  localNsr: ReadonlyMap<string, number>,
  gains: NoiseGains | undefined,
): string[] {
  const stored = new Map(Object.entries(gains ?? {}));
  const predicted = [...localNsr].map(([name, nsr]) => {
    const gain = stored.get(name);
    return { name, nsr, cost: gain === undefined ? Infinity : Math.sqrt(gain.constant * gain.white) * nsr };
  });
  const falling = (a: number, b: number) => (a === b ? 0 : b - a);
  predicted.sort((a, b) => falling(a.cost, b.cost) || falling(a.nsr, b.nsr));
  return predicted.map(({ name }) => name);
}
