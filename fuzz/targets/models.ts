import { readQdq } from '../../src/formats/qdq-onnx.ts';
import { withDenseInitializers } from '../../src/onnx/dense.ts';
import { viewGraph } from '../../src/onnx/graph.ts';
import { parseModel, serializeModel } from '../../src/onnx/model.ts';
import { randomOperators } from '../../src/onnx/random-operators.ts';
import { readExternalNames, readModel } from '../../src/onnx/read-model.ts';
import { withoutQuantizers } from '../../src/onnx/without-quantizers.ts';
import { planModel } from '../../src/quantization/planned.ts';
import { loadModel } from '../../src/runtime/load-model.ts';
import { type Runtime, startRuntime } from '../../src/runtime/runtime.ts';
import { targets } from '../../src/targets/index.ts';
import { externalized } from '../../test/support/external-data.ts';
import { tinyClassifier } from '../../test/support/models.ts';
import type { Samples } from '../samples.ts';
import type { FuzzTarget } from '../target.ts';
import { scratchFile } from './scratch.ts';

const tokens = [
  'Conv',
  'If',
  'Loop',
  'then_branch',
  'QuantizeLinear',
  'DequantizeLinear',
  'Constant',
  'ai.onnx',
];

export function modelTargets({ model, qdq }: Samples): FuzzTarget[] {
  const outside = externalized(tinyClassifier(), 'w.bin').model;
  let runtime: Promise<Runtime> | undefined;
  return [
    {
      name: 'model',
      seeds: [model, qdq],
      tokens,
      run: (bytes) => {
        const parsed = parseModel(bytes, 'm.onnx');
        const dense = withDenseInitializers(parsed, 'm.onnx');
        viewGraph(dense);
        randomOperators(parsed);
        readQdq(parsed, 'm.onnx');
        withoutQuantizers(dense, 'm.onnx');
        serializeModel(parsed);
      },
    },
    {
      name: 'external-data',
      seeds: [outside],
      tokens: [
        'location',
        'offset',
        'length',
        '../',
        '/etc/passwd',
        'w.bin',
        'm.onnx',
        '18446744073709551615',
      ],
      run: async (bytes) => {
        const file = scratchFile('m.onnx', bytes);
        scratchFile('w.bin', Buffer.alloc(144));
        await readExternalNames(file, 'm.onnx');
        await readModel(file, 'm.onnx');
      },
    },
    {
      name: 'model-load',
      seeds: [model, qdq],
      tokens,
      run: async (bytes) => {
        runtime ??= startRuntime('cpu');
        const file = await readModel(scratchFile('l.onnx', bytes), 'l.onnx');
        const loaded = await loadModel(file, 'l.onnx', await runtime);
        const bits = { weightBits: 8, activationBits: 8, range: 'native' } as const;
        for (const target of Object.values(targets))
          planModel(loaded, { target, granularity: target.weights.granularity, ...bits });
      },
    },
  ];
}
