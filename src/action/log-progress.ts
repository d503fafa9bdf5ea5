import type { Progress } from '../pipeline/progress.ts';

/** One line at the end of each stage: a log has no use for a moving bar. */
export function logProgress(print: (line: string) => void): Progress {
  return {
    begin(name, _total, things) {
      let done = 0;
      return {
        advance: (count) => {
          done += count;
        },
        end: () => print(done > 0 ? `${name}: ${done} ${things}` : name),
      };
    },
  };
}
