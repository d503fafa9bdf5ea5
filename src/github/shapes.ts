import { z } from 'zod';

// Parts of GitHub's answers, with limits.

export const id = z.int().min(1);
export const commitSha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
export const login = z.string().min(1).max(100);
export const url = z.string().max(4096);
export const name = z.string().min(1).max(1024);
export const date = z.string().max(40);
/** The digest of an artifact or a release asset; servers of before 2025 state none. */
export const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .nullish();
/** An answer that is not looked at. */
export const ignored = z.unknown();
