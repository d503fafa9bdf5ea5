import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guardedFile } from '../../../src/cli/doctor/guarded.ts';
import { examineOwners } from '../../../src/cli/doctor/owners.ts';
import { sampleConfig } from '../../support/sample-configs.ts';
import { examine, GATE, healthy, OTHER, OWNERS, REPORT, run } from './examined.ts';

/** A config with modules of the user's own, a list of images, a folder of tensors, and what DVC keeps. */
const CONFIG = `version: 1
baseline: kept
models:
  - name: m
    path: m.onnx
    reference: fp32.onnx
    calibration: { inputs: calibration.mjs }
    evaluation: { inputs: { a: images/list.csv, b: tensors, c: big.npy }, labels: labels.npy, metric: ./metric.mjs }
    targets: [tensorrt]
    budget: { max-drop: 1.0pp }
`;
const judged = {
  '.github/workflows/gate.yml': GATE.replace(/$/, '        with: { config: sub/quantgate.yml }\n'),
  'sub/quantgate.yml': CONFIG,
  'sub/m.onnx': '',
  'sub/calibration.mjs': "import { load } from '../lib/load.mjs';\nimport './m.onnx';\n",
  'lib/load.mjs':
    "export * from './deep.mjs';\nconst { x } = require(\"./old\");\nawait import(`./late.mjs`);\nnew URL('./table.json', import.meta.url);\n'../../../etc/passwd'; './gone.mjs';\n",
  'lib/deep.mjs': "import '../sub/calibration.mjs';\n",
  'lib/old.js': '',
  'lib/late.mjs': '',
  'lib/table.json': '{}',
  'lib/alone.mjs': '',
  'sub/metric.mjs': '',
  'sub/images/list.csv': 'file,label\n1.png,0\nmore/2.png,1\n',
  'sub/tensors/0.pb': '',
  'sub/big.npy.dvc': '',
};

