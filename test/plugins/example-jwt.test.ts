import { fakeOrigin, underTest } from 'gateway/testing'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import jwt from '../../plugins-examples/jwt/plugin.ts'

const MINUTE = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A key pair of a name: its public half, and what signs with the other. */
async function keyPair(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const sign = () =>
    new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer('me')
      .setAudience('you')
      .setExpirationTime('1h')
      .sign(privateKey)
  return { jwk: { ...(await exportJWK(publicKey)), kid } as JWK, sign }
}

test('a set of keys is fetched once, and again for a new key and after a time', async () => {
  const [old, young] = [await keyPair('old'), await keyPair('young')]
  let keys = [old.jwk]
  await using origin = await fakeOrigin(() => JSON.stringify({ keys }))
  const subject = underTest(jwt, {
    directives: { jwt: 'issuer=me audience=you', jwt_keys: `http://${origin.address}/keys` },
  })
  const statusOf = async ({ sign }: typeof old) => {
    const headers = { Authorization: `Bearer ${await sign()}` }
    return (await subject.request({ target: '/x', headers })).status
  }
  // 404: let in, and there is nothing behind it.
  expect([await statusOf(old), await statusOf(old), origin.received.length]).toEqual([404, 404, 1])
  keys = [old.jwk, young.jwk]
  // Who sends tokens of unknown keys does not have the set fetched each time.
  expect([await statusOf(young), origin.received.length]).toEqual([401, 1])
  vi.setSystemTime(Date.now() + MINUTE)
  expect([await statusOf(young), await statusOf(old), origin.received.length]).toEqual([
    404, 404, 2,
  ])
  keys = [young.jwk]
  vi.setSystemTime(Date.now() + 11 * MINUTE)
  expect([await statusOf(old), await statusOf(young), origin.received.length]).toEqual([
    401, 404, 3,
  ])
})

test('keys that cannot be had are not the fault of a token', async () => {
  const { sign } = await keyPair('old')
  const origin = await fakeOrigin()
  const address = origin.address
  await origin.stop()
  const subject = underTest(jwt, {
    directives: { jwt: 'issuer=me audience=you', jwt_keys: `http://${address}/keys` },
  })
  const { status } = await subject.request({ headers: { Authorization: `Bearer ${await sign()}` } })
  expect(status).toBe(503)
})

test('warns of keys that come over http', () => {
  const directives = { jwt: 'issuer=me audience=you', jwt_keys: 'http://login.internal/keys' }
  expect(underTest(jwt, { directives }).warnings.join()).toContain('over http')
  directives.jwt_keys = 'https://login.internal/keys'
  expect(underTest(jwt, { directives }).warnings).toEqual([])
})

test.each([
  [{ jwt: 'issuer=me audience=you' }, 'needs "jwt_key"'],
  [{ jwt: 'issuer=me realm=you', jwt_keys: 'https://x/' }, 'names no audience'],
  [{ jwt_keys: 'ftp://x/' }, 'is no address'],
  [{ jwt_key: 'kty=OKP crv' }, 'is no name=value'],
  [{ jwt_key: 'kty=OKP d=secret' }, 'is not a public one'],
  [{ jwt_key: 'crv=P-256 x=1' }, 'names no kty'],
])('refuses %j', (directives, text) => {
  expect(() => underTest(jwt, { directives })).toThrow(text)
})
