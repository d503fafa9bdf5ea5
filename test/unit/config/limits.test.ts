import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../../src/config/limits.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { smallConfig } from '../../support/sample-configs.ts';

const limits = (text: string, config = smallConfig) =>
  limitsOf(parseConfig(`${config}limits: ${text}\n`, 'q.yml'));

describe('the limits of a run', () => {
  it('are an hour for each model and each target, and the time of recovery, unless it says otherwise', () => {
    expect(limitsOf(parseConfig(smallConfig, 'q.yml'))).toEqual({
      minutes: 60 * 2 + 10,
      idleMinutes: 10,
      memory: 2e9,
    });
    expect(limits('{}', `${smallConfig}    recover: off\n`).minutes).toBe(120);
    expect(limits('{}', `${smallConfig}    recover: { minutes: 30 }\n`).minutes).toBe(150);
  });

  it('are those that it says', () => {
    expect(limits('{ minutes: 0.05, idle-minutes: 3, memory: 1.5 GB }')).toEqual({
      minutes: 0.05,
      idleMinutes: 3,
      memory: 1.5e9,
    });
    expect(limits('{ memory: 500MB }').memory).toBe(5e8);
  });

  it.each([
    ['{ minutes: 0 }', 'minutes'],
    ['{ minutes: forever }', 'minutes'],
    ['{ minutes: 100000 }', 'minutes'],
    ['{ idle-minutes: -1 }', 'idle-minutes'],
    ['{ memory: 2 }', 'memory: must be such as 2GB'],
    ['{ memory: 0GB }', 'memory: must be such as 2GB'],
    ['{ memory: 2TB }', 'memory: must be such as 2GB'],
    ['{ memori: 2GB }', 'memori'],
    ['2GB', 'limits: must be a map such as'],
  ])('are not %s', (text, words) => {
    expect(() => limits(text)).toThrow(words);
  });
});
