import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gate, quantgate } from '../command.ts';
import { mebibytes, median, seconds, table } from '../figures.ts';
import type { Part } from '../part.ts';

const DIST = resolve(import.meta.dirname, '../../dist');

/** What is there before anything is measured: the start, what a baseline spares, what is installed. */
export const faces: Part = {
  title: 'Start, baseline and size',
  measure({ subjects, folder, runs, say }) {
    const subject = subjects.find(({ name }) => name.startsWith('mobilenet'))!;
    say('start, and a gate with a baseline');
    const repeated = (work: () => number) => seconds(median(Array.from({ length: runs }, work)));
    gate(subject, ['tensorrt']);
    quantgate(['baseline', '-c', 'quantgate.yml', '-o', 'stored', '-q'], subject.folder);
    const bytes = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
      .map((file) => statSync(join(DIST, file)))
      .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
    return table(
      ['', ''],
      [
        ['`quantgate --version`', repeated(() => quantgate(['--version'], folder).wall)],
        [`gate of ${subject.name} on one target`, repeated(() => gate(subject, ['tensorrt']).wall)],
        [
          'the same with a baseline of the same model',
          repeated(() => gate(subject, ['tensorrt'], '-b', 'stored').wall),
        ],
        ['`dist/`', mebibytes(bytes / 2 ** 20)],
      ],
    );
  },
};
