import type { ModelConfig } from '../config/config.ts';
import { checkExceptions } from '../config/exceptions.ts';
import { otherNames } from '../config/suggest.ts';
import type { LayerPrecision, TargetConfig } from '../config/target-id.ts';
import { quote, UserError } from '../errors.ts';
import { type Planned, planModel } from '../quantization/planned.ts';
import { type PrecisionPlace, precisionPlaces } from '../quantization/precision.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

/** A target and where it quantizes the model. */
interface PlannedTarget extends Pick<Planned, 'model' | 'scheme' | 'plan'> {
  readonly config: TargetConfig;
}

/** @throws UserError when the config names a tensor or a layer that no target has, or asks of it what it has not */
export function checkNames(
  config: ModelConfig,
  model: LoadedModel,
  planned: readonly PlannedTarget[],
  activations: readonly string[],
): void {
  if (model.file !== undefined) refuseChoices(config);
  checkPins(config, planned, activations);
  for (const each of planned) checkLayers(config.name, each);
  const layers = planned.flatMap(({ plan }) => plan.layers);
  const weights = layers.flatMap(({ weight }) => weight?.name ?? []);
  checkExceptions(
    config,
    [...activations, ...weights.map((name) => model.weightNames.get(name) ?? name)],
    layers.map(({ name }) => name),
  );
}

/** Of a file that is quantized already nothing is chosen. */
function refuseChoices({ name, path, targets }: ModelConfig): void {
  const refuse = (key: string, what: string) => {
    throw new UserError(
      `${name}: ${key}: ${path} is quantized already, and its own grids are judged: quantize it again with ${what}`,
    );
  };
  if (targets.some(({ ranges }) => ranges.size > 0)) refuse('ranges', 'these ranges');
  if (targets.some(({ layers }) => layers.size > 0)) refuse('layers', 'these bits');
  if (targets.some(({ precision }) => precision !== undefined)) refuse('precision', 'this precision');
  if (targets.some(({ blockSize }) => blockSize !== undefined)) refuse('block-size', 'these blocks');
  if (targets.some(({ recipe }) => recipe.length > 0)) refuse('recipe', 'this recipe');
}

/** What a model pins some target has to quantize; what a target pins, that one. */
function checkPins(
  { name, ranges }: ModelConfig,
  planned: readonly PlannedTarget[],
  activations: readonly string[],
): void {
  const check = (where: string, tensors: Iterable<string>, known: readonly string[], who: string) => {
    for (const tensor of tensors) {
      if (known.includes(tensor)) continue;
      throw new UserError(
        `${where}: ranges: ${quote(tensor)} is no activation that ${who} quantizes: ${otherNames(tensor, known)}`,
      );
    }
  };
  check(name, ranges.keys(), activations, 'a target');
  for (const { config, plan } of planned) {
    const own = [...config.ranges.keys()].filter((tensor) => !ranges.has(tensor));
    check(`${name}, ${config.id}`, own, [...plan.activations.keys()], 'it');
  }
}

/** What has a precision of its own the target has to quantize without it, and to have what it is given bits for. */
function checkLayers(name: string, { config, model, scheme }: PlannedTarget): void {
  if (config.layers.size === 0) return;
  const { plan, units } = planModel(model, scheme);
  const places = precisionPlaces(model.view, plan, units);
  const known = places.map((place) => place.name);
  const outputs = new Set(units.filter(({ node }) => node === undefined).map((unit) => unit.name));
  for (const [layer, precision] of config.layers) {
    const place = places.find((each) => each.name === layer);
    const why =
      place === undefined
        ? `is no layer that it quantizes: ${otherNames(layer, known)}`
        : unfit(place, precision, outputs.has(layer));
    if (why !== undefined) throw new UserError(`${name}, ${config.id}: layers: ${quote(layer)} ${why}`);
  }
}

function unfit(
  { reads, hasWeight }: PrecisionPlace,
  { activationBits, weightBits, float }: LayerPrecision,
  isOutput: boolean,
): string | undefined {
  if (weightBits !== undefined && !hasWeight)
    return 'has no weight that is quantized: give it activation-bits';
  if (activationBits !== undefined && reads.length === 0)
    return 'reads no activation that is quantized: give it weight-bits';
  return float && isOutput ? 'is no operator: keep the one before it in floating point' : undefined;
}
