import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/access/index.ts'

type Rules = readonly (readonly ['allow' | 'deny', string])[]

/** 404: the request was let in, and nothing else answers here. */
const statusOf = async (rules: Rules, address: string, satisfy: 'all' | 'any' = 'all') => {
  const directives: Record<string, string[]> = {}
  for (const [word, network] of rules) directives[word] = [...(directives[word] ?? []), network]
  const subject = underTest(plugin, { directives, settings: { satisfy } })
  const { status, log } = await subject.request({ target: '/file', client: { address } })
  return { status, log, warnings: subject.warnings }
}

const OFFICE: Rules = [
  ['deny', '192.168.1.1'],
  ['deny', '2001:db8::dead'],
  ['allow', '192.168.1.0/24'],
  ['allow', '10.1.1.0/16'],
  ['allow', '2001:0db8::/32'],
]

describe('access', () => {
  it.each([
    ['192.168.1.1', 403],
    ['192.168.1.2', 404],
    ['10.1.255.7', 404],
    ['2001:db8::1', 404],
    ['2001:db8::dead', 403],
    ['::ffff:192.168.1.1', 403],
    ['::ffff:192.168.1.2', 404],
    // Nothing fits: nothing is said.
    ['203.0.113.9', 404],
    ['2001:db9::1', 404],
    ['unix:', 404],
  ])('asks the first rule that fits %s', async (address, status) => {
    expect((await statusOf(OFFICE, address)).status).toBe(status)
  })

  it.each(['127.0.0.1', '::1', 'unix:', '::ffff:127.0.0.1'])('means %s by all', async (address) => {
    expect((await statusOf([['deny', 'all']], address)).status).toBe(403)
    expect((await statusOf([['allow', 'all']], address)).status).toBe(404)
  })

  it('tells unix sockets from addresses', async () => {
    const rules: Rules = [['deny', 'unix:']]
    expect((await statusOf(rules, 'unix:')).status).toBe(403)
    expect((await statusOf(rules, '127.0.0.1')).status).toBe(404)
  })

  it('logs what it refuses, unless another check may still let it in', async () => {
    const rules: Rules = [['deny', '127.0.0.1']]
    expect((await statusOf(rules, '127.0.0.1')).log).toEqual(['error: access forbidden by rule'])
    const any = await statusOf(rules, '127.0.0.1', 'any')
    expect([any.status, any.log]).toEqual([403, []])
  })

  it('knows networks of every width', async () => {
    for (const [network, inside, outside] of [
      ['10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
      ['128.0.0.0/1', '255.0.0.1', '127.255.255.255'],
      ['10.0.0.4/31', '10.0.0.5', '10.0.0.6'],
      ['10.0.0.4/32', '10.0.0.4', '10.0.0.5'],
      ['fe80::/10', 'febf::1', 'fec0::1'],
      ['2001:db8::/33', '2001:db8:7fff::', '2001:db8:8000::'],
    ] as const) {
      expect((await statusOf([['deny', network]], inside)).status).toBe(403)
      expect((await statusOf([['deny', network]], outside)).status).toBe(404)
    }
    expect((await statusOf([['deny', '0.0.0.0/0']], '1.2.3.4')).status).toBe(403)
  })

  it('warns of bits that do not count', async () => {
    const { warnings } = await statusOf([['deny', '10.1.1.1/8']], '127.0.0.1')
    expect(warnings).toEqual(['deny: low address bits of 10.1.1.1/8 are meaningless'])
  })

  it.each(['localhost', '10.1', '10.0.0.0/33', '10.0.0.0/-1', '1.2.3.4/8/9', 'fe80::1%eth0', ''])(
    'refuses "%s"',
    async (word) => {
      await expect(statusOf([['allow', `"${word}"`]], '127.0.0.1')).rejects.toThrow(
        'is not an address or network',
      )
    },
  )

  it('decides the same for an address it remembers', async () => {
    const subject = underTest(plugin, { directives: { deny: '10.0.0.0/8' } })
    for (let i = 0; i < 10_000; i++) {
      const address = `10.0.${i >> 8}.${i & 255}`
      if (subject.config?.(address) !== 'deny') throw new Error(address)
    }
    expect(subject.config?.('10.0.0.1')).toBe('deny')
    expect(subject.config?.('11.0.0.1')).toBe('none')
  })
})
