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

/**
 * Checks what is said of the model for all of its targets.
 *
 * @param planned every target of the model
 * @param activations every activation that some target quantizes
 * @throws UserError when a pin or an exception names a tensor or a layer that no target has, or there is nothing to pin
 */
export function checkNames(
  config: ModelConfig,
  model: LoadedModel,
  planned: readonly PlannedTarget[],
  activations: readonly string[],
): void {
  if (model.file !== undefined && config.ranges.size > 0)
    throw quantizedAlready(model, `${config.name}: ranges`, 'these ranges');
  checkPins(`${config.name}: ranges`, config.ranges.keys(), activations, 'a target');
  const layers = planned.flatMap(({ plan }) => plan.layers);
  const weights = layers.flatMap(({ weight }) => weight?.name ?? []);
  checkExceptions(
    config,
    [...activations, ...weights.map((name) => model.weightNames.get(name) ?? name)],
    layers.map(({ name }) => name),
  );
}

/**
 * Checks what is said of one target alone.
 *
 * @param ofModel what the model pins on all of its targets
 * @throws UserError when it names a tensor or a layer that the target does not have, or asks of it what it has not
 */
export function checkOwnNames(target: PlannedTarget, ofModel: ModelConfig['ranges']): void {
  const { config, model, plan } = target;
  const own = [...config.ranges.keys()].filter((tensor) => !ofModel.has(tensor));
  if (model.file !== undefined) refuseChoices(config, model, own.length > 0);
  checkPins('ranges', own, [...plan.activations.keys()], config.id);
  checkLayers(target);
}

/** Of a file that is quantized already nothing is chosen. */
function refuseChoices(target: TargetConfig, model: LoadedModel, hasRanges: boolean): void {
  const { layers, precision, blockSize, recipe } = target;
  if (hasRanges) throw quantizedAlready(model, 'ranges', 'these ranges');
  if (layers.size > 0) throw quantizedAlready(model, 'layers', 'these bits');
  if (precision !== undefined) throw quantizedAlready(model, 'precision', 'this precision');
  if (blockSize !== undefined) throw quantizedAlready(model, 'block-size', 'these blocks');
  if (recipe.length > 0) throw quantizedAlready(model, 'recipe', 'this recipe');
}

function quantizedAlready({ where }: LoadedModel, key: string, what: string): UserError {
  return new UserError(
    `${key}: ${where} is quantized already, and its own grids are judged: quantize it again with ${what}`,
  );
}

function checkPins(where: string, tensors: Iterable<string>, known: readonly string[], who: string): void {
  for (const tensor of tensors) {
    if (known.includes(tensor)) continue;
    throw new UserError(
      `${where}: ${quote(tensor)} is no activation that ${who} quantizes: ${otherNames(tensor, known)}`,
    );
  }
}

/** What has a precision of its own the target has to quantize without it, and to have what it is given bits for. */
function checkLayers({ config, model, scheme }: PlannedTarget): void {
  if (config.layers.size === 0) return;
  const { plan, units } = planModel(model, scheme);
  const places = precisionPlaces(model.view, plan, units);
  const known = places.map((place) => place.name);
  const outputs = new Set(units.filter(({ node }) => node === undefined).map((unit) => unit.name));
  for (const [layer, precision] of config.layers) {
    const place = places.find((each) => each.name === layer);
    const why =
      place === undefined
        ? `is no layer that ${config.id} quantizes: ${otherNames(layer, known)}`
        : unfit(place, precision, { id: config.id, isOutput: outputs.has(layer) });
    if (why !== undefined) throw new UserError(`layers: ${quote(layer)} ${why}`);
  }
}

function unfit(
  { reads, hasWeight }: PrecisionPlace,
  { activationBits, weightBits, float }: LayerPrecision,
  { id, isOutput }: { readonly id: string; readonly isOutput: boolean },
): string | undefined {
  if (weightBits !== undefined && !hasWeight)
    return `has no weight that ${id} quantizes: give it activation-bits`;
  if (activationBits !== undefined && reads.length === 0)
    return `reads no activation that ${id} quantizes: give it weight-bits`;
  return float && isOutput ? 'is no operator: keep the one before it in floating point' : undefined;
}
