import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Chromium, as Debian's package of that name brings it. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const hasChromium = existsSync(chromiumPath);

/** A browser without a window. In containers its sandbox needs rights that they do not have. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
}
