import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import apiKey from '../../plugins-examples/api-key/plugin.ts'
import banner from '../../plugins-examples/banner/plugin.ts'
import greeting from '../../plugins-examples/greeting/plugin.ts'
import stickyCookie from '../../plugins-examples/sticky-cookie/plugin.ts'

describe('greeting', () => {
  const subject = underTest(greeting, { directives: { greet: '$arg_name' } })

  it('greets', async () => {
    const { status, head, text } = await subject.request({ target: '/x?name=Ann' })
    expect([status, head?.type, text]).toEqual([
      200,
      'application/json',
      '{"hello":"Ann","at":"/x"}',
    ])
  })

  it('answers GET and HEAD only', async () => {
    expect((await subject.request({ method: 'DELETE' })).status).toBe(405)
  })
})

describe('banner', () => {
  const subject = underTest(banner, { directives: { banner: '"Hi all"' } })
  const page = { body: '<h1>x</h1>', type: 'text/html; charset=utf-8', ranges: true }

  it('stands above a page', async () => {
    const { text, head } = await subject.respond(page)
    expect(text).toBe('<p>Hi all</p>\n<h1>x</h1>')
    expect([head?.length, head?.ranges]).toEqual([text.length, false])
  })

  it('leaves everything else alone', async () => {
    expect((await subject.respond({ ...page, type: 'text/plain' })).text).toBe(page.body)
    expect((await subject.respond({ ...page, status: 404 })).text).toBe(page.body)
    expect(underTest(banner, { directives: { banner: '""' } }).config).toBeUndefined()
  })

  it('keeps the rules of filters', async () => {
    expect(await subject.filterFaults(page)).toEqual([])
    expect(await subject.filterFaults({ ...page, length: 'unknown' })).toEqual([])
  })
})

describe('sticky-cookie', () => {
  const subject = underTest(stickyCookie, { directives: { sticky_cookie: 'session' } })
  const names = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80']
  const asked = (session: string) => subject.exchange({ headers: { Cookie: `session=${session}` } })

  it('keeps a session on one peer while it is usable', async () => {
    const { choose, peers } = subject.balancer(names.map((name) => ({ name })))
    const first = await choose(asked('ann'), new Set())
    for (let i = 0; i < 10; i++) expect(await choose(asked('ann'), new Set())).toBe(first)
    const next = await choose(asked('ann'), new Set(peers.filter((peer) => peer === first)))
    expect(next).toBeDefined()
    expect(next).not.toBe(first)
  })

  it('spreads sessions over all peers', async () => {
    const { choose } = subject.balancer(names.map((name) => ({ name })))
    const counts = new Map<string | undefined, number>()
    for (let i = 0; i < 3000; i++) {
      const peer = await choose(asked(`user-${i}`), new Set())
      counts.set(peer?.name, (counts.get(peer?.name) ?? 0) + 1)
    }
    expect(Math.min(...counts.values())).toBeGreaterThan(800)
  })

  it('leaves requests without the cookie to the default balancer', async () => {
    const { choose } = subject.balancer(names.map((name) => ({ name })))
    const chosen = new Set<string | undefined>()
    for (let i = 0; i < 3; i++) chosen.add((await choose(subject.exchange(), new Set()))?.name)
    expect(chosen.size).toBe(3)
  })
})

describe('api-key', () => {
  const directives = { api_key: ['ann s3cret-of-ann', 'bob s3cret-of-bob'] }
  const subject = underTest(apiKey, { directives })

  it('lets in who has a key, and tells who it is', async () => {
    const { status, x } = await subject.request({
      target: '/x',
      headers: { 'X-Api-Key': 's3cret-of-bob' },
    })
    expect(status).toBe(404)
    expect(apiKey.variables?.api_client?.get(x)).toBe('bob')
  })

  it('refuses everyone else with a challenge', async () => {
    for (const headers of [{}, { 'X-Api-Key': 's3cret' }]) {
      const { status, head } = await subject.request({ headers })
      expect([status, head?.fields.get('www-authenticate')]).toEqual([401, 'ApiKey realm="api"'])
    }
  })

  it('refuses keys that are too short', () => {
    expect(() => underTest(apiKey, { directives: { api_key: 'ann short' } })).toThrow('shorter')
  })
})
