import {
  ConfigError,
  definePlugin,
  directive,
  type Mark,
  number,
  type Template,
} from 'gateway/plugin'
import { byRemainder } from './by-remainder.ts'
import { byRing } from './by-ring.ts'

/** What `hash` says. */
interface HashSettings {
  readonly key: Template
  readonly method: 'remainder' | 'ring'
  readonly mark: Mark
}

/** Keeps whatever has the same key on one peer, for as long as that is usable. */
export default definePlugin({
  name: 'hash',
  doc: 'Chooses the peer by the hash of a key.',
  transient: true,
  choosesBy: 'request',
  directives: {
    hash: directive<HashSettings | undefined>({
      in: ['upstream'],
      default: undefined,
      doc: 'Chooses the peer by the hash of a key, which may hold variables, so that requests with the same key go to the same peer as long as that is usable; where the key is empty, peers take turns. With consistent (ketama) only few keys move when a peer is added or removed; the weights then add up to 10000 at most. The peer is the one that nginx chooses; so does Cache::Memcached, or Cache::Memcached::Fast for consistent.',
      usage: 'key [consistent]',
      min: 1,
      max: 2,
      kind: 'template',
      read: (entry) => {
        const [key = '', parameter] = entry.args
        if (parameter !== undefined && parameter !== 'consistent') {
          return entry.fail(
            `invalid parameter "${parameter}"`,
            'write consistent, or the key alone',
          )
        }
        const method = parameter === undefined ? 'remainder' : 'ring'
        return { key: entry.template(key), method, mark: entry.mark }
      },
    }),
    hash_again: number({
      in: ['upstream'],
      default: 20,
      doc: 'How many times hash (without consistent) looks for another peer where the one it comes to cannot be asked; then peers take turns.',
    }),
  },
  balancer: (peers, { hash, hash_again }) => {
    if (!hash) return (x, tried) => peers.next(x, tried)
    if (hash.method === 'remainder') return byRemainder(peers, hash.key, hash_again)
    return byRing(peers, hash.key, (text) => {
      throw new ConfigError(hash.mark, `hash: ${text}`)
    })
  },
})
