import { z } from 'zod';
import { quote, UserError } from '../errors.ts';
import { parseJson, tryJson } from '../json.ts';
import { sha256Hex, sha256Of } from '../sha256.ts';

/** The file of a chip's folder that says what the others are. */
export const MANIFEST = 'manifest.json';

/** Bytes of one at most. */
export const MAX_MANIFEST = 2 ** 24;
/** A file of the folder itself, so that no name leads out of it. */
const file = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
const text = z.string().max(65_536);

const schema = z.strictObject({
  quantgateChip: z.literal(1),
  /** Version of quantgate. */
  tool: z.string().max(64),
  model: z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/),
  modelSha256: sha256Hex,
  target: z.string().regex(/^[a-z0-9-]{1,64}$/),
  chip: z.string().regex(/^[a-z0-9-]{1,64}$/),
  files: z
    .array(z.strictObject({ file, sha256: sha256Hex }))
    .min(1)
    .max(100),
  left: z.array(z.strictObject({ file, name: text, why: text })).max(100_000),
});

/** `manifest.json`: the files of one model for one target, and the tensors that a file could not hold. */
export type ChipManifest = Readonly<z.infer<typeof schema>>;

/** A manifest; undefined where the bytes are none, or one of another version. */
export function readManifest(bytes: Uint8Array): ChipManifest | undefined {
  return tryJson(Buffer.from(bytes).toString('utf8'), schema);
}

/**
 * The manifest of a folder whose files are all there, are those that it lists, and have the hashes that it states.
 *
 * @param files all of the folder, by name
 * @param where what the folder is, for messages
 * @throws UserError when anything is missing, added or changed
 */
export function verifyChipFiles(files: ReadonlyMap<string, Uint8Array>, where: string): ChipManifest {
  const remedy = 'do not use its files, run the gate again';
  const refuse = (why: string) => new UserError(`${where} is refused: ${why}: ${remedy}`);
  const bytes = files.get(MANIFEST);
  if (bytes === undefined) throw refuse(`it has no ${MANIFEST}`);
  const manifest = parseJson(bytes, schema, {
    where: `${where} is refused: ${MANIFEST}`,
    what: 'of the form expected',
    remedy,
    maxBytes: MAX_MANIFEST,
  });
  for (const { file: name, sha256: stated } of manifest.files) {
    const content = files.get(name);
    if (content === undefined) throw refuse(`${name} is missing`);
    if (sha256Of(content) !== stated) throw refuse(`${name} is not what ${MANIFEST} says it is`);
  }
  const listed = new Set([MANIFEST, ...manifest.files.map(({ file: name }) => name)]);
  for (const name of files.keys())
    if (!listed.has(name)) throw refuse(`${quote(name)} is not in ${MANIFEST}`);
  return manifest;
}
