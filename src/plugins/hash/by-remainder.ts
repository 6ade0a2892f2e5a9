import type { Balancer, Peer, Peers, Template } from 'gateway/plugin'
import { addToCrc, CRC_START, endCrc } from './crc32.ts'

/**
 * nginx's plain `hash`, compatible with Cache::Memcached: the hash's remainder by the sum of all
 * weights is a place among the peers. `again` peers may turn out unusable before the choice is left
 * to round robin. When a peer is added or removed, most keys move.
 */
export function byRemainder(peers: Peers, key: Template, again: number): Balancer {
  // A backup has no part in the hash: it is asked by round robin when all others fail.
  const list = peers.list.filter((peer) => !peer.settings.backup)
  const total = list.reduce((sum, peer) => sum + peer.settings.weight, 0)
  if (list.length < 2) return (x, tried) => peers.next(x, tried)
  return (x, tried) => {
    const text = key.render(x)
    if (text === '') return peers.next(x, tried)
    const met = tried.size > 0 ? new Set<Peer>() : undefined
    let misses = 0
    let place = 0
    for (let rehash = 0; misses <= again; rehash++) {
      place += hashOf(text, rehash)
      const peer = peerAt(list, place % total)
      if (peers.usable(peer, tried)) return peer
      // The look that chose a tried peer was no miss. nginx goes on behind it; here the same looks
      // are made again, since a balancer remembers nothing of a request.
      if (met && tried.has(peer) && !met.has(peer)) met.add(peer)
      else misses++
    }
    return peers.next(x, tried)
  }
}

/** 15 bits of the CRC; a second look and those after it put their number before the key. */
function hashOf(key: string, rehash: number): number {
  const start = rehash === 0 ? CRC_START : addToCrc(CRC_START, String(rehash))
  return (endCrc(addToCrc(start, key)) >>> 16) & 0x7fff
}

/** The peer whose share of the weights holds this place. */
function peerAt(list: readonly Peer[], place: number): Peer {
  let i = 0
  let peer = list[i] as Peer
  for (let rest = place; rest >= peer.settings.weight; peer = list[++i] as Peer) {
    rest -= peer.settings.weight
  }
  return peer
}
