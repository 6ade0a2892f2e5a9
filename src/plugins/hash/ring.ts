import { byteString } from 'gateway/plugin'
import { addNumberToCrc, addToCrc, CRC_START, endCrc } from './crc32.ts'

/** Points on the ring for each unit of weight (as in nginx and Cache::Memcached::Fast). */
const POINTS = 160
/** The largest sum of weights: 1.6 million points, 10 MB and a fraction of a second to make. */
export const MAX_RING_WEIGHT = 10_000
/** More than there can be servers; hash and server then fit into one number. */
const SERVERS = 2 ** 16

/** A server on the ring, by its name as written: `10.0.0.1:8080`. */
export interface RingServer {
  readonly name: string
  readonly weight: number
}

/**
 * Ketama's ring of consistent hashing: each server has many points on it, and a hash belongs to
 * the next point. A server that is added or removed takes or leaves its own keys alone.
 */
export class Ring {
  readonly #hashes: Uint32Array
  /** By point: the index of its server. */
  readonly #owners: Uint16Array

  /** The weights add up to `MAX_RING_WEIGHT` at most. */
  constructor(servers: readonly RingServer[]) {
    const points = allPoints(servers)
    let size = 0
    for (let i = 0; i < points.length; i++) {
      // As in nginx, a point where two servers meet belongs to the first one.
      if (i > 0 && hashIn(points, i) === hashIn(points, i - 1)) continue
      points[size++] = points[i] as number
    }
    this.#hashes = Uint32Array.from({ length: size }, (_, i) => hashIn(points, i))
    this.#owners = Uint16Array.from({ length: size }, (_, i) => (points[i] as number) % SERVERS)
  }

  /** The first point not below this hash; the one behind the last where there is none. */
  find(hash: number): number {
    let from = 0
    let to = this.#hashes.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (hash > (this.#hashes[middle] as number)) from = middle + 1
      else to = middle
    }
    return from
  }

  /** The index of the server a point belongs to; behind the last point the first one follows. */
  owner(point: number): number {
    return this.#owners[point % this.#owners.length] as number
  }
}

/** The points of all servers in order, each as hash and server in one number. */
function allPoints(servers: readonly RingServer[]): Float64Array {
  const weight = servers.reduce((sum, server) => sum + server.weight, 0)
  const points = new Float64Array(weight * POINTS)
  let size = 0
  for (const [index, server] of servers.entries()) {
    const base = addToCrc(CRC_START, baseOf(server.name))
    let hash = 0
    for (let i = 0; i < server.weight * POINTS; i++) {
      hash = endCrc(addNumberToCrc(base, hash))
      points[size++] = hash * SERVERS + index
    }
  }
  return points.sort()
}

function hashIn(points: Float64Array, i: number): number {
  return Math.floor((points[i] as number) / SERVERS)
}

/** What a server's points are made of: host, a zero byte, and the port as far as it is written. */
function baseOf(written: string): string {
  const name = byteString(written)
  if (/^unix:/i.test(name)) return `${name.slice('unix:'.length)}\0`
  const [, host = name, port = ''] = /^(.*):(\d*)$/s.exec(name) ?? []
  return `${host}\0${port}`
}
