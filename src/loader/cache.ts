import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What one bundle was made of. */
interface Recipe {
  /** Absolute paths of every file in it, and the hashes of their contents. */
  readonly inputs: Readonly<Record<string, string>>
  /** File name of the bundle in the cache. */
  readonly output: string
}

/** Only the owner may write: what lies here is run. */
const FOLDER_MODE = 0o700
const OTHERS_MAY_WRITE = 0o022

/**
 * Bundles by content. A recipe, found by entry file and `salt` (whatever else the result depends
 * on), lists the files the bundle was made of; while all their hashes hold, the bundle does too.
 */
export class BundleCache {
  readonly #folder: string
  readonly #salt: string

  constructor(folder: string, salt: string) {
    this.#folder = folder
    this.#salt = salt
  }

  /** The bundle of this entry file, if it is still what its sources say. */
  find(entry: string): string | undefined {
    try {
      const recipe = JSON.parse(readFileSync(this.#recipePath(entry), 'utf8')) as Recipe
      const output = join(this.#folder, recipe.output)
      if (!existsSync(output)) return undefined
      const fresh = Object.entries(recipe.inputs).every(([path, hash]) => hashFile(path) === hash)
      return fresh ? output : undefined
    } catch {
      // Never bundled, or an input is gone.
      return undefined
    }
  }

  /** Keeps a bundle; returns its path. */
  store(entry: string, inputs: readonly string[], code: string): string {
    const hashes = Object.fromEntries(inputs.map((path) => [path, hashFile(path)]))
    const output = `${hash(`${this.#salt}\n${JSON.stringify(hashes)}\n${code}`)}.mjs`
    const path = join(this.#folder, output)
    if (!existsSync(path)) writeWhole(path, code)
    writeWhole(this.#recipePath(entry), JSON.stringify({ inputs: hashes, output } satisfies Recipe))
    return path
  }

  #recipePath(entry: string): string {
    return join(this.#folder, `${hash(`${this.#salt}\n${entry}`)}.json`)
  }
}

/**
 * The first of these that can be written by this user and by nobody else: `wanted`, a folder of this user's under the system's
 * temporary one, a new one there (then nothing is found again with the next start).
 */
export function cacheFolder(wanted: string): string {
  const private_ = join(tmpdir(), `gateway-${process.getuid?.() ?? 'cache'}`)
  for (const folder of [wanted, private_]) {
    try {
      mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
      accessSync(folder, constants.W_OK)
      if (isOurs(folder)) return resolve(folder)
    } catch {
      // Read-only, or not ours.
    }
  }
  return mkdtempSync(join(tmpdir(), 'gateway-'))
}

/** What lies in a folder that others may write to, or have made, is not run. */
function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder)
  return (
    lstatSync(folder).isDirectory() && uid === process.getuid?.() && (mode & OTHERS_MAY_WRITE) === 0
  )
}

/** Appears whole or not at all, for processes that start at the same time. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text)
  renameSync(draft, path)
}

function hashFile(path: string): string {
  return hash(readFileSync(path))
}

function hash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}
