import {
  type Entry,
  type Exchange,
  fileBelow,
  type NamedFile,
  statsOf,
  type Template,
} from 'gateway/plugin'

/** One of the files to look for. */
export interface Candidate {
  readonly name: Template
  readonly kind: 'file' | 'folder'
}

/** What `try_files` says: what to look for, and what happens where nothing is found. */
export interface Attempts {
  readonly candidates: readonly Candidate[]
  /** A status, or where an internal redirect leads. */
  readonly otherwise: number | Template
}

const MOST_STATUS = 999

/** Reads `try_files file ... uri | =code | @named`. */
export function readAttempts(entry: Entry): Attempts {
  const last = entry.args.at(-1) ?? ''
  const candidates = entry.args.slice(0, -1).map((word): Candidate => {
    const folder = word.endsWith('/')
    const name = entry.template(folder ? word.slice(0, -1) : word)
    return { name, kind: folder ? 'folder' : 'file' }
  })
  return { candidates, otherwise: readLast(entry, last) }
}

function readLast(entry: Entry, word: string): number | Template {
  if (!word.startsWith('=')) return entry.template(word)
  const code = Number(/^=(\d{1,4})$/.exec(word)?.[1])
  if (code <= MOST_STATUS) return code
  return entry.fail(`invalid code "${word}"`, 'write = and a status: =404')
}

/** Names are the owner's, but a variable in one may be the client's: it must not leave the root. */
const CLIMBS = /(^|\/)\.\.(\/|$)|\0/

/** The file, or folder, of this name below the root; undefined where there is none. */
export function find(
  x: Exchange,
  name: string,
  { name: { constant }, kind }: Candidate,
): NamedFile | undefined {
  if (constant === undefined && CLIMBS.test(name)) {
    x.log('error', `try_files: "${name}" would leave the root`)
    return undefined
  }
  const named = fileBelow(x, name)
  const stats = statsOf(x, named.path)
  return stats?.isDirectory() === (kind === 'folder') ? named : undefined
}
