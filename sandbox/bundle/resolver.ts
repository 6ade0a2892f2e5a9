import { posix } from 'node:path'
import type { Refusal } from './diagnostic.ts'
import type { FileId, Files, Origin } from './files.ts'
import type { Located } from './folder.ts'
import { type ImportKind, Manifest } from './manifest.ts'
import { isRefusal, Manifests } from './manifests.ts'
import { isPackageName, notInstalled, refusalOfName, splitPackage } from './specifier.ts'

/** What an import means. */
export type Resolved =
  | { readonly kind: 'file'; readonly file: FileId; readonly sideEffects: boolean }
  | { readonly kind: 'provided'; readonly name: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

const EXTENSIONS = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.jsx', '.json'] as const
const INDEXES = EXTENSIONS.map((extension) => `index${extension}`)
/** TypeScript is imported by the name its JavaScript would have. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
  '.jsx': ['.tsx'],
}

/**
 * Finds the file an import means, as Node and bundlers do, for a platform that is neither. It looks
 * at nothing but what `Files` shows, so that whatever the result depends on is known.
 */
export class Resolver {
  readonly #files: Files
  readonly #manifests: Manifests

  constructor(files: Files) {
    this.#files = files
    this.#manifests = new Manifests(files)
  }

  resolve(specifier: string, importer: FileId, kind: ImportKind): Resolved {
    if (this.#files.provided.has(specifier)) return { kind: 'provided', name: specifier }
    const refusal = refusalOfName(specifier, this.#files.provided)
    if (refusal) return { kind: 'refused', refusal }
    const scope = this.#manifests.of(importer)
    if (isRefusal(scope)) return { kind: 'refused', refusal: scope }
    if (/^\.\.?(?:\/|$)/.test(specifier)) return this.#relative(specifier, importer, scope)
    if (specifier.startsWith('#')) return this.#internal(specifier, importer, scope, kind)
    return this.#bare(specifier, importer, scope, kind)
  }

  #relative(specifier: string, importer: FileId, scope: Manifest | undefined): Resolved {
    const path = posix.join(posix.dirname(importer.path), specifier)
    const from = { origin: importer.origin, path }
    const replaced = scope && replacementOf(scope, from)
    if (replaced !== undefined) return this.#replaced(replaced, scope as Manifest, from)
    return this.#found(this.#asFileOrFolder(from), specifier, from)
  }

  #internal(
    name: string,
    importer: FileId,
    scope: Manifest | undefined,
    kind: ImportKind,
  ): Resolved {
    for (const target of scope?.importsOf(name, kind) ?? []) {
      const inScope = {
        origin: importer.origin,
        path: posix.join((scope as Manifest).folder, 'package.json'),
      }
      // Only to files of the package and to packages: never to another name with `#`.
      if (target.startsWith('#')) continue
      const found = this.resolve(target, inScope, kind)
      if (found.kind !== 'refused' || found.refusal.code !== 'import-missing') return found
    }
    const hint = 'the "imports" of the nearest package.json have no file for it'
    return refused({ code: 'import-missing', text: `"${name}" is not there`, hint })
  }

  #bare(
    specifier: string,
    importer: FileId,
    scope: Manifest | undefined,
    kind: ImportKind,
  ): Resolved {
    const replaced = scope?.replacement(specifier)
    if (replaced !== undefined) return this.#replaced(replaced, scope as Manifest, importer, kind)
    const { name, part } = splitPackage(specifier)
    if (scope?.hasExports && scope.name === name) {
      return this.#exported(scope, importer.origin, part, specifier, kind)
    }
    for (const folder of this.#packageFolders(name, importer)) {
      const found = this.#files.locate(folder)
      if (found.kind === 'outside') return this.#found(found, specifier, folder)
      if (found.kind !== 'folder') continue
      return this.#inPackage({ origin: folder.origin, path: found.path }, part, specifier, kind)
    }
    return refused(notInstalled(specifier, name))
  }

  /** Where a package may lie, the nearest place first. */
  *#packageFolders(name: string, importer: FileId): Generator<FileId> {
    if (!isPackageName(name)) return
    let folder = posix.dirname(importer.path)
    for (;;) {
      if (posix.basename(folder) !== 'node_modules') {
        yield { origin: importer.origin, path: posix.join(folder, 'node_modules', name) }
      }
      if (folder === '.') break
      folder = posix.dirname(folder)
    }
    if (this.#files.hasPackages) yield { origin: 'packages', path: name }
  }

  #inPackage(folder: FileId, part: string, specifier: string, kind: ImportKind): Resolved {
    const manifest = this.#manifests.in(folder)
    if (isRefusal(manifest)) return refused(manifest)
    if (manifest?.hasExports) return this.#exported(manifest, folder.origin, part, specifier, kind)
    const path = { ...folder, path: posix.join(folder.path, part) }
    if (part !== '.') return this.#found(this.#asFileOrFolder(path), specifier, path)
    return this.#found(this.#asFolder(folder, kind), specifier, folder)
  }

  #exported(
    manifest: Manifest,
    origin: Origin,
    part: string,
    specifier: string,
    kind: ImportKind,
  ): Resolved {
    for (const target of manifest.exportsOf(part, kind)) {
      const file = { origin, path: posix.join(manifest.folder, target) }
      const found = this.#files.locate(file)
      if (found.kind !== 'absent' && found.kind !== 'folder')
        return this.#found(found, specifier, file)
    }
    const hint = `package "${manifest.name ?? specifier}" has no file for it that is not for Node alone`
    return refused({ code: 'import-missing', text: `"${specifier}" is not exported`, hint })
  }

  #replaced(
    by: string | false,
    scope: Manifest,
    from: FileId,
    kind: ImportKind = 'import',
  ): Resolved {
    if (by === false) return { kind: 'empty' }
    if (!by.startsWith('./')) {
      const refusal = refusalOfName(by, this.#files.provided)
      if (refusal) return refused(refusal)
      // Packages a map leads to are not mapped again: two could lead to each other for ever.
      const { name, part } = splitPackage(by)
      for (const folder of this.#packageFolders(name, from)) {
        const found = this.#files.locate(folder)
        if (found.kind === 'folder') {
          return this.#inPackage({ origin: folder.origin, path: found.path }, part, by, kind)
        }
      }
      return refused(notInstalled(by, name))
    }
    const file = { origin: from.origin, path: posix.join(scope.folder, by) }
    return this.#found(this.#asFileOrFolder(file), by, file)
  }

  #found(found: Located, specifier: string, wanted: FileId): Resolved {
    switch (found.kind) {
      case 'file': {
        const file = { origin: wanted.origin, path: found.path }
        return this.#file(file)
      }
      case 'outside':
        return refused({
          code: 'import-outside',
          text: `"${specifier}" leads out of the script's folder`,
          hint: 'copy the file into the folder, or make it a package and install it there',
        })
      case 'special':
        return refused({
          code: 'file-unreadable',
          text: `"${specifier}" is no file that can be read`,
        })
      default:
        return refused({ code: 'import-missing', text: `"${specifier}" is not there` })
    }
  }

  #file(file: FileId): Resolved {
    const scope = this.#manifests.of(file)
    const sideEffects = !(scope instanceof Manifest) || scope.hasSideEffects(file.path)
    return { kind: 'file', file, sideEffects }
  }

  #asFileOrFolder(path: FileId): Located {
    const exact = this.#files.locate(path)
    if (exact.kind === 'file' || exact.kind === 'outside' || exact.kind === 'special') return exact
    const file = this.#firstFile(path, candidates(path.path))
    if (file) return file
    return exact.kind === 'folder' ? this.#asFolder({ ...path, path: exact.path }, 'import') : exact
  }

  #asFolder(folder: FileId, kind: ImportKind): Located {
    const manifest = this.#manifests.in(folder)
    if (manifest instanceof Manifest) {
      for (const main of manifest.mains(kind)) {
        const file = { origin: folder.origin, path: posix.join(folder.path, main) }
        const replaced = replacementOf(manifest, file)
        const path = typeof replaced === 'string' ? posix.join(folder.path, replaced) : file.path
        const found = this.#mainFile({ ...file, path })
        if (found) return found
      }
    }
    const indexes = INDEXES.map((name) => posix.join(folder.path, name))
    return this.#firstFile(folder, indexes) ?? { kind: 'absent' }
  }

  #mainFile(path: FileId): Located | undefined {
    const exact = this.#files.locate(path)
    if (exact.kind !== 'absent' && exact.kind !== 'folder') return exact
    const inFolder = INDEXES.map((name) => posix.join(path.path, name))
    return this.#firstFile(path, [...candidates(path.path), ...inFolder])
  }

  /** A path out of the folder is an answer, too: it is not passed over for another file. */
  #firstFile(base: FileId, paths: readonly string[]): Located | undefined {
    for (const path of paths) {
      const found = this.#files.locate({ origin: base.origin, path })
      if (found.kind === 'file' || found.kind === 'outside') return found
    }
    return undefined
  }
}

function candidates(path: string): string[] {
  const extension = posix.extname(path)
  const stem = path.slice(0, path.length - extension.length)
  const sources = (SOURCES[extension] ?? []).map((source) => stem + source)
  return [...sources, ...EXTENSIONS.map((each) => path + each)]
}

function replacementOf(scope: Manifest, file: FileId): string | false | undefined {
  const path = scope.within(file.path)
  return path === undefined ? undefined : scope.replacement(path)
}

function refused(refusal: Refusal): Resolved {
  return { kind: 'refused', refusal }
}
