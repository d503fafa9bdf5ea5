import { type Calibration, sampleCount } from '../calibrate/record.ts';
import type { Parameters, WeightParameters } from '../emulate/parameters.ts';
import type { Layer } from '../emulate/plan.ts';
import { channelAbsMax } from '../numerics/channels.ts';
import type { QuantParams } from '../numerics/grid.ts';
import type {
  BaselineState,
  JudgedTarget,
  LayerReport,
  ModelReport,
  TensorReport,
} from '../report/schema.ts';
import type { Fp32 } from './fp32.ts';
import type { TargetResult } from './judge-target.ts';
import type { PlannedTarget, Prepared } from './prepare.ts';

/** The entry of one model in report.json. */
export function describeModel(
  prepared: Prepared,
  calibration: Calibration,
  fp32: Fp32,
  targets: readonly JudgedTarget[],
): ModelReport {
  return {
    name: prepared.config.name,
    modelSha256: prepared.model.sha256,
    dataSha256: fp32.baseline.dataSha256,
    opset: prepared.model.opset,
    calibrationSamples: sampleCount(calibration),
    baseline: baselineState(fp32),
    targets,
  };
}

function baselineState({ state, baseline }: Fp32): BaselineState {
  switch (state.kind) {
    case 'compared':
      return { state: 'compared', metric: baseline.metric, value: baseline.value, sha: baseline.commit };
    case 'no-baseline-yet':
      return { state: 'no-baseline-yet' };
    case 'baseline-unavailable':
      return { state: 'baseline-unavailable', reason: state.reason };
  }
}

/** The entry of one target in report.json. */
export function describeTarget(
  prepared: Prepared,
  target: PlannedTarget,
  result: TargetResult,
): JudgedTarget {
  const { judgement, integer, parameters } = result;
  const {
    verdict,
    reasons,
    fp32,
    quantized,
    drop,
    budget,
    confidence,
    interval,
    flips,
    samples,
    samplesToDecide,
    pValue,
  } = judgement;
  const { id, chip, weights, weightBits, activationBits, range } = target.config;
  return {
    target: id,
    chip,
    scheme: { weights, weightBits, activationBits, range },
    verdict,
    reasons: [...reasons],
    metric: {
      name: prepared.metric.name,
      unit: prepared.metric.unit,
      fp32,
      quantized,
      drop,
      budget,
      confidence,
      interval: [interval[0], interval[1]],
      flips,
      samples,
      samplesToDecide,
      ...(pValue === undefined ? {} : { pValue }),
    },
    ...(integer === undefined || 'notRun' in integer ? {} : { realInt8: integer }),
    layers: target.plan.layers.map((layer) => describeLayer(layer, parameters, prepared.model.weightNames)),
    notQuantized: [...target.plan.notQuantized],
    files: [],
  };
}

function describeLayer(
  layer: Layer,
  parameters: Parameters,
  weightNames: ReadonlyMap<string, string>,
): LayerReport {
  const tensors: TensorReport[] = layer.activations.flatMap((name) => {
    const params = parameters.activations.get(name);
    return params === undefined ? [] : [{ name, kind: 'input-activation' as const, ...plain(params) }];
  });
  const weights = parameters.weights.get(layer.name);
  if (weights !== undefined) {
    const name = weightNames.get(layer.weight!.name) ?? layer.weight!.name;
    tensors.push({ name, kind: 'weight', ...overChannels(weights) });
  }
  const output = parameters.activations.get(layer.output);
  if (output !== undefined) tensors.push({ name: layer.output, kind: 'output-activation', ...plain(output) });
  return { name: layer.name, op: layer.op, tensors };
}

function plain({ alpha, beta, scale, zeroPoint }: QuantParams) {
  return { alpha, beta, scale, zeroPoint };
}

/** Channels of zeros have a scale only in name, and would hide the others'. */
function overChannels({ params, data, dims, axis }: WeightParameters) {
  if (params.length === 1) return plain(params[0]);
  const largest = channelAbsMax(data, dims, axis);
  const live = params.filter((_, channel) => largest[channel] > 0);
  const counted = live.length > 0 ? live : params;
  const extreme = (pick: (p: QuantParams) => number, of: (a: number, b: number) => number) =>
    counted.map(pick).reduce((a, b) => of(a, b));
  const scale = {
    channels: params.length,
    min: extreme((p) => p.scale, Math.min),
    max: extreme((p) => p.scale, Math.max),
  };
  return {
    alpha: extreme((p) => p.alpha, Math.min),
    beta: extreme((p) => p.beta, Math.max),
    scale,
    zeroPoint: params[0].zeroPoint,
  };
}
