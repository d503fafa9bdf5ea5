import { count, listed, roughCount } from '../words/counts.ts';
import { rangeText, tinyShare } from '../words/ranges.ts';
import { rankedLayers, sharesText } from './diagnosis.ts';
import { escapeCode, escapeText } from './escape.ts';
import { estimatedShare } from './likely-sentence.ts';
import { renderRanges } from './markdown-ranges.ts';
import type { JudgedTarget, LayerReport, ModelReport } from './report-schema.ts';

const MAX_PLACES = 8;
const MAX_TENSORS = 16;
const MAX_EXAMPLES = 5;

/**
 * What reports say of a layer, or of the layers that read or write a tensor of this name: how much it costs on each
 * target, why, and what to do. Undefined if no model has it.
 */
export function renderLayer(models: readonly ModelReport[], name: string): string | undefined {
  const places = models.flatMap((model) =>
    judgedOf(model).flatMap((target) => placesOf(model, target, name)),
  );
  if (places.length === 0) return undefined;
  const left = places.length - MAX_PLACES;
  return [
    ...places.slice(0, MAX_PLACES),
    ...(left > 0 ? [`${count(left)} more places are in report.json.`] : []),
  ].join('\n\n');
}

/** The costliest layers by name, likely ones included, as examples of what can be asked for; '' if none was measured. */
export function renderLayerNames(models: readonly ModelReport[]): string {
  const names = models.flatMap((model) =>
    judgedOf(model).flatMap((target) =>
      [
        ...rankedLayers(target).map(({ name }) => name),
        ...(target.likelyLeaders?.layers ?? []).map(({ layer }) => layer),
      ].slice(0, MAX_EXAMPLES),
    ),
  );
  return [...new Set(names)]
    .slice(0, MAX_EXAMPLES)
    .map((name) => escapeCode(name, 200))
    .join(', ');
}

function judgedOf({ targets }: ModelReport): JudgedTarget[] {
  return targets.filter((target): target is JudgedTarget => target.verdict !== 'error');
}

function placesOf(model: ModelReport, target: JudgedTarget, name: string): string[] {
  const where = `${escapeText(model.name)} on ${escapeText(target.target)}`;
  const named = target.layers.filter((layer) => layer.name === name);
  const layers =
    named.length > 0
      ? named
      : target.layers.filter(({ tensors }) => tensors.some((tensor) => tensor.name === name));
  const floating = target.notQuantized.find(({ layer }) => layer === name);
  return [
    ...layers.map((layer) => placeOf(where, target, layer)),
    ...(floating === undefined
      ? []
      : [
          `#### ${where}: ${escapeCode(name, 200)} stays in floating point\n\n- ${escapeText(floating.why, 400)}`,
        ]),
  ];
}

function placeOf(where: string, target: JudgedTarget, layer: LayerReport): string {
  const title = `#### ${where}: ${escapeCode(layer.name, 200)} (${escapeText(layer.op, 30)})`;
  const lines = factsOf(target, layer).map((fact) => `- ${fact}`);
  const ranges = renderRanges({ ...target, layers: [layer] }, MAX_TENSORS);
  return [title, lines.join('\n'), ranges].filter((part) => part !== '').join('\n\n');
}

function factsOf(target: JudgedTarget, layer: LayerReport): string[] {
  const { attribution, likelyLeaders, remedies = [] } = target;
  const { rank, impact, shares, sqnrDb, clipRate, worstSample, accumulator } = layer;
  const facts = [
    rank !== undefined && `rank ${rank} of ${count(rankedLayers(target).length)} by what it costs`,
    impact !== undefined &&
      attribution !== undefined &&
      attribution.fullNsr > 0 &&
      `alone makes ${tinyShare(impact / attribution.fullNsr)} of the output noise`,
    likelyLeaders && likelyFact(likelyLeaders, layer.name),
    shares && `its own error is ${sharesText(shares)}`,
    sqnrDb !== undefined && `its output has an SQNR of ${sqnrDb.toFixed(1)} dB`,
    clipRate !== undefined &&
      clipRate > 0 &&
      `${tinyShare(clipRate)} of the values that it reads are clipped`,
    worstSample !== undefined && `one sample has ${tinyShare(worstSample)} of the noise`,
    accumulator !== undefined &&
      `its sums have ${accumulator.headroomBits.toFixed(1)} bits to spare in ${accumulator.bits}, and overflow ${roughCount(accumulator.overflows)} times`,
    ...layer.tensors.map(
      ({ name, suggested, ...range }) =>
        suggested &&
        `range of ${escapeCode(name, 60)}: ${rangeText(range)}, suggested ${rangeText(suggested)}, predicted ${suggested.predictedGainDb.toFixed(1)} dB better`,
    ),
    inPlan(target, layer.name),
    ...remedies
      .filter(({ unit }) => unit === layer.name)
      .map(({ sentence }) => `predicted, not measured: ${escapeText(sentence, 400)}`),
  ].filter((fact) => typeof fact === 'string');
  return facts.length > 0 ? facts.slice(0, 2 * MAX_TENSORS) : ['what it costs was not measured'];
}

/** That a layer is likely one of the costliest. */
function likelyFact(likely: NonNullable<JudgedTarget['likelyLeaders']>, name: string): string | undefined {
  const found = likely.layers.find(({ layer }) => layer === name);
  if (found === undefined) return undefined;
  const share = estimatedShare(found.impact, likely);
  const noise = share === undefined ? '' : `: alone makes about ${share} of the output noise`;
  return `likely one of the costliest${noise}, estimated on ${count(likely.probeSamples)} samples`;
}

/** What the plan of the recovery gives to a layer. */
function inPlan({ recovery }: JudgedTarget, name: string): string | false {
  const layers = recovery?.plan?.changes.layers ?? {};
  if (!Object.hasOwn(layers, name)) return false;
  const { activationBits, weightBits, float } = layers[name];
  const precision = listed([
    ...(activationBits === undefined ? [] : [`${activationBits} bits for what it reads`]),
    ...(weightBits === undefined ? [] : [`${weightBits} bits for its weights`]),
    ...(float ? ['floating point'] : []),
  ]);
  return `in the measured plan it has ${precision}`;
}
