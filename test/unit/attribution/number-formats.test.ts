import { beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { targetOf } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { batchOf, schemeOf, unitsUnder } from '../../support/quantized-units.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const [ROWS, K] = [64, 96];
const product = () =>
  load({
    nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', K] }],
    outputs: [{ name: 'y', dims: ['N', 8] }],
    constants: { w: random([K, 8], 3) },
  });
const probes = () => [batchOf({ x: floats([ROWS, K], noise(ROWS * K, 5)) })];

describe('the local error of a product', () => {
  it('is shared by weights and activations in FP8, and clipped where the range ends before the values', async () => {
    const scheme = schemeOf(targetOf('tensorrt', { precision: 'fp8' })!);
    const sharesFor = async (beta: number) => {
      const { errors } = unitsUnder(await product(), scheme, { x: { alpha: -beta, beta } });
      const [{ nsr, shares, clipRate }] = [...(await errors(probes(), load.runtime)).values()];
      return { nsr, clipRate, ...shares! };
    };
    const whole = await sharesFor(4);
    expect(whole.weightRound + whole.activationRound).toBeCloseTo(1, 3);
    expect(Math.min(whole.weightRound, whole.activationRound)).toBeGreaterThan(0.3);
    // Three bits of fraction: about 31 dB for either operand.
    expect(10 * Math.log10(whole.nsr)).toBeLessThan(-26);
    const narrow = await sharesFor(0.25);
    expect(narrow.activationClip).toBeGreaterThan(0.8);
    expect(narrow.clipRate).toBeGreaterThan(0.5);
  });

  it('is that of the weight alone where weights in blocks meet activations in floating point', async () => {
    const target = targetOf('onnxruntime', { blockSize: 32 })!;
    const scheme = schemeOf(target, { weightBits: 4, activationBits: 32, blockSize: 32 });
    const { errors } = unitsUnder(await product(), scheme, {});
    const [{ nsr, shares }] = [...(await errors(probes(), load.runtime)).values()];
    expect(shares!.weightRound + shares!.weightClip).toBeCloseTo(1, 6);
    expect(nsr).toBeGreaterThan(0);
  });
});
