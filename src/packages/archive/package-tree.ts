import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What npm's list of a package's files asks of it and of the packages it bundles. */
interface Node {
  readonly path: string
  readonly package: object
  readonly isProjectRoot: boolean
  readonly isLink: boolean
  readonly target: Node
  readonly edgesOut: { get(name: string): { readonly to: Node | undefined } | undefined }
}

/**
 * Stands in for npm's whole tree of packages: which of them are bundled is all that is asked, and
 * Node's own rule (the nearest `node_modules`) answers it.
 */
export class PackageTree {
  readonly #path: string

  constructor({ path }: { readonly path: string }) {
    this.#path = path
  }

  async loadActual(): Promise<Node> {
    return nodeOf(this.#path, this.#path, 'root')
  }
}

function nodeOf(path: string, root: string, place: 'root' | 'inside'): Node {
  const target = realpathSync(path)
  const node: Node = {
    path,
    package: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as object,
    isProjectRoot: place === 'root',
    isLink: target !== path && place === 'inside',
    get target() {
      return node
    },
    edgesOut: {
      get(name) {
        const found = find(name, path, root)
        return found === undefined ? undefined : { to: nodeOf(found, root, 'inside') }
      },
    },
  }
  return node
}

function find(name: string, from: string, root: string): string | undefined {
  const path = join(from, 'node_modules', name)
  if (existsSync(join(path, 'package.json'))) return path
  return from === root ? undefined : find(name, dirname(from), root)
}
