import type { Peer } from 'gateway/plugin'

/** Peers to draw from, each as likely as its weight says. */
export class Lots {
  readonly #list: readonly Peer[]
  /** By peer: the sum of the weights before it. */
  readonly #starts: readonly number[]
  readonly #total: number

  constructor(list: readonly Peer[]) {
    let total = 0
    this.#list = list
    this.#starts = list.map((peer) => {
      const start = total
      total += peer.settings.weight
      return start
    })
    this.#total = total
  }

  draw(): Peer {
    const place = Math.random() * this.#total
    let from = 0
    let to = this.#list.length
    while (to - from > 1) {
      const middle = (from + to) >>> 1
      if (place < (this.#starts[middle] as number)) to = middle
      else from = middle
    }
    return this.#list[from] as Peer
  }
}
