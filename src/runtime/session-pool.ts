import type { Histogram } from '../numerics/histogram.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { EngineError } from './engine-error.ts';
import { takeAll } from './output-counter.ts';
import type { Session, SessionOptions } from './runtime.ts';
import type { Opened, SessionTask } from './session-messages.ts';
import { type Crew, crewOf, type Member, type Thread } from './thread-crew.ts';

/** Sessions in threads. */
export interface SessionPool {
  /**
   * Opens a model in one thread, and in others, `copies` together at most, once its runs have waited longer for it than that takes.
   *
   * @throws EngineError when ONNX Runtime does not take it
   */
  open(model: Uint8Array | string, options: SessionOptions, copies: number): Promise<Session>;
}

/** Runs that a thread has: one that it computes, and one that it begins when that is done, however busy this one is. */
const RUNS_AHEAD = 2;

/** A session, as it is open in threads. */
interface Copied {
  readonly places: Set<Member>;
  readonly most: number;
  /** Milliseconds that it took to open. */
  readonly openMs: number;
  /** Milliseconds of runs that a thread with nothing to do could have done meanwhile. */
  missedMs: number;
  /** The copy that is being opened. */
  copying: Promise<void> | undefined;
  readonly copy: () => Promise<void>;
}

/** A run that no thread has yet. */
interface Waiting {
  readonly session: Copied;
  begin(member: Member): void;
}

/**
 * Opens sessions in as many threads as are needed, each started when it is first given something. A run goes to the thread with
 * the least to do of those that have its session.
 *
 * @param most threads
 */
export function sessionPool(start: () => Thread, most: number): SessionPool {
  const crew: Crew = crewOf(start, most);
  const queue: Waiting[] = [];
  let sessions = 0;

  /** Gives out runs for as long as a thread that has their session has room. */
  function giveOut(): void {
    for (let i = 0; i < queue.length; ) {
      const { session, begin } = queue[i];
      const member = crew.idlest([...session.places]);
      if (member.tasks() >= RUNS_AHEAD) {
        i++;
        continue;
      }
      queue.splice(i, 1);
      begin(member);
    }
  }

  /** Opens a session in one more thread, if that has nothing to do while runs wait, and has missed as much as it takes. */
  function weigh(session: Copied, ms: number): void {
    const isWaiting = queue.some((each) => each.session === session);
    if (!isWaiting || session.copying !== undefined || session.places.size >= session.most) return;
    const idle = crew.idlest(crew.all().filter((each) => !session.places.has(each)));
    if (idle.tasks() > 0) return;
    session.missedMs += ms;
    if (session.missedMs < session.openMs) return;
    session.missedMs = 0;
    session.copying = session.copy().finally(() => {
      session.copying = undefined;
      giveOut();
    });
  }

  return {
    async open(model, options, copies) {
      const number = sessions++;
      const places = new Set<Member>();
      const openIn = async (member: Member) => {
        const task = { kind: 'open', session: number, model, options } as const;
        const opened = await member.ask<Opened>(task);
        places.add(member);
        return opened;
      };
      const elsewhere = () => crew.idlest(crew.all().filter((each) => !places.has(each)));
      const { value, ms } = await openIn(elsewhere());
      const session: Copied = {
        places,
        most: Math.min(copies, most),
        openMs: ms,
        missedMs: 0,
        copying: undefined,
        // What cannot be opened twice is run where it is open.
        copy: () => openIn(elsewhere()).then(nothing, nothing),
      };
      let counters = 0;
      const running = new Set<Promise<unknown>>();
      /** Has the thread that has room for it first do what is computed. */
      const compute = <T>(task: () => SessionTask): Promise<T> => {
        const computed = new Promise<T>((done, failed) => {
          const begin = (member: Member) => {
            member.ask<T>(task()).then(
              (answer) => {
                weigh(session, answer.ms);
                giveOut();
                done(answer.value);
              },
              (error: EngineError) => {
                giveOut();
                failed(error);
              },
            );
          };
          queue.push({ session, begin });
        });
        const forget = () => running.delete(computed);
        running.add(computed);
        computed.then(forget, forget);
        giveOut();
        return computed;
      };
      /** When nothing of it is computed any more. */
      const over = async () => {
        await Promise.allSettled(running);
        // Which was begun while runs waited, if at all.
        await session.copying;
      };
      return {
        ...value,
        // One for each thread, and the next one for that which is done first.
        atOnce: session.most + 1,
        run: (feeds, fetches) =>
          compute(() => ({ kind: 'run', session: number, feeds: withOwnBuffers(feeds), fetches })),
        counterOf(outputs) {
          const of = { session: number, counter: counters++ };
          return {
            count: (feeds, part) =>
              compute(() => ({ kind: 'count', ...of, feeds: withOwnBuffers(feeds), outputs, part })),
            async take() {
              await over();
              const task = { kind: 'take', ...of } as const;
              return takeAll(
                [...places].map((each) => async () => (await each.ask<Histogram[]>(task)).value),
              );
            },
          };
        },
        async close() {
          await over();
          await Promise.all([...places].map((each) => each.ask({ kind: 'close', session: number })));
        },
      };
    },
  };
}

/** A view would be sent with all of the buffer that it looks into. */
function withOwnBuffers(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      const { data } = tensor;
      return [name, data.byteLength === data.buffer.byteLength ? tensor : { ...tensor, data: data.slice() }];
    }),
  );
}

const nothing = () => {};
