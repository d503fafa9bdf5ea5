import { type Gate, gate } from '../command.ts';
import { mebibytes, medians, seconds, table, times } from '../figures.ts';
import type { Part } from '../part.ts';
import { plainPass } from '../plain-pass.ts';
import { lengthOf, type Subject } from '../subject.ts';

const TARGETS = ['tensorrt', 'snpe', 'cambricon'];

/** What a whole gate with three targets costs beside the FP32 pass over its evaluation samples, stage by stage. */
export const gates: Part = {
  title: 'A gate with three targets',
  async measure({ subjects, runs, say }) {
    const found = subjects.map((): Figures[] => []);
    for (let run = 0; run < runs; run++)
      for (const [i, subject] of subjects.entries()) {
        say(`gate of ${subject.name}, run ${run + 1}`);
        const plain = await plainPass(subject);
        found[i].push(figuresOf(gate(asUsed(subject), TARGETS), plain));
      }
    const all = found.map(medians);
    const row = (title: string, cell: (figures: Figures, subject: Subject) => string) => [
      title,
      ...all.map((figures, i) => cell(figures, subjects[i])),
    ];
    const ofPass = (title: string, of: keyof Figures) =>
      row(title, (figures) => `${times(figures[of] / figures.plain)}, ${seconds(figures[of])}`);
    return table(
      ['', ...subjects.map(({ name }) => name)],
      [
        row('samples: calibration, evaluation', (_, s) =>
          [s.calibration, s.evaluation].map(lengthOf).join(', '),
        ),
        row('layers', ({ layers }) => `${layers}`),
        row('targets that pass', ({ passing }) => `${passing} of ${TARGETS.length}`),
        row('FP32 pass, a sample', ({ plain }, s) => seconds(plain / lengthOf(s.evaluation))),
        row('calibration beside FP32, a sample', ({ calibrate, plain }, s) =>
          times(calibrate / lengthOf(s.calibration) / (plain / lengthOf(s.evaluation))),
        ),
        ofPass('FP32 in the gate, with the metric', 'fp32'),
        ...TARGETS.map((target) => ofPass(`\`${target}\``, target as keyof Figures)),
        ofPass('reading the samples', 'evaluate'),
        ofPass('calibration', 'calibrate'),
        ofPass('loading, quantizing', 'prepare'),
        ofPass('attribution', 'attribute'),
        ofPass('advice', 'advise'),
        ofPass('opening sessions, judging', 'judge'),
        ofPass('files for the chips', 'files'),
        ofPass('start and report', 'rest'),
        ofPass('**whole gate beside the FP32 pass**', 'wall'),
        ofPass('the same without attribution and advice', 'judged'),
        row('memory at its peak', ({ peak }) => mebibytes(peak)),
      ],
    );
  },
};

/** With a budget as people set it, and explained where it is not held. */
const asUsed = (subject: Subject): Subject => ({
  ...subject,
  model: { ...subject.model, budget: { 'max-drop': '2%' }, attribute: 'on-failure' },
});

type Figures = ReturnType<typeof figuresOf>;

/** Seconds, but for layers, targets and the peak. */
function figuresOf({ wall, peak, report, explained, seconds: of }: Gate, plain: number) {
  const each = (stage: string) => of(...TARGETS.map((target) => `${target}/${stage}`));
  const [tensorrt, snpe, cambricon] = TARGETS.map((target) => of(target));
  const parts = {
    fp32: of('fp32'),
    tensorrt,
    snpe,
    cambricon,
    evaluate: of('evaluate'),
    calibrate: of('calibrate'),
    prepare: of('load', 'quantize'),
    attribute: each('attribute'),
    advise: explained - each('attribute'),
    judge: of('judge'),
    files: each('files'),
  };
  const rest = wall - Object.values(parts).reduce((sum, value) => sum + value, 0);
  const { targets } = report.models[0];
  const layers = Math.max(...targets.map((t) => ('layers' in t ? t.layers.length : 0)));
  const passing = targets.filter(({ verdict }) => verdict === 'pass').length;
  return { ...parts, rest, judged: wall - explained, layers, passing, wall, peak, plain };
}
