import type { Part } from '../part.ts';
import { arithmetic } from './arithmetic.ts';
import { besideAimet } from './beside-aimet.ts';
import { besidePython } from './beside-python.ts';
import { faces } from './faces.ts';
import { gates } from './gates.ts';
import { growth } from './growth.ts';

/** By the name that asks for them, in the order of docs/performance.md. */
export const PARTS: Readonly<Record<string, Part>> = {
  gates,
  growth,
  python: besidePython,
  aimet: besideAimet,
  arithmetic,
  faces,
};
