import { describe, expect, it } from 'vitest';
import { checkNodeCount } from '../../../src/onnx/check.ts';
import { chained, looping } from '../../support/endless-models.ts';

describe('the nodes of a graph', () => {
  it('may be 50,000', () => {
    const own = chained(0, 'Relu').graph!.node.length;
    expect(() => checkNodeCount(chained(50_000 - own, 'Relu').graph!, 'm.onnx')).not.toThrow();
    expect(() => checkNodeCount(chained(50_001 - own, 'Relu').graph!, 'm.onnx')).toThrow(
      /^m\.onnx has 50001 nodes, at most 50000 are measured: .*/,
    );
  });

  it('are those of bodies as well', () => {
    const graph = looping(1n).graph!;
    const loop = graph.node.at(-1)!;
    const body = loop.attribute[0].g!;
    body.node = Array.from({ length: 50_001 - graph.node.length }, () => body.node[0]);
    expect(() => checkNodeCount(graph, 'm.onnx')).toThrow(/50001 nodes/);
  });
});
