import type { Progress } from '../pipeline/progress.ts';

/** One line at the end of each stage: a log has no use for a moving bar. */
export function logProgress(print: (line: string) => void): Progress {
  return {
    begin(name) {
      let samples = 0;
      return {
        advance: (count) => {
          samples += count;
        },
        end: () => print(samples > 0 ? `${name}: ${samples} samples` : name),
      };
    },
  };
}
