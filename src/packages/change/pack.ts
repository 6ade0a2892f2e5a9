import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fetchPackage } from '../archive/fetch.ts'
import { readSource } from '../archive/source.ts'
import { fetchFailed } from '../package-error.ts'
import { Store } from '../store/store.ts'
import { tryOut } from '../trial/trial.ts'
import { makeCandidate } from './candidate.ts'

/** An archive that has been written. */
export interface Packed {
  readonly name: string
  readonly version: string
  readonly file: string
  /** Bytes. */
  readonly size: number
}

/**
 * Makes the archive of a plugin's folder as a registry would have it, and does with it all that an
 * installation does, but install it. The archive is written to `into`.
 */
export async function pack(folder: string, into: string, program: string): Promise<Packed> {
  const source = readSource(resolve(folder), '/')
  if (source.kind !== 'folder') {
    throw fetchFailed(folder, 'is no folder', 'name the folder of the plugin')
  }
  const scratch = mkdtempSync(join(tmpdir(), 'gateway-pack-'))
  try {
    const store = new Store(scratch)
    mkdirSync(store.path, { recursive: true })
    const fetched = await fetchPackage(source, { folder: scratch, registry: undefined, scratch })
    const made = await makeCandidate(fetched, folder, join(store.path, 'packed'))
    const { name, manifest } = made
    await tryOut(new Map([[name, made.locked]]), [made], store, program)
    const file = join(into, `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`)
    writeFileSync(file, fetched.bytes)
    return { name, version: manifest.version, file, size: fetched.bytes.length }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
