import type { Limits } from '../config/limits.ts';

/** What a supervised process tells the one that watches it. */
export type Message =
  /** Models are measured from now on, within these limits. */
  | { readonly kind: 'measuring'; readonly limits: Limits }
  | { readonly kind: 'begin'; readonly stage: string }
  | { readonly kind: 'advance' }
  | { readonly kind: 'end' }
  /** What follows waits for others, not for a model. */
  | { readonly kind: 'measured' }
  /** Something failed where nothing catches it, which ends the process. */
  | { readonly kind: 'failed'; readonly why: string }
  /** The last one: what the process came to, as an exit code. */
  | { readonly kind: 'result'; readonly code: number };

const kinds: readonly unknown[] = ['measuring', 'begin', 'advance', 'end', 'measured', 'failed', 'result'];

/** A module of the user's own may send what it likes to the same place. */
export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'kind' in value && kinds.includes(value.kind);
}

export type Tell = (message: Message) => void;

/** For a process that nobody watches. */
export const tellNobody: Tell = () => {};
