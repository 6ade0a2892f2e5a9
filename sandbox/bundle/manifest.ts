import { exports as exportsOf, imports as importsOf, type Package } from 'resolve.exports'

/** Which of a package's conditional files are for the sandbox, beside `default`. */
const CONDITIONS = ['worker', 'browser', 'module', 'production'] as const

/** How a module is asked for. */
export type ImportKind = 'import' | 'require'

/** A package.json: data that says which file an import means. Nothing of it is run. */
export class Manifest {
  /** The folder it lies in. */
  readonly folder: string
  readonly name: string | undefined
  readonly hasExports: boolean
  readonly #fields: Package
  readonly #sideEffects: (path: string) => boolean

  constructor(folder: string, fields: Readonly<Record<string, unknown>>) {
    const name = typeof fields.name === 'string' ? fields.name : undefined
    this.folder = folder
    this.name = name
    this.hasExports = fields.exports !== undefined && fields.exports !== null
    this.#fields = { ...fields, name: name ?? '' } as Package
    this.#sideEffects = sideEffects(fields.sideEffects)
  }

  /** Files `exports` offers for a part of the package (`.`, `./part`), best first. */
  exportsOf(part: string, kind: ImportKind): readonly string[] {
    return attempt(() => exportsOf(this.#fields, part, optionsFor(kind)))
  }

  /** Paths or packages `imports` offers for a name with `#`. */
  importsOf(name: string, kind: ImportKind): readonly string[] {
    return attempt(() => importsOf(this.#fields, name, optionsFor(kind)))
  }

  /** The main file's candidates, best first, as bundlers have it. */
  mains(kind: ImportKind): readonly string[] {
    const { browser, module, main } = this.#fields
    // A package that is required somewhere has its own state: `module` would be a second copy.
    const order: unknown[] = kind === 'require' ? [browser, main, module] : [browser, module, main]
    return order.filter((each): each is string => typeof each === 'string')
  }

  /** What the `browser` map has instead of a file (`./path`) or package; `false` is an empty module. */
  replacement(name: string): string | false | undefined {
    const { browser } = this.#fields
    if (typeof browser !== 'object' || browser === null || Array.isArray(browser)) return undefined
    for (const key of [
      name,
      ...(name.startsWith('./') ? [`${name}.js`, name.replace(/\.js$/, '')] : []),
    ]) {
      const found: unknown = Object.hasOwn(browser, key) ? browser[key] : undefined
      if (typeof found === 'string' || found === false) return found
    }
    return undefined
  }

  /** A path as the manifest has it (`./path`); undefined for one outside of the package. */
  within(path: string): string | undefined {
    if (this.folder === '.') return path.startsWith('../') ? undefined : `./${path}`
    return path.startsWith(`${this.folder}/`) ? `.${path.slice(this.folder.length)}` : undefined
  }

  /** Whether a file does something by being imported. */
  hasSideEffects(path: string): boolean {
    return this.#sideEffects(this.within(path) ?? path)
  }
}

function optionsFor(kind: ImportKind) {
  return { unsafe: true, conditions: [...CONDITIONS, kind] } as const
}

/** The library throws where a package offers nothing. */
function attempt(look: () => unknown): readonly string[] {
  try {
    const found = look()
    return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : []
  } catch {
    return []
  }
}

function sideEffects(field: unknown): (path: string) => boolean {
  if (field === false) return () => false
  if (!Array.isArray(field)) return () => true
  const patterns = field.filter((each) => typeof each === 'string').map(globToRegExp)
  return (path) => patterns.some((each) => each.test(path))
}

/** `*` within a folder, `**` across folders, a name without a folder anywhere. */
function globToRegExp(glob: string): RegExp {
  const path = glob.replace(/^\.\//, '')
  const source = path
    .split(/(\*\*\/?|\*)/)
    .map((part) => {
      if (part.startsWith('**')) return '.*'
      return part === '*' ? '[^/]*' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
    })
    .join('')
  return new RegExp(`^\\./${path.includes('/') ? '' : '(?:.*/)?'}${source}$`)
}
