import { messageOf, UserError } from '../errors.ts';

const LONGEST = 300;

/**
 * What ONNX Runtime has against a model or what it is fed: an operator that it does not have, contradicting shapes, too
 * little memory. It is no defect of ours, whatever it throws.
 */
export class EngineError extends UserError {
  /** Its own words, on one line. */
  readonly said: string;

  constructor(task: 'open' | 'run', error: unknown) {
    const said = messageOf(error).slice(0, LONGEST);
    super(`ONNX Runtime cannot ${task} the model (${said}): try it with these samples in ONNX Runtime alone`);
    this.said = said;
  }
}

/** What ONNX Runtime said, or the message of anything else that was thrown, on one line. */
export function saidBy(error: unknown): string {
  return error instanceof EngineError ? error.said : messageOf(error);
}

/** Does something with ONNX Runtime. */
export async function byEngine<T>(task: 'open' | 'run', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new EngineError(task, error);
  }
}
