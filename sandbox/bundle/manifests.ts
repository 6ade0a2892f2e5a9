import { posix } from 'node:path'
import type { Refusal } from './diagnostic.ts'
import type { FileId, Files } from './files.ts'
import { Manifest } from './manifest.ts'

/** The manifests of one build's packages; each is read once. */
export class Manifests {
  readonly #files: Files
  readonly #manifests = new Map<string, Manifest | Refusal | undefined>()

  constructor(files: Files) {
    this.#files = files
  }

  /** The manifest of the package a file is part of. */
  of(file: FileId): Manifest | Refusal | undefined {
    let folder = posix.dirname(file.path)
    for (;;) {
      if (posix.basename(folder) === 'node_modules') return undefined
      const found = this.in({ origin: file.origin, path: folder })
      if (found || folder === '.' || folder === '..') return found
      folder = posix.dirname(folder)
    }
  }

  /** The one that lies in a folder. */
  in(folder: FileId): Manifest | Refusal | undefined {
    const path = posix.join(folder.path, 'package.json')
    const key = `${folder.origin}:${path}`
    if (!this.#manifests.has(key)) {
      this.#manifests.set(key, this.#read({ origin: folder.origin, path }))
    }
    return this.#manifests.get(key)
  }

  #read(file: FileId): Manifest | Refusal | undefined {
    const found = this.#files.locate(file)
    if (found.kind !== 'file') return undefined
    const text = this.#files.text({ origin: file.origin, path: found.path })
    try {
      const fields: unknown = JSON.parse((text ?? '').replace(/^\uFEFF/, ''))
      if (typeof fields === 'object' && fields !== null) {
        return new Manifest(posix.dirname(file.path), fields as Record<string, unknown>)
      }
    } catch {
      // What it says instead may be nobody's business.
    }
    return { code: 'package-broken', text: `"${file.path}" is no manifest of a package` }
  }
}

/** Whether a manifest is there, and is none. */
export function isRefusal(value: Manifest | Refusal | undefined): value is Refusal {
  return value !== undefined && !(value instanceof Manifest)
}
