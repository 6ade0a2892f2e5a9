import type { Peer } from 'gateway/plugin'
import { underTest } from 'gateway/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import plugin from '../../src/plugins/random/index.ts'

type List = Parameters<ReturnType<typeof underTest>['balancer']>[0]

const NONE: ReadonlySet<Peer> = new Set()
const THREE: List = [{ name: 'a:80', weight: 2 }, { name: 'b:80' }, { name: 'c:80', weight: 5 }]

function set(random: string, list: List = THREE) {
  const subject = underTest(plugin, { directives: { random } })
  const x = subject.exchange()
  const { choose, peers } = subject.balancer(list)
  return { peers, choose: (tried = NONE) => choose(x, tried) as Peer | undefined }
}

/** Chance, as these places from 0 up to 1, over and over. */
function chance(...places: number[]): void {
  let i = 0
  vi.spyOn(Math, 'random').mockImplementation(() => places[i++ % places.length] as number)
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('random', () => {
  it('gives each peer its share of chance', () => {
    const { choose } = set('on')
    const places = [0, 1.99, 2, 2.99, 3, 7.99].map((place) => place / 8)
    chance(...places)
    expect(places.map(() => choose()?.name[0]).join('')).toBe('aabbcc')
  })

  it('draws again where a peer is not usable', () => {
    const { choose, peers } = set('on')
    const [a, b, c] = peers as [Peer, Peer, Peer]
    chance(0, 0, 0, 0.3)
    expect(choose(new Set([a]))).toBe(b)
    expect(choose(new Set([a, b, c]))).toBeUndefined()
  })

  it('leaves it to round robin after twenty draws more', () => {
    const { choose, peers } = set('on')
    chance(0)
    expect(choose(new Set([peers[0] as Peer]))).toBe(peers[1])
    expect(Math.random).toHaveBeenCalledTimes(21)
  })

  it('draws nothing where there is one peer', () => {
    const { choose, peers } = set('on', [{ name: 'a:80' }, { name: 'b:80', backup: true }])
    chance(0)
    expect(choose()).toBe(peers[0])
    expect(choose(new Set(peers.slice(0, 1)))).toBe(peers[1])
    expect(Math.random).not.toHaveBeenCalled()
  })
})

describe.each(['two', 'two least_conn'])('random %s', (random) => {
  it('asks the one with fewer requests for its weight', () => {
    const { choose, peers } = set(random)
    const [a, b, c] = peers as [Peer, Peer, Peer]
    a.active = 1
    c.active = 3
    // First a (0/8), then c (7/8): 1/2 is less than 3/5.
    chance(0, 0.9)
    expect(choose()).toBe(a)
    expect(choose()).toBe(a)
    c.active = 2
    expect(choose()).toBe(c)
    b.active = 0
    chance(0.9, 0.3)
    expect(choose()).toBe(b)
  })

  it('asks the second one where both are as busy', () => {
    const { choose, peers } = set(random)
    chance(0, 0.3)
    expect(choose()).toBe(peers[1])
    chance(0.3, 0)
    expect(choose()).toBe(peers[0])
  })

  it('picks two different ones', () => {
    const { choose, peers } = set(random)
    ;(peers[0] as Peer).active = 5
    chance(0, 0, 0, 0.3)
    expect(choose()).toBe(peers[1])
  })

  it('leaves it to round robin where only one is usable', () => {
    const { choose, peers } = set(random)
    const [a, b, c] = peers as [Peer, Peer, Peer]
    expect(choose(new Set([a, c]))).toBe(b)
    expect(choose(new Set([a, b, c]))).toBeUndefined()
  })
})

describe('the directive', () => {
  it('may be off', () => {
    const { choose, peers } = set('off')
    expect([choose(), choose(), choose()]).toEqual(peers)
  })

  it.each([
    ['three', 'invalid parameter "three"'],
    ['two round_robin', 'invalid parameter "round_robin"'],
    ['on least_conn', 'invalid parameter "least_conn"'],
    ['least_conn', 'invalid parameter "least_conn"'],
  ])('refuses "%s"', (random, text) => {
    expect(() => set(random)).toThrow(text)
  })
})
