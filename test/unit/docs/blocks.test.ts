import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../../../src/config/load-config.ts';
import { type Block, blocks, commandsOf, documents, repository } from '../../support/documents.ts';

/** Why blocks are not run, by their language. */
const NOT_RUN: Readonly<Record<string, string>> = {
  '': 'what a command prints, or a list of files',
  text: 'what a command prints',
  mermaid: 'a picture, which GitHub draws',
  math: 'a formula, which GitHub sets',
  python: "needs the packages of a chip's vendor",
};

/** Documents whose own test runs their blocks. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/modules.md': 'test/unit/modules-page.test.ts',
};

/** Why commands are not run, by their first word. `quantgate` is, by test/acceptance/documented-commands.test.ts. */
const NOT_RUN_HERE: Readonly<Record<string, string>> = {
  npm: 'scripts of package.json, see below',
  npx: 'quantgate itself, or tools of the repository',
  node: 'quantgate itself',
  quantgate: 'by the acceptance test',
  tsx: 'tools of the repository',
  'CORPUS=<folder>': 'needs models that are not in the repository',
  'QDQ_OUT=<folder>': 'needs models that are not in the repository',
  git: 'changes a repository',
  gh: "needs GitHub's own command line",
  cd: 'changes the folder',
  find: "asks GitHub's own command line",
  pip: 'installs packages of Python',
  python: 'needs packages of Python',
  sed: 'changes a file that a run writes',
  trtexec: 'needs TensorRT',
  polygraphy: 'needs TensorRT',
  'qairt-converter': "needs Qualcomm's SDK",
  'qairt-quantizer': "needs Qualcomm's SDK",
  'snpe-onnx-to-dlc': "needs Qualcomm's SDK",
  'snpe-dlc-quant': "needs Qualcomm's SDK",
  'snpe-net-run': "needs Qualcomm's SDK",
  'qnn-onnx-converter': "needs Qualcomm's SDK",
  'qnn-net-run': "needs Qualcomm's SDK",
  caffe: "needs Cambricon's Caffe",
  ovc: 'needs OpenVINO',
  benchmark_app: 'needs OpenVINO',
  onnx2ncnn: 'needs ncnn',
  ncnnoptimize: 'needs ncnn',
  ncnn2int8: 'needs ncnn',
  atc: "needs Huawei's CANN",
};

const own = blocks.filter(({ where }) => !Object.hasOwn(RUN_ELSEWHERE, where.split(':')[0]!));
const ofLanguage = (...languages: string[]) =>
  own.filter(({ language }) => languages.includes(language)).map((block) => [block.where, block] as const);
const yaml = ofLanguage('yaml', 'yml');
const isConfiguration = ({ note }: Block) => note === 'quantgate.yml' || note.startsWith('at ');

/** The least that is valid, for fragments to be put into. */
const WHOLE = `
version: 1
models:
  - name: signs
    path: models/signs.onnx
    calibration: { inputs: data/inputs.npy }
    evaluation: { inputs: data/inputs.npy }
    targets: [{ chip: tensorrt }]
    budget: { max-drop: 1.0pp }
`;

/** A whole configuration of a fragment that stands at `at models.0.targets.0`, whose keys take the place of others. */
function completed(fragment: string, note: string): string {
  const whole = parse(WHOLE);
  const place = note.replace(/^at /, '');
  let map = whole;
  for (const key of place === 'top' ? [] : place.split('.')) map = map[key];
  Object.assign(map, parse(fragment));
  return stringify(whole);
}

describe('the blocks of the documents', () => {
  it('are of kinds that are tested, or have a reason here', () => {
    const tested = ['yaml', 'yml', 'json', 'sh', ...Object.keys(NOT_RUN)];
    expect(own.filter(({ language }) => !tested.includes(language)).map(({ where }) => where)).toEqual([]);
    expect(documents.length).toBeGreaterThan(15);
  });

  it.each(yaml.filter(([, block]) => isConfiguration(block)))(
    '%s is read as a configuration',
    (where, block) => {
      const text = block.note === 'quantgate.yml' ? block.text : completed(block.text, block.note);
      expect(() => parseConfig(text, where)).not.toThrow();
    },
  );

  it('say of every other YAML what it is: a workflow, which test/unit/workflows reads', () => {
    const others = yaml.filter(([, block]) => !isConfiguration(block) && !/^jobs:/m.test(block.text));
    expect(others.map(([where]) => `${where} needs a note: quantgate.yml, or at <place>`)).toEqual([]);
  });

  it.each(ofLanguage('json'))('%s is JSON', (_, { text }) => {
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it('have commands that are tested, or a reason here', () => {
    const unknown = ofLanguage('sh').flatMap(([where, { text }]) =>
      commandsOf(text)
        .filter(
          (command) =>
            !Object.hasOwn(NOT_RUN_HERE, command.split(/\s/)[0]!.replace(/^.*\/trtexec$/, 'trtexec')),
        )
        .map((command) => `${where}: ${command}`),
    );
    expect(unknown).toEqual([]);
  });

  it('name scripts of package.json that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    const gone = ofLanguage('sh').flatMap(([where, { text }]) =>
      commandsOf(text).flatMap((command) => {
        const [, name] = /^npm (?:run )?(start|test|(?<=run )[\w:]+)/.exec(command) ?? [];
        return name === undefined || name in scripts ? [] : [`${where}: npm run ${name}`];
      }),
    );
    expect(gone).toEqual([]);
  });
});
