import { join } from 'node:path'
import { hashFiles, readArchive } from '../archive/archive.ts'
import { fetchPackage, newestVersion } from '../archive/fetch.ts'
import { readSource } from '../archive/source.ts'
import { packageOf } from '../installed.ts'
import { notInstalled } from '../package-error.ts'
import { type Lock, type Locked, readLock } from '../store/lock.ts'
import type { Candidate } from './candidate.ts'
import { type Change, changeOf, changing, enact, makeOne, requestOf } from './install.ts'
import type { Workshop } from './workshop.ts'

/**
 * Fetches the sources of these plugins again (of all of them where none is named), and installs what
 * has changed. Whoever asks for more than it was granted has to be granted it.
 */
export async function update(
  words: readonly string[],
  workshop: Workshop,
): Promise<readonly Change[]> {
  return changing(workshop, async (lock, staging) => {
    const changed: Candidate[] = []
    for (const [i, [name, locked]] of chosen(words, lock).entries()) {
      const source = readSource(locked.source, workshop.store.folder)
      const made = await makeOne(source, join(staging, `${i}`), workshop)
      if (made.name !== name) throw notInstalled(made.name, [name])
      if (made.locked.files !== locked.files || made.locked.bundle !== locked.bundle) {
        changed.push(made)
      }
    }
    if (changed.length === 0) return []
    const changes = changed.map((each) => changeOf(each, lock))
    await workshop.ask(changed.map((each) => requestOf(each, lock)))
    await enact(changed, lock, workshop)
    return changes
  })
}

/** What a source has that is not installed. */
export interface Outdated {
  readonly name: string
  readonly installed: string
  /** What `update` would install. */
  readonly wanted: string
  /** What the registry has; only of a package of npm. */
  readonly latest: string | undefined
}

/** The installed plugins whose sources have something else now. Changes nothing. */
export async function outdated(
  words: readonly string[],
  workshop: Workshop,
): Promise<readonly Outdated[]> {
  return changing(workshop, async (lock, staging) => {
    const found: Outdated[] = []
    for (const [name, locked] of chosen(words, lock)) {
      const now = await versionsNow(locked, staging, workshop)
      if (now) found.push({ name, installed: locked.version, ...now })
    }
    return found
  })
}

async function versionsNow(
  locked: Locked,
  scratch: string,
  { store: { folder }, registry }: Workshop,
): Promise<{ readonly wanted: string; readonly latest: string | undefined } | undefined> {
  const options = { folder, registry, scratch }
  const source = readSource(locked.source, folder)
  if (source.kind === 'npm') {
    const wanted = await newestVersion(source, options)
    const latest = await newestVersion({ ...source, range: undefined }, options)
    return wanted === locked.version && latest === locked.version ? undefined : { wanted, latest }
  }
  const { bytes } = await fetchPackage(source, options)
  const files = readArchive(bytes, locked.source)
  if (hashFiles(files) === locked.files) return undefined
  const manifest = JSON.parse(new TextDecoder().decode(files.get('package.json'))) as {
    readonly version?: unknown
  }
  return { wanted: String(manifest.version), latest: undefined }
}

/** Takes plugins out of the lock. Their files stay for gateways that still run with them. */
export async function remove(
  words: readonly string[],
  workshop: Workshop,
): Promise<readonly Change[]> {
  return changing(workshop, async (lock) => {
    const gone = new Map(chosen(words, lock))
    const next = new Map([...lock].filter(([name]) => !gone.has(name)))
    if (workshop.mode === 'change') workshop.store.commit(next)
    return [...gone].map(([name, { version }]) => {
      return { name, from: version, to: undefined, locked: undefined }
    })
  })
}

/** Deletes the files of what is installed no more; returns the names of their folders. */
export async function prune(workshop: Workshop): Promise<readonly string[]> {
  return changing(workshop, async (lock, staging) => {
    const { store, mode } = workshop
    const unused = store.unused(lock).filter((name) => !staging.endsWith(name))
    if (mode === 'change') for (const name of unused) store.delete(name)
    return unused
  })
}

/** The plugins that words name, by package or plugin; all of them where there are none. */
export function chosen(
  words: readonly string[],
  lock: Lock,
): readonly (readonly [string, Locked])[] {
  if (words.length === 0) return [...lock]
  return words.map((word) => {
    const name = packageOf(word, lock)
    const locked = name === undefined ? undefined : lock.get(name)
    if (name === undefined || !locked) throw notInstalled(word, [...lock.keys()])
    return [name, locked] as const
  })
}

/** The same, of the lock in a folder, for those who change nothing. */
export function installedIn(
  folder: string,
  words: readonly string[],
): readonly (readonly [string, Locked])[] {
  return chosen(words, readLock(folder))
}
