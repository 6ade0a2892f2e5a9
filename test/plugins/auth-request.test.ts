import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/auth-request/index.ts'

const under = (directives: Readonly<Record<string, string | readonly string[]>>) =>
  underTest(plugin, { directives })

describe('auth_request', () => {
  it('is not here where it is off', () => {
    expect(under({ auth_request: 'off' }).config).toBeUndefined()
    expect(under({ auth_request_set: '$a b' }).config).toBeUndefined()
  })

  it('is 500 where the answer says nothing', async () => {
    // Nobody answers in this place: the question ends with 404.
    const { status, log } = await under({ auth_request: '/auth' }).request()
    expect([status, log]).toEqual([500, ['error: auth request unexpected status: 404']])
  })

  it('sets variables by what is asked, whatever the answer', async () => {
    const { x } = await under({
      auth_request: '/auth',
      auth_request_set: ['$asked $uri', '$answered $status', '$twice $asked$asked'],
    }).request({ target: '/main' })
    expect(x.uri).toBe('/main')
    expect(x.values).toEqual(expect.arrayContaining(['/auth', '404', '/auth/auth']))
  })

  it.each([
    ['auth_request', 'auth', '"auth" is not a URI'],
    ['auth_request', '@auth', '"@auth" is not a URI'],
    ['auth_request_set', 'a b', 'invalid variable name "a"'],
    ['auth_request_set', '$ b', 'invalid variable name "$"'],
    ['auth_request_set', '$uri b', 'uri'],
    ['auth_request_set', '$a $nothing_known', 'nothing_known'],
  ])('refuses %s %s', (name, text, message) => {
    expect(() => under({ [name]: text })).toThrow(message)
  })
})
