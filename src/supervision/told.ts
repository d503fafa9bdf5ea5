import type { Progress } from '../pipeline/progress.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
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
  const told = async <T>(answer: Promise<T>): Promise<T> => {
    const value = await answer;
    tell({ kind: 'advance' });
    return value;
  };
  return {
    ...runtime,
    async open(...given) {
      const session = await told(runtime.open(...given));
      const counterOf = session.counterOf && toldCounters(session.counterOf, told);
      return { ...session, run: (...feeds) => told(session.run(...feeds)), ...(counterOf && { counterOf }) };
    },
  };
}

type CounterOf = NonNullable<Session['counterOf']>;

function toldCounters(counterOf: CounterOf, told: <T>(answer: Promise<T>) => Promise<T>): CounterOf {
  return (outputs) => {
    const { count, take } = counterOf(outputs);
    return { count: (...fed) => told(count(...fed)), take: () => told(take()) };
  };
}
