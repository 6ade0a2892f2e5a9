import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bundlePackage } from '../bundle/bundle.ts'
import { type Description, readDescription } from '../manifest/description.ts'
import { MANIFEST, type Manifest, readManifest } from '../manifest/manifest.ts'
import { installedBroken, PackageError } from '../package-error.ts'
import type { Locked } from '../store/lock.ts'
import { faultOfHome, packagePath, type Store } from '../store/store.ts'

/** What came of looking at an installed plugin. */
export interface Verified {
  readonly name: string
  readonly version: string
  /** `uncomparable`: another version of what makes bundles is here than has made this one. */
  readonly state: 'good' | 'broken' | 'uncomparable'
  readonly reasons: readonly string[]
}

/** Compares an installed plugin with the lock, and bundles its files again. Changes nothing. */
export async function verify(name: string, locked: Locked, store: Store): Promise<Verified> {
  const { version } = locked
  const home = store.home(name, locked)
  const fault = faultOfHome(home, locked)
  if (fault) {
    const { reasons } = installedBroken(name, relative(store.folder, fault.file), fault.fault)
    return { name, version, state: 'broken', reasons }
  }
  try {
    const { manifest } = readInstalled(name, locked, store)
    const made = await bundlePackage(home, manifest.entry, name)
    if (made.hash === locked.bundle) return { name, version, state: 'good', reasons: [] }
    if (made.bundler !== locked.bundler) {
      const text = `plugin "${name}": ${locked.bundler} has made its bundle, and here is ${made.bundler}`
      return { name, version, state: 'uncomparable', reasons: [text] }
    }
    const { reasons } = installedBroken(name, manifest.entry, 'comes to another bundle')
    return { name, version, state: 'broken', reasons }
  } catch (error) {
    if (!(error instanceof PackageError)) throw error
    return { name, version, state: 'broken', reasons: error.reasons }
  }
}

/** What an installed plugin says of itself, from its files. */
export function readInstalled(
  name: string,
  locked: Locked,
  store: Store,
): { readonly manifest: Manifest; readonly description: Description } {
  const folder = packagePath(store.home(name, locked))
  const text = (path: string): string => {
    try {
      return readFileSync(join(folder, path), 'utf8')
    } catch (error) {
      throw installedBroken(name, relative(store.folder, join(folder, path)), String(error))
    }
  }
  const manifest = readManifest(text(MANIFEST), name)
  const description = readDescription(text(manifest.schema), name, manifest.schema)
  return { manifest, description }
}
