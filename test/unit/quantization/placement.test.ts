import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type NodeProto,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { isMoving } from '../../../src/onnx/moving.ts';
import { planFor } from '../../../src/quantization/plan.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { floats, type PortSpec, random } from '../../support/models.ts';
import { statedModel } from '../../support/stated-model.ts';

const ports = (...names: string[]): PortSpec[] => names.map((name) => ({ name, dims: [2, 2] }));
const constants = {
  w: random([2, 2]),
  v: random([2, 2], 2),
  c: random([2, 2], 3),
  shift: random([2, 2], 4),
  bound: floats([1], [-Infinity]),
};

function placesOf(chip: Chip, nodes: NodeProto[], given: { outputs?: string[]; stated?: PortSpec[] } = {}) {
  const model = statedModel(
    {
      nodes,
      inputs: ports('x', 'z'),
      outputs: ports(...(given.outputs ?? ['y'])),
      constants: constants as Record<string, Tensor>,
    },
    given.stated,
  );
  return new Map(
    [...planFor(model, targets[chip]).activations].map(([name, uses]) => [
      name,
      uses.map(({ node, input }) => `${node.name}:${input}`),
    ]),
  );
}

describe('where operators’ inputs are quantized', () => {
  it('every layer reads the quantized form of its activations, and nothing else does', () => {
    const places = placesOf('cambricon', [
      makeNode('MatMul', ['x', 'w'], ['a']),
      makeNode('MatMul', ['v', 'x'], ['b']),
      makeNode('MatMul', ['a', 'b'], ['m']),
      makeNode('Add', ['m', 'x'], ['y']),
    ]);
    expect([...places]).toEqual([
      ['x', ['a/MatMul:0', 'b/MatMul:1']],
      ['a', ['m/MatMul:0']],
      ['b', ['m/MatMul:1']],
    ]);
  });

  it('a bias is no such input, though it is computed', () => {
    expect([...placesOf('cambricon', [makeNode('Gemm', ['x', 'w', 'z'], ['y'])]).keys()]).toEqual(['x']);
  });

  it('an Add of two activations is one where the engine adds integers, no other operator and no constant', () => {
    const nodes = [
      makeNode('Add', ['x', 'z'], ['a']),
      makeNode('Add', ['a', 'c'], ['b']),
      makeNode('Mul', ['a', 'b'], ['y']),
    ];
    expect([...placesOf('tensorrt', nodes)]).toEqual([
      ['x', ['a/Add:0']],
      ['z', ['a/Add:1']],
    ]);
    expect(placesOf('cambricon', nodes).size).toBe(0);
  });
});

describe('where the shortcut of an Add is quantized', () => {
  const onto = (nodes: NodeProto[], outputs?: string[]) => [
    ...placesOf('openvino', nodes, { outputs }).keys(),
  ];

  it('what a layer alone hands to it is not, wherever it stands, nor with a Relu between', () => {
    expect(onto([makeNode('MatMul', ['x', 'w'], ['a']), makeNode('Add', ['a', 'z'], ['y'])])).toEqual([
      'x',
      'z',
    ]);
    expect(onto([makeNode('MatMul', ['x', 'w'], ['a']), makeNode('Add', ['z', 'a'], ['y'])])).toEqual([
      'x',
      'z',
    ]);
    const activated = [makeNode('MatMul', ['x', 'w'], ['a']), makeNode('Relu', ['a'], ['b'])];
    expect(onto([...activated, makeNode('Add', ['b', 'z'], ['y'])])).toEqual(['x', 'z']);
  });

  it('of two layers the second one is', () => {
    const nodes = [makeNode('MatMul', ['x', 'w'], ['a']), makeNode('MatMul', ['z', 'v'], ['b'])];
    expect(onto([...nodes, makeNode('Add', ['b', 'a'], ['y'])])).toEqual(['x', 'z', 'a']);
  });

  it('what others read as well is, and so is an output', () => {
    const nodes = [makeNode('MatMul', ['x', 'w'], ['a']), makeNode('Add', ['a', 'z'], ['y'])];
    expect(onto([...nodes, makeNode('Exp', ['a'], ['e'])], ['y', 'e'])).toEqual(['x', 'a', 'z']);
    expect(onto(nodes, ['y', 'a'])).toEqual(['x', 'a', 'z']);
  });

  it('what no layer makes is', () => {
    const nodes = [makeNode('Exp', ['x'], ['a']), makeNode('Relu', ['z'], ['b'])];
    expect(onto([...nodes, makeNode('Add', ['a', 'b'], ['y'])])).toEqual(['a', 'b']);
  });
});

