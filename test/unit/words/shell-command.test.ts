import { expect, it } from 'vitest';
import { shellCommand } from '../../../src/words/shell-command.ts';

it('is as the README has it, and fetches nothing from npm', () => {
  expect(shellCommand('run', '--apply', 'snpe')).toBe('npx --no -- quantgate run --apply snpe');
});

it('quotes what a shell would change', () => {
  expect(shellCommand('run', '-c', "my models/it's.yml")).toBe(
    "npx --no -- quantgate run -c 'my models/it'\\''s.yml'",
  );
  expect(shellCommand('run', '-b', '$(whoami)')).toBe("npx --no -- quantgate run -b '$(whoami)'");
});
