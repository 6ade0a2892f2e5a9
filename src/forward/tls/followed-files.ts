import { followFiles } from '../../kernel/tls/tls-files.ts'
import { PeerContext } from './peer-context.ts'

type Take = (context: PeerContext) => void

/** Places with the same settings. */
interface Group {
  readonly takers: Set<Take>
  end(): void
}

/** By identity of what they began with. */
const groups = new Map<string, Group>()

/**
 * Follows the files of a context. Places that inherit the same directives do so together: files are
 * read once for all of them, they share what comes of it, and one line says so. Returns what ends it.
 */
export function followPeerFiles(context: PeerContext, take: Take): () => void {
  const { identity } = context
  const group = groups.get(identity) ?? follow(context)
  groups.set(identity, group)
  group.takers.add(take)
  return () => {
    group.takers.delete(take)
    if (group.takers.size > 0 || groups.get(identity) !== group) return
    group.end()
    groups.delete(identity)
  }
}

function follow({ mark, settings }: PeerContext): Group {
  const takers = new Set<Take>()
  const end = followFiles(settings, (read) => {
    const context = new PeerContext(read, mark)
    for (const take of takers) take(context)
  })
  return { takers, end }
}
