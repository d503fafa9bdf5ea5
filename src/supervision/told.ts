import type { Progress } from '../pipeline/progress.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Tell } from './message.ts';

/** Progress that is told to the watching process as well. */
export function toldProgress(progress: Progress, tell: Tell): Progress {
  return {
    begin(name, ...counted) {
      tell({ kind: 'begin', stage: name });
      const stage = progress.begin(name, ...counted);
      return {
        advance(count) {
          tell({ kind: 'advance' });
          stage.advance(count);
        },
        end() {
          tell({ kind: 'end' });
          stage.end();
        },
      };
    },
    beat: () => tell({ kind: 'advance' }),
  };
}

/** A runtime each of whose answers is told as an advance: not every stage counts what it does. */
export function toldRuntime(runtime: Runtime, tell: Tell): Runtime {
  return {
    ...runtime,
    async open(...given) {
      const session = await runtime.open(...given);
      tell({ kind: 'advance' });
      return {
        ...session,
        async run(...feeds) {
          const results = await session.run(...feeds);
          tell({ kind: 'advance' });
          return results;
        },
      };
    },
  };
}
