import { exampleEntry, type ModelEntry } from './config-text.ts';
import type { MissingData } from './find-data.ts';
import type { FoundModel } from './find-models.ts';
import type { Looked } from './look-at-model.ts';
import type { Tried } from './try-preprocessings.ts';

/** What a model becomes: its entry, and what is said of it. */
export interface Described {
  readonly entry: ModelEntry;
  readonly lines: readonly string[];
}

export function describeEntry(model: FoundModel, name: string, looked: Looked | MissingData): Described {
  const { path } = model;
  const reference = model.reference === undefined ? {} : { reference: model.reference };
  if ('missing' in looked) {
    const todo = `these data are an example: ${looked.missing}`;
    return {
      entry: { ...exampleEntry(path, name, todo), ...reference },
      lines: [`${path}: ${looked.missing}`],
    };
  }
  const { data, metric, tried, fit, problems } = looked;
  const { calibration, evaluation } = data;
  const { name: measures, output, options, labels, maxDrop } = metric;
  const [best] = tried?.trials ?? [];
  const preprocessing = tried === undefined ? [untried(measures)] : triedLines(tried, measures);
  const isSure = best !== undefined && best.problem === undefined;
  const preprocess = { ...fit, ...(isSure && best.preprocessing.preprocess) };
  return {
    entry: {
      name,
      path,
      ...reference,
      preprocessing,
      ...(Object.keys(preprocess).length > 0 && { preprocess }),
      calibration: { inputs: calibration.inputs, range: calibration.range },
      evaluation: {
        inputs: evaluation.inputs,
        range: evaluation.range,
        ...(labels !== undefined && { labels }),
        metric: { name: measures, ...options, ...(output !== undefined && { output }) },
      },
      ...(problems.length > 0 && { todo: problems.join('; ') }),
      maxDrop,
    },
    lines: [
      `${path}: ${dataWords(looked)}`,
      ...(tried === undefined ? [] : preprocessing.slice(0, 1).map((line) => `${path}: ${line}`)),
      ...problems.map((problem) => `${path}: ${problem}`),
      ...(model.isQuantized && model.reference === undefined
        ? [
            `${path}: it is quantized already, and no FP32 model of the same name lies beside it: name it as reference:`,
          ]
        : []),
    ],
  };
}

function dataWords({ data: { calibration, evaluation } }: Looked): string {
  const { inputs, range, labels } = evaluation;
  const first = typeof inputs === 'string' ? inputs : Object.values(inputs).join(', ');
  const classes = labels?.kind === 'classes' ? `, ${new Set(labels.ids).size} classes` : '';
  const named = labels?.path === undefined ? '' : `, labels ${labels.path}`;
  return `data ${first}${named}${classes}; ${count(calibration.range)} samples calibrate, ${count(range)} decide`;
}

function count([first, end]: readonly [number, number]): number {
  return end - first;
}

function untried(metric: string): string {
  return metric === 'agreement' || metric === 'cosine'
    ? 'Nothing says what the model was trained with, as no labels are read: preprocess: { scale, mean, std, bgr }, if it needs one.'
    : 'No preprocessing could be tried: preprocess: { scale, mean, std, bgr }, if it needs one.';
}

/** Others that are named beside the best. */
const OTHERS = 3;

/** The best preprocessing with what the others come to, or that none is any good. */
function triedLines({ samples, trials }: Tried, metric: string): string[] {
  const [best, ...others] = trials;
  if (best.problem !== undefined)
    return [
      `none of ${trials.length} usual preprocessings is better than a guess (${metric} ${best.figure} on ${samples} samples): write what the model was trained with as preprocess`,
    ];
  const beside = others.slice(0, OTHERS).map((each) => `${each.preprocessing.name}: ${each.figure}`);
  const with_ =
    best.preprocessing.preprocess === undefined ? 'as the data are' : `with ${best.preprocessing.name}`;
  return [
    `${metric} of ${best.figure} on ${samples} samples ${with_}${beside.length === 0 ? '' : ` (${beside.join('; ')})`}`,
  ];
}
