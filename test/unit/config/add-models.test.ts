import { describe, expect, it } from 'vitest';
import { addModels } from '../../../src/config/add-models.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { sampleConfig } from '../../support/sample-configs.ts';

const lines = [
  'name: other',
  'path: other.onnx',
  '# a comment',
  'calibration: { inputs: x.npy }',
  'evaluation: { inputs: x.npy, metric: agreement }',
  'targets: [tensorrt]',
  'budget: { max-drop: 1pp }',
];

describe('adding models to a configuration', () => {
  it('puts them behind those that are there, and leaves all else to the letter', () => {
    const added = addModels(sampleConfig, [lines, lines.with(0, 'name: third')]);
    const names = (text: string) => parseConfig(text, 'quantgate.yml').models.map(({ name }) => name);
    expect(names(added)).toEqual([...names(sampleConfig), 'other', 'third']);
    const kept = added.split('\n').filter((line) => !lines.includes(line.trim().replace(/^- /, '')));
    expect(kept.filter((line) => !/name: third/.test(line))).toEqual(
      sampleConfig.split('\n').filter((line) => !lines.includes(line.trim())),
    );
  });

  const head = 'version: 1\nmodels:';
  const first = 'name: a, path: a.onnx, calibration: { inputs: x.npy }, evaluation: { inputs: x.npy }';
  it.each([
    ['without a line end', `${head}\n- { ${first} }`],
    ['with a comment at its end', `${head}\n  - { ${first} } # mine\n\n# the end\n`],
    ['of another system', `${head}\r\n  - { ${first} }\r\nlimits: { memory: 3GB }\r\n`],
    ['in which keys follow', `${head}\n    -   name: a\n        path: a.onnx\nlimits:\n  memory: 3GB\n`],
  ])('takes a file %s', (_, text) => {
    const added = addModels(text, [lines]);
    expect(
      added
        .replace(/[ \r\n]*- name: other[\s\S]*?1pp \}\r?\n?/, '\n')
        .replace(/\s+/g, ' ')
        .trim(),
    ).toBe(text.replace(/\s+/g, ' ').trim());
    expect(added.includes('\r\n')).toBe(text.includes('\r\n'));
  });

  it.each([
    ['a flow list', `${head} [{ ${first} }]\n`],
    ['an alias', `x: &m\n  - { ${first} }\nversion: 1\nmodels: *m\n`],
    ['no list', `${head} {}\n`],
  ])('refuses %s', (_, text) => {
    expect(() => addModels(text, [lines])).toThrow('quantgate.yml: models cannot be added');
  });
});
