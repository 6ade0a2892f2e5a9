import fc from 'fast-check'
import type { Peer } from 'gateway/plugin'
import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/least-conn/index.ts'

const NONE: ReadonlySet<Peer> = new Set()
const subject = underTest(plugin, { directives: { least_conn: 'on' } })
const x = subject.exchange()

/** A balancer of peers with these weights, the first one called `a`. */
function weighted(...weights: number[]) {
  const list = weights.map((weight, i) => ({ name: `${'abcdefgh'[i]}:80`, weight }))
  const { choose, peers } = subject.balancer(list)
  return { peers, choose: (tried = NONE) => choose(x, tried) as Peer | undefined }
}

/** The names of so many choices; with `busy`, none of the requests ends. */
function sequence(choose: () => Peer | undefined, times: number, load: 'idle' | 'busy'): string {
  let text = ''
  for (let i = 0; i < times; i++) {
    const peer = choose()
    if (peer && load === 'busy') peer.active++
    text += peer?.name[0] ?? '-'
  }
  return text
}

describe('least_conn', () => {
  it('chooses whoever has the fewest requests for its weight', () => {
    const { choose, peers } = weighted(1, 1, 1)
    const [a, b, c] = peers as [Peer, Peer, Peer]
    a.active = 2
    b.active = 1
    c.active = 3
    expect(choose()).toBe(b)
    b.active = 3
    expect(choose()).toBe(a)
  })

  it('counts requests against weights', () => {
    const { choose, peers } = weighted(5, 1)
    const [a, b] = peers as [Peer, Peer]
    a.active = 4
    b.active = 1
    expect(choose()).toBe(a)
    a.active = 6
    expect(choose()).toBe(b)
  })

  it('lets those that are tied take turns by weight, smoothly', () => {
    expect(sequence(weighted(5, 1, 1).choose, 14, 'idle')).toBe('aabacaaaabacaa')
    expect(sequence(weighted(1, 1, 1).choose, 6, 'idle')).toBe('abcabc')
  })

  it('leaves the turns of the others alone', () => {
    const { choose, peers } = weighted(1, 1, 1)
    const [a] = peers as [Peer, Peer, Peer]
    a.active = 1
    expect(sequence(choose, 4, 'idle')).toBe('bcbc')
    expect(a.currentWeight).toBe(0)
  })

  it('gives each peer requests by its weight, however many stay', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 1, max: 10 }),
        (weights, rounds) => {
          const { choose, peers } = weighted(...weights)
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          sequence(choose, total * rounds, 'busy')
          expect(peers.map(({ active }) => active)).toEqual(weights.map((each) => each * rounds))
        },
      ),
    )
  })

  it('asks the least busy backup when nobody else is left', () => {
    const { choose, peers } = subject.balancer([
      { name: 'a:80' },
      { name: 'b:80', backup: true },
      { name: 'c:80', backup: true },
    ])
    const [a, b, c] = peers as [Peer, Peer, Peer]
    a.active = 9
    b.active = 2
    c.active = 1
    expect(choose(x, NONE)).toBe(a)
    expect(choose(x, new Set([a]))).toBe(c)
    expect(choose(x, new Set([a, c]))).toBe(b)
    expect(choose(x, new Set([a, b, c]))).toBeUndefined()
  })

  it('gives back by turns the weight that failures took', () => {
    const { choose, peers } = weighted(3, 3)
    const [a] = peers as [Peer]
    a.effectiveWeight = 0
    expect(sequence(choose, 12, 'idle').replaceAll('b', '').length).toBeLessThan(6)
    expect(a.effectiveWeight).toBe(3)
  })

  it('leaves it to round robin where it is off', () => {
    const off = underTest(plugin, { directives: { least_conn: 'off' } })
    const { choose, peers } = off.balancer([{ name: 'a:80' }, { name: 'b:80' }])
    ;(peers[0] as Peer).active = 9
    expect([choose(x, NONE), choose(x, NONE)]).toEqual(peers)
  })
})
