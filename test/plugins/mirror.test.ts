import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/mirror/index.ts'

const configOf = (mirror: string | readonly string[], body?: 'on' | 'off') =>
  underTest(plugin, {
    directives: { mirror, ...(body && { mirror_request_body: body }) },
  }).config

describe('mirror', () => {
  it('may stand several times', () => {
    expect(configOf('/a')).toMatchObject({ uris: ['/a'], body: 'same' })
    expect(configOf(['/a', '/b'], 'off')).toMatchObject({ uris: ['/a', '/b'], body: 'none' })
  })

  it('is not here where it is off', () => {
    expect(configOf('off')).toBeUndefined()
    expect(underTest(plugin, { directives: { mirror_request_body: 'off' } }).config).toBeUndefined()
  })

  it.each([
    [['off', '/a'], 'is duplicate'],
    [['/a', 'off'], 'is duplicate'],
    [['off', 'off'], 'is duplicate'],
    [['a'], '"a" is not a URI'],
    [['@a'], '"@a" is not a URI'],
    [['http://a/'], '"http://a/" is not a URI'],
  ])('refuses %j', (mirror, message) => {
    expect(() => configOf(mirror)).toThrow(message)
  })

  it('copies no copy', async () => {
    const subject = underTest(plugin, { directives: { mirror: '/a' } })
    // Else there would be no end to it.
    const { status, log } = await subject.request({ method: 'POST', target: '/x', body: 'abc' })
    expect([status, log]).toEqual([404, []])
  })

  it('copies what does not fit into memory, too', async () => {
    const subject = underTest(plugin, {
      directives: { mirror: ['/a', '/b'] },
      settings: { client_body_buffer_size: 2 },
    })
    const { status, log } = await subject.request({ method: 'POST', target: '/x', body: 'abc' })
    expect(status).toBe(404)
    expect(log).toEqual([expect.stringMatching(/buffered to a temporary file/)])
  })
})