describe('what a gate judges by', () => {
  const unowned = async (owners: string) => {
    const { lines } = await examine({ ...judged, '.github/CODEOWNERS': owners });
    return lines.map((line) =>
      /^\.github\/CODEOWNERS: (\S+) has no owner, .*add "(\S+) @team"/.exec(line)?.slice(1),
    );
  };

  it('needs owners: data and labels, modules and all that they import, baselines, workflows, CODEOWNERS; no models', async () => {
    const found = await unowned('');
    expect(found.sort()).toEqual(
      [
        ['.github/CODEOWNERS', '/.github/CODEOWNERS'],
        ['.github/workflows/gate.yml', '/.github/workflows/gate.yml'],
        ['lib/deep.mjs', '/lib/deep.mjs'],
        ['lib/late.mjs', '/lib/late.mjs'],
        ['lib/load.mjs', '/lib/load.mjs'],
        ['lib/old.js', '/lib/old.js'],
        ['lib/table.json', '/lib/table.json'],
        ['sub/big.npy.dvc', '/sub/big.npy.dvc'],
        ['sub/calibration.mjs', '/sub/calibration.mjs'],
        ['sub/images/1.png', '/sub/images/'],
        ['sub/images/list.csv', '/sub/images/list.csv'],
        ['sub/kept/m.baseline.json', '/sub/kept/'],
        ['sub/labels.npy', '/sub/labels.npy'],
        ['sub/m.onnx', '/sub/m.onnx'],
        ['sub/metric.mjs', '/sub/metric.mjs'],
        ['sub/quantgate.yml', '/sub/quantgate.yml'],
        ['sub/tensors/0.pb', '/sub/tensors/'],
      ].filter(([path]) => path !== 'sub/m.onnx'),
    );
  });

  it('names the file of a folder or list that has none', async () => {
    expect(await unowned('* @a\n/sub/images/more/')).toEqual([['sub/images/more/2.png', '/sub/images/']]);
    expect(await unowned('* @a\n*.pb')).toEqual([['sub/tensors/0.pb', '/sub/tensors/']]);
  });

  it('shows names as text, and none that are no paths of the repository', async () => {
    const list = 'file\n"\u001b[2J\u202e"\n""\n.\n..\n../../../x\n/etc/passwd\n';
    const owners = '* @a\n/sub/images/\n/sub/images/list.csv @a\n';
    const { lines } = await examine({ ...judged, 'sub/images/list.csv': list, '.github/CODEOWNERS': owners });
    expect(lines).toEqual([expect.stringMatching(/^\.github\/CODEOWNERS: sub\/images\/ ?\[2J has no owner/)]);
  });

  it('follows the links that lead to data, and none out of the repository', async () => {
    const { cwd } = await examine({ ...judged, '.github/CODEOWNERS': '* @a\n/real/\n', 'real/x.npy': '' });
    symlinkSync('../real/x.npy', join(cwd, 'sub/labels.npy'));
    symlinkSync('/etc', join(cwd, 'sub/kept'));
    expect((await run(cwd)).lines).toEqual([expect.stringContaining('real/x.npy has no owner')]);
  });

  it('has the workflows of all modes, and those that call them', async () => {
    const { lines } = await examine({
      ...healthy,
      '.github/CODEOWNERS': OWNERS.replace('/.github/ ', '/.github/CODEOWNERS '),
      '.github/workflows/report.yml': REPORT,
      '.github/workflows/call.yml': GATE.replace(
        /steps:[\s\S]*/,
        'uses: ./.github/workflows/gate.yml\n',
      ).replace('  gate:\n    runs-on: ubuntu-24.04\n', '  caller:\n'),
      '.github/workflows/other.yml': OTHER,
    });
    expect(lines.map((line) => / (\S+) has no owner/.exec(line)?.[1])).toEqual(
      ['call', 'gate', 'report'].map((name) => `.github/workflows/${name}.yml`),
    );
  });

  it('has each CODEOWNERS that would take the place of the one there is', async () => {
    const { lines } = await examine({
      '.github/workflows/gate.yml': GATE,
      'quantgate.yml': sampleConfig,
      CODEOWNERS: `${OWNERS.replace('/.github/ ', '/.github/workflows/ ')}/CODEOWNERS @a\n`,
    });
    expect(lines).toEqual([expect.stringMatching(/^CODEOWNERS: \.github\/CODEOWNERS has no owner/)]);
  });
});

describe('CODEOWNERS', () => {
  const missing = (text: string) =>
    examineOwners(
      text,
      'CODEOWNERS',
      ['quantgate.yml', '.github/workflows/quantgate.yml'].map(guardedFile),
    ).map(({ what }) => what.split(' ')[0]);
  it.each([
    ['* @a', []],
    ['*.yml @a', []],
    ['* @a\n/quantgate.yml', ['quantgate.yml']],
    ['* @a\n/QUANTGATE.yml', []],
    ['* @a\n!/quantgate.yml @b\n/quantgate.[y]ml', []],
    ['* nobody', ['quantgate.yml', '.github/workflows/quantgate.yml']],
    ['* a@b.example\n/quantgate.yml nobody', []],
    ['/quantgate.yml @a\n.github/* @a', ['.github/workflows/quantgate.yml']],
    ['/* @a\n.github/workflows/* @a', []],
    ['# * @a', ['quantgate.yml', '.github/workflows/quantgate.yml']],
    ['quantgate.yml @a', []],
    ['/quantgate.yml @a', ['.github/workflows/quantgate.yml']],
    ['.github/** @a\nquantgate.yml @b', []],
  ])('%j leaves %j without owners', (text, expected) => {
    expect(missing(text)).toEqual(expected);
  });

  it.each(['a'.repeat(100_000), '*a*a*a*a*b', '/**/**/**/**/**/x'])(
    'is not read with a pattern of %.20s…',
    (pattern) => {
      const guarded = [guardedFile(`${'a'.repeat(255)}/${'a'.repeat(255)}`)];
      expect(examineOwners(`* @a\n${pattern} @a`, 'CODEOWNERS', guarded)).toEqual([
        expect.objectContaining({
          where: 'CODEOWNERS:2',
          what: expect.stringMatching(/^the pattern has more than 1024 .* 4 wildcards/),
        }),
      ]);
    },
  );
});
