import { join } from 'node:path'
import { readSource } from '../archive/source.ts'
import { PackageError, restoreFailed } from '../package-error.ts'
import type { Locked } from '../store/lock.ts'
import { faultOfHome } from '../store/store.ts'
import type { Candidate } from './candidate.ts'
import { type Change, changing, makeOne } from './install.ts'
import type { Workshop } from './workshop.ts'

/**
 * Puts exactly what the lock says in its place: what is there already stays, what is not is fetched
 * again, and has to come to the same files and the same bundle. The lock is not changed.
 */
export async function restore(workshop: Workshop): Promise<readonly Change[]> {
  const { store, mode } = workshop
  return changing(workshop, async (lock, staging) => {
    const broken = [...lock].filter(([name, locked]) => {
      return faultOfHome(store.home(name, locked), locked) !== undefined
    })
    const reasons: string[] = []
    const made: Candidate[] = []
    for (const [i, [name, locked]] of broken.entries()) {
      try {
        made.push(await again(name, locked, join(staging, `${i}`), workshop))
      } catch (error) {
        if (!(error instanceof PackageError)) throw error
        reasons.push(...error.reasons)
      }
    }
    if (reasons.length > 0) throw new PackageError(reasons)
    if (mode === 'change')
      for (const { home, name, locked } of made) store.adopt(home, name, locked)
    return made.map(({ name, locked }) => {
      return { name, from: locked.version, to: locked.version, locked }
    })
  })
}

/** Makes a locked plugin from its source again. Throws where something else comes of it. */
export async function again(
  name: string,
  locked: Locked,
  home: string,
  workshop: Workshop,
): Promise<Candidate> {
  const { resolved, integrity } = locked
  const source = readSource(exactly(name, locked), workshop.store.folder)
  const made = await makeOne(source, home, workshop, { resolved, integrity })
  if (made.name !== name || made.locked.files !== locked.files) {
    throw restoreFailed(name, locked.source, 'holds something else than when it was installed')
  }
  if (made.locked.bundle !== locked.bundle) {
    const how = `${locked.bundler} has made the locked bundle, and here is ${made.locked.bundler}`
    const same = 'the same files come to another bundle'
    throw restoreFailed(name, resolved, locked.bundler === made.locked.bundler ? same : how)
  }
  return { ...made, locked }
}

/** The version that was installed, and not what its range comes to today. */
function exactly(name: string, { resolved, source, version }: Locked): string {
  return /^(?:git\+)?file:/.test(resolved) ? source : `${name}@${version}`
}
