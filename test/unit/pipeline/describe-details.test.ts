import { beforeAll, describe, expect, it } from 'vitest';
import { describeGraph } from '../../../src/pipeline/describe-graph.ts';
import { describeLeaders, leadersAmong } from '../../../src/pipeline/describe-leaders.ts';
import { describeSamples } from '../../../src/pipeline/describe-samples.ts';
import type { JudgedTarget, LayerReport } from '../../../src/report/report-schema.ts';
import { estimated, passing } from '../../support/sample-reports.ts';
import { type Judged, judged } from '../../support/staged.ts';

let stage: Judged;
beforeAll(async () => {
  stage = await judged({ targets: ['onnxruntime'] });
});

const layer = (name: string, rest: Partial<LayerReport> = {}): LayerReport => ({
  name,
  op: 'MatMul',
  tensors: [],
  ...rest,
});

describe('the graph of a model', () => {
  it('has inputs, operators and outputs by the names of the layers, and who reads whom', () => {
    const { nodes, more } = describeGraph(stage.prepared.model);
    expect(nodes.map(({ op, reads }) => [op, reads])).toEqual([
      ['Input', []],
      ['MatMul', [0]],
      ['Relu', [1]],
      ['MatMul', [2]],
      ['Output', [3]],
    ]);
    expect([nodes[0].name, nodes[4].name, more]).toEqual(['x', 'output y', 0]);
    const names = new Set(nodes.map(({ name }) => name));
    for (const unit of stage.result.candidate.quantized.units) expect(names).toContain(unit.name);
  });
});

describe('the layers that lead', () => {
  it('are those of the best ranks, and no more than twenty', () => {
    const ranked = Array.from({ length: 30 }, (_, i) => layer(`l${i}`, { rank: 30 - i }));
    const leading = leadersAmong([layer('none'), ...ranked], undefined);
    expect(leading.map(({ rank }) => rank)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('are those that likely cost the most, then those that lose the most bits, where not all were measured', () => {
    const [tensor] = passing.layers[0].tensors;
    const lossy = (name: string, bitsLost: number) => layer(name, { tensors: [{ ...tensor, bitsLost }] });
    const layers = [layer('none'), lossy('a', 0.1), lossy('b', 2)];
    const names = (likely: JudgedTarget['likelyLeaders']) =>
      leadersAmong(layers, likely).map(({ name }) => name);
    expect(names(undefined)).toEqual(['b', 'a', 'none']);
    const likely = { ...estimated.likelyLeaders!, layers: [{ layer: 'none' }, { layer: 'a' }] };
    expect(names(likely)).toEqual(['none', 'a', 'b']);
  });

  it('have the values of what they read and the weights of their channels', () => {
    const { prepared, evidence } = stage;
    const [first] = stage.result.candidate.quantized.plan.layers;
    const [tensor] = passing.layers[0].tensors;
    const tensors = [{ ...tensor, name: 'x' }];
    const target: JudgedTarget = { ...passing, layers: [layer(first.name, { rank: 1, tensors })] };
    const { histograms, channels } = describeLeaders(prepared, [target], evidence).leaders!;
    expect(histograms.map((each) => each.tensor)).toEqual(['x']);
    const { counts, min, max, from, step } = histograms[0];
    expect(counts.length).toBeLessThanOrEqual(128);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(
      evidence.calibration.histograms.get('x')!.total,
    );
    expect([from <= min, from + counts.length * step >= max]).toEqual([true, true]);
    expect(channels).toMatchObject([{ layer: first.name, channels: 8, each: 1 }]);
    expect(channels[0].ranges).toHaveLength(8);
  });
});

describe('the worst samples', () => {
  const described = (scores: readonly number[], reference: readonly number[]) => {
    const { prepared, result, evidence } = stage;
    const fp32 = { ...evidence.fp32, scores: reference };
    return describeSamples(prepared, { ...result, scores }, { ...evidence, fp32 }).worstSamples;
  };

  it('are those that lose the most, by their number in the evaluation data, the first ones first', () => {
    const [first] = stage.prepared.config.evaluation.range!;
    expect(described([1, 0, 1, 0], [1, 1, 0, 1])).toEqual([
      { sample: first + 1, fp32: { score: 1 }, int8: { score: 0 } },
      { sample: first + 3, fp32: { score: 1 }, int8: { score: 0 } },
    ]);
    expect(described([0.5, 0.1, 0.2], [0.6, 0.9, 0.1])?.map(({ sample }) => sample - first)).toEqual([1, 0]);
  });

  it('are twenty at most, and none where nothing is lost', () => {
    expect(described(new Array(40).fill(0), new Array(40).fill(1))).toHaveLength(20);
    expect(described([1, 1], [1, 0])).toBeUndefined();
  });
});
