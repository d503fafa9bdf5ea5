import { messageOf } from '../errors.ts';
import { EngineError } from './engine-error.ts';
import type { NumberedTask, SessionTask, TaskAnswer } from './session-messages.ts';

/** A thread that does what it is asked for. */
export interface Thread {
  ask(asked: NumberedTask): void;
  /** Where its answers go, and why it ended, if it does. */
  hear(answered: (answer: TaskAnswer) => void, ended: (why: string) => void): void;
  /** Whether this process waits for it before it ends. */
  hold(isHeld: boolean): void;
}

/** One thread of a crew. */
export interface Member {
  /** @throws EngineError with what ONNX Runtime says, or why the thread ended */
  ask<T>(task: SessionTask): Promise<{ readonly value: T; readonly ms: number }>;
  /** Tasks that it has not answered yet. */
  tasks(): number;
}

export interface Crew {
  all(): readonly Member[];
  /** Of some members the one with the least to do; of equals the one that was asked for the least so far. */
  idlest(among: readonly Member[]): Member;
}

/**
 * So many threads, each started when it is asked for something, also after it ended. The process ends when none of them has
 * something to do.
 */
export function crewOf(start: () => Thread, size: number): Crew {
  const asked = new Map<Member, number>();
  const members = Array.from({ length: size }, () => {
    const member = memberOf(start);
    const counted: Member = {
      ...member,
      ask(task) {
        asked.set(counted, (asked.get(counted) ?? 0) + 1);
        return member.ask(task);
      },
    };
    return counted;
  });
  const load = (member: Member) => [member.tasks(), asked.get(member) ?? 0];
  return {
    all: () => members,
    idlest: (among) =>
      among.reduce((least, each) => {
        const [[a, ofA], [b, ofB]] = [load(least), load(each)];
        return b < a || (b === a && ofB < ofA) ? each : least;
      }),
  };
}

/** A task that waits for its answer. */
interface Pending {
  readonly kind: SessionTask['kind'];
  readonly done: (answer: { readonly value: never; readonly ms: number }) => void;
  readonly failed: (error: EngineError) => void;
}

function memberOf(start: () => Thread): Member {
  const pending = new Map<number, Pending>();
  let thread: Thread | undefined;
  let tasks = 0;

  function settle(task: number, how: (pending: Pending) => void): void {
    const each = pending.get(task);
    if (each === undefined) return;
    pending.delete(task);
    if (pending.size === 0) thread?.hold(false);
    how(each);
  }

  function started(): Thread {
    const begun = start();
    begun.hear(
      (answer) =>
        settle(answer.task, ({ kind, done, failed }) => {
          if ('said' in answer) failed(errorOf(kind, answer.said));
          else done({ value: answer.value as never, ms: answer.ms });
        }),
      (why) => {
        if (thread !== begun) return;
        thread = undefined;
        for (const task of [...pending.keys()])
          settle(task, ({ kind, failed }) => failed(errorOf(kind, why)));
      },
    );
    return begun;
  }

  return {
    tasks: () => pending.size,
    ask: (task) =>
      new Promise((done, failed) => {
        thread ??= started();
        const number = tasks++;
        pending.set(number, { kind: task.kind, done, failed });
        thread.hold(true);
        try {
          thread.ask({ ...task, task: number });
        } catch (error) {
          settle(number, () => failed(errorOf(task.kind, messageOf(error))));
        }
      }),
  };
}

function errorOf(kind: SessionTask['kind'], said: string): EngineError {
  return new EngineError(kind === 'open' ? 'open' : 'run', new Error(said));
}
