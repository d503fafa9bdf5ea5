import { describe, expect, it } from 'vitest';
import { chosenPart, partWarning } from '../../../src/cli/chosen-part.ts';
import { configSha256 } from '../../../src/config/config-hash.ts';
import { parseConfig } from '../../../src/config/load-config.ts';

const model = (name: string, targets: string) => `  - name: ${name}
    path: ${name}.onnx
    calibration: { inputs: x.npy }
    evaluation: { inputs: x.npy, metric: agreement }
    targets: [${targets}]
    budget: { max-drop: 1pp }
`;
const config = parseConfig(
  `version: 1\nmodels:\n${model('signs', 'tensorrt, snpe')}${model('faces', 'snpe')}`,
  'q.yml',
);
const named = (part: ReturnType<typeof chosenPart>) =>
  part.models.flatMap(({ name, targets }) => targets.map(({ id }) => `${name} on ${id}`));

describe('a part of a configuration', () => {
  it('has the models and targets that are named, these by any name of their chip', () => {
    expect(named(chosenPart(config, { model: ['faces'] }))).toEqual(['faces on snpe']);
    expect(named(chosenPart(config, { target: ['QNN'] }))).toEqual(['signs on snpe', 'faces on snpe']);
    expect(named(chosenPart(config, { target: ['tensorrt'] }))).toEqual(['signs on tensorrt']);
    expect(named(chosenPart(config, { model: ['signs', 'faces'], target: ['snpe', 'trt'] }))).toEqual(
      named(config),
    );
  });

  it('has all targets of a chip that is named, where none has that id', () => {
    const several = parseConfig(
      `version: 1\nmodels:\n${model('a', 'tensorrt, { chip: snpe, weights: per-channel }')}${model('b', '{ chip: snpe, arch: v68 }, { chip: snpe, activation-bits: 16 }')}${model('c', 'tensorrt, { chip: tensorrt, range: kl }')}`,
      'q.yml',
    );
    const of = (target: string) => named(chosenPart(several, { target: [target] }));
    expect(of('qnn')).toEqual(['a on snpe-per-channel', 'b on snpe-v68', 'b on snpe-w8a16']);
    expect(of('htp-v68')).toEqual(['b on snpe-v68']);
    expect(of('tensorrt')).toEqual(['a on tensorrt', 'c on tensorrt']);
    expect(() => of('htp-v66')).toThrow('--target htp-v66 is not in the configuration: use');
  });

  it('is told from the whole: by a warning that names what was left out, and by its hash', () => {
    const part = chosenPart(config, { target: ['tensorrt'] });
    expect(partWarning(config, part)).toBe(
      'this is the verdict of a part, 1 of 3 targets, as --model and --target ask: nothing was measured of signs on snpe and faces on snpe',
    );
    expect(configSha256(part)).not.toBe(configSha256(config));
  });

  it('is the whole where all is named, or nothing', () => {
    for (const all of [{}, { model: ['faces', 'signs'] }, { target: ['snpe', 'tensorrt'] }])
      expect(partWarning(config, chosenPart(config, all))).toBeUndefined();
  });

  it.each([
    [{ model: ['sings'] }, '--model sings is not in the configuration: did you mean signs? There are signs and faces'],
    [{ model: ['other'] }, '--model other is not in the configuration: use signs and faces'],
    [{ target: ['tensort'] }, '--target tensort is not in the configuration: did you mean tensorrt? There are tensorrt and snpe'],
    [{ model: ['faces'], target: ['tensorrt'] }, '--target tensorrt is not in the configuration: use snpe'],
  ])('is refused for a name that is not there, with those that are: %j', (options, message) => {
    expect(() => chosenPart(config, options)).toThrow(message);
  }); // biome-ignore format: a table
});
