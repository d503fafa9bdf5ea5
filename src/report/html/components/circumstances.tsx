import { count } from '../../../words/counts.ts';
import { tinyShare } from '../../../words/ranges.ts';
import type { JudgedTarget } from '../../report-schema.ts';

/** What stays in floating point, and the files for the chip's tools. */
export function Circumstances({ target: { notQuantized, files } }: { readonly target: JudgedTarget }) {
  return (
    <>
      {notQuantized.length > 0 && (
        <details>
          <summary>
            {notQuantized.length === 1 ? '1 layer stays' : `${count(notQuantized.length)} layers stay`} in
            floating point
          </summary>
          <ul>
            {notQuantized.slice(0, MOST).map(({ layer, op, why, share }) => (
              <li key={layer}>
                <span class="mono">{layer}</span> ({op}
                {share !== undefined && `, ${tinyShare(share)} of the multiplications`}): {why}
              </li>
            ))}
          </ul>
        </details>
      )}
      {files.length > 0 && (
        <details>
          <summary>Files for the chip's tools</summary>
          <ul>
            {files.map((file) => (
              <li key={file} class="mono">
                {file}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

const MOST = 100;