describe('where every activation is quantized', () => {
  it('what operators make is, with all that read it, and so are inputs and outputs of the model', () => {
    const places = placesOf('snpe', [
      makeNode('Sigmoid', ['x'], ['a']),
      makeNode('Mul', ['a', 'x'], ['b']),
      makeNode('Add', ['b', 'c'], ['y']),
    ]);
    expect([...places]).toEqual([
      ['x', ['a/Sigmoid:0', 'b/Mul:1']],
      ['a', ['b/Mul:0']],
      ['b', ['y/Add:0']],
      ['y', []],
      ['c', ['y/Add:1']],
    ]);
  });

  it('a constant that an operator takes like an activation is, and no other', () => {
    const places = placesOf('snpe', [
      makeNode('Mul', ['x', 'c'], ['a']),
      makeNode('Clip', ['a', 'c'], ['b']),
      makeNode('LayerNormalization', ['b', 'c', 'shift'], ['y']),
    ]);
    expect(places.get('c')).toEqual(['a/Mul:1', 'y/LayerNormalization:1']);
    expect(places.has('shift')).toBe(false);
  });

  it('a constant that is infinite is not, but where it is added, as a mask is', () => {
    const nodes = (op: string) => [makeNode(op, ['x', 'bound'], ['y'])];
    expect(placesOf('snpe', nodes('Max')).has('bound')).toBe(false);
    expect(placesOf('snpe', nodes('Add')).has('bound')).toBe(true);
  });

  it('only float32 is', () => {
    const nodes = [makeNode('Shape', ['x'], ['s']), makeNode('Expand', ['x', 's'], ['y'])];
    const places = placesOf('snpe', nodes, { stated: [{ name: 's', dims: [2], type: 'int64' }] });
    expect([...places.keys()]).toEqual(['x']);
  });

  it('an output that is left out has no grid', () => {
    expect([
      ...placesOf('snpe', [makeNode('Dropout', ['x'], ['a', '']), makeNode('Exp', ['a'], ['y'])]).keys(),
    ]).toEqual(['x', 'y']);
  });

  it('what neither comes from nor goes to an operator that the toolchain quantizes is not', () => {
    const places = placesOf('onnxruntime', [
      makeNode('Exp', ['x'], ['a']),
      makeNode('Log', ['a'], ['b']),
      makeNode('MatMul', ['b', 'w'], ['d']),
      makeNode('Exp', ['d'], ['e']),
      makeNode('Neg', ['e'], ['y']),
    ]);
    expect([...places.keys()]).toEqual(['b', 'd']);
  });

  it('the Relu or Clip behind a layer is fused: what lies between has no grid', () => {
    for (const op of ['Relu', 'Clip']) {
      const nodes = [makeNode('MatMul', ['x', 'w'], ['a']), makeNode(op, ['a'], ['y'])];
      expect([...placesOf('rknn', nodes).keys()]).toEqual(['x', 'y']);
    }
  });

  it.each<[string, NodeProto[], { outputs?: string[] }]>([
    ['another operator', [makeNode('MatMul', ['x', 'w'], ['a']), makeNode('Sigmoid', ['a'], ['y'])], {}],
    [
      'more than one reader',
      [
        makeNode('MatMul', ['x', 'w'], ['a']),
        makeNode('Relu', ['a'], ['b']),
        makeNode('Relu', ['a'], ['d']),
        makeNode('Add', ['b', 'd'], ['y']),
      ],
      {},
    ],
    [
      'an output of the model',
      [makeNode('MatMul', ['x', 'w'], ['a']), makeNode('Relu', ['a'], ['y'])],
      { outputs: ['a', 'y'] },
    ],
    ['a bound of the Clip', [makeNode('MatMul', ['x', 'w'], ['a']), makeNode('Clip', ['z', 'a'], ['y'])], {}],
  ])('%s is not fused: what lies between has a grid', (_, nodes, given) => {
    expect([...placesOf('snpe', nodes, given).keys()]).toContain('a');
  });

  it('an input of the model keeps its grid before a Relu: there is nothing to fuse it into', () => {
    expect([...placesOf('snpe', [makeNode('Relu', ['x'], ['y'])]).keys()]).toEqual(['x', 'y']);
  });

  it('what an operator only moves stays on its grid', () => {
    const nodes = [makeNode('Transpose', ['x'], ['a']), makeNode('Exp', ['a'], ['y'])];
    expect([...placesOf('snpe', nodes).keys()]).toEqual(['x', 'y']);
  });

  it('what Hexagon picks out of a constant is on the constant’s grid', () => {
    const nodes = [makeNode('Gather', ['c', 'i'], ['a']), makeNode('Exp', ['a'], ['y'])];
    expect([...placesOf('snpe', nodes)]).toEqual([
      ['y', []],
      ['c', ['a/Gather:0']],
    ]);
  });

  it('what is moved out of a constant gets a grid of its own', () => {
    const nodes = [makeNode('Gather', ['c', 'i'], ['a']), makeNode('Exp', ['a'], ['y'])];
    expect([...placesOf('rknn', nodes).keys()]).toContain('a');
  });
});

describe('an operator that only moves values', () => {
  it.each([
    'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Slice', 'Split', 'Gather', 'GatherElements', 'GatherND',
    'Identity', 'Dropout', 'MaxPool', 'DepthToSpace', 'SpaceToDepth', 'Expand', 'Tile', 'Pad',
  ])('is %s', (op) => {
    expect(isMoving(makeNode(op, ['x'], ['y']))).toBe(true);
  }); // biome-ignore format: a list

  it.each(['Relu', 'AveragePool', 'Concat', 'Resize', 'Add'])('is not %s', (op) => {
    expect(isMoving(makeNode(op, ['x'], ['y']))).toBe(false);
  });

  it('is a Pad of zeros alone: another value, or one that is computed, may lie off the grid', () => {
    const padded = (inputs: string[], value?: number) => {
      const node = makeNode('Pad', inputs, ['y']);
      if (value !== undefined)
        node.attribute.push(
          create(AttributeProtoSchema, { name: 'value', type: AttributeType.FLOAT, f: value }),
        );
      return isMoving(node);
    };
    expect(padded(['x', 'pads'])).toBe(true);
    expect(padded(['x'], 0)).toBe(true);
    expect(padded(['x', 'pads', ''])).toBe(true);
    expect(padded(['x'], -1)).toBe(false);
    expect(padded(['x', 'pads', 'value'])).toBe(false);
  });

  it('may be a Slice with a third input, which pads nothing', () => {
    expect(isMoving(makeNode('Slice', ['x', 'starts', 'ends'], ['y']))).toBe(true);
  });
});
