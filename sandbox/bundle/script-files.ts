import { createHash } from 'node:crypto'
import type { Refusal } from './diagnostic.ts'
import type { FileId, Files, Origin } from './files.ts'
import { Folder, type Located } from './folder.ts'
import type { BuildOrder, Evidence, Input } from './messages.ts'
import type { BundleLimits } from './options.ts'

/** The files of one build: reads within the limits, and remembers what it has read. */
export class ScriptFiles implements Files {
  readonly hasPackages: boolean
  readonly provided: ReadonlySet<string>
  readonly #folders: Readonly<Record<Origin, Folder | undefined>>
  readonly #limits: BundleLimits
  readonly #inputs = new Map<string, Input>()
  #size = 0

  /** Throws the system's error where a folder is not there. */
  constructor(order: BuildOrder) {
    this.#folders = {
      script: new Folder(order.folder),
      packages: order.packages === undefined ? undefined : new Folder(order.packages),
    }
    this.hasPackages = order.packages !== undefined
    this.provided = new Set(Object.keys(order.provided))
    this.#limits = order.limits
  }

  /** What the build has seen so far. */
  get evidence(): Evidence {
    return {
      inputs: [...this.#inputs.values()],
      looks: {
        script: this.#folders.script?.looks ?? new Map(),
        packages: this.#folders.packages?.looks ?? new Map(),
      },
    }
  }

  locate({ origin, path }: FileId): Located {
    return this.#folders[origin]?.locate(path) ?? { kind: 'absent' }
  }

  text(file: FileId): string | undefined {
    const content = this.read(file)
    return typeof content === 'string' ? content : undefined
  }

  /** A located file's text, or why there is none. */
  read(file: FileId): string | Refusal {
    const { files, fileSize, totalSize } = this.#limits
    const key = `${file.origin}:${file.path}`
    if (this.#inputs.size >= files && !this.#inputs.has(key)) {
      return refuse('file-count', `the script has more than ${files} files`)
    }
    const content = this.#folders[file.origin]?.read(file.path, fileSize) ?? 'unreadable'
    if (content === 'unreadable') return refuse('file-unreadable', `"${file.path}" cannot be read`)
    if (content === 'size') {
      return refuse('file-size', `"${file.path}" has more than ${fileSize} bytes`)
    }
    const { bytes, stamp } = content
    this.#size += bytes.length
    if (this.#size > totalSize) {
      return refuse('total-size', `the script's files have more than ${totalSize} bytes`)
    }
    const hash = createHash('sha256').update(bytes).digest('hex')
    this.#inputs.set(key, { ...file, stamp, hash, readAt: Date.now() })
    return bytes.toString('utf8')
  }
}

function refuse(code: Refusal['code'], text: string): Refusal {
  return { code, text }
}
