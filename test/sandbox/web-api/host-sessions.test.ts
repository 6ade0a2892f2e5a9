import { expect, test } from 'vitest'
import { CryptoOp } from '../../../sandbox/border/ops.ts'
import { COMPRESSION_LIMITS } from '../../../sandbox/host/compression/compression-limits.ts'
import { CompressionSession } from '../../../sandbox/host/compression/compression-session.ts'
import { compressionOps } from '../../../sandbox/host/compression-ops.ts'
import { CRYPTO_LIMITS } from '../../../sandbox/host/crypto/crypto-limits.ts'
import { CryptoSession } from '../../../sandbox/host/crypto/crypto-session.ts'
import { cryptoOps } from '../../../sandbox/host/crypto-ops.ts'
import { get } from './harness.ts'

/** What the body of an async function returns in a guest that has the host's own sessions. */
async function evaluate(code: string): Promise<unknown> {
  const crypto = cryptoOps(new CryptoSession({ limits: CRYPTO_LIMITS }))
  const compression = compressionOps(new CompressionSession(COMPRESSION_LIMITS))
  const outcome = await get(
    `export default { async fetch() { return Response.json(await (async () => { ${code} })()) } }`,
    {
      call: (op, a, b, c) => (op < CryptoOp.randomBytes ? compression : crypto)(op, a, b, c),
    },
  )
  expect(outcome.error).toBeUndefined()
  return JSON.parse(outcome.body)
}

const MESSAGE = `const message = new TextEncoder().encode('message')`

test('crypto.subtle: digests, signatures, ciphers, derived keys', async () => {
  expect(
    await evaluate(
      `${MESSAGE}; return new Uint8Array(await crypto.subtle.digest('SHA-256', message)).length`,
    ),
  ).toBe(32)
  expect(
    await evaluate(`${MESSAGE}
      const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify'])
      const signature = await crypto.subtle.sign('HMAC', key, message)
      return [
        await crypto.subtle.verify('HMAC', key, signature, message),
        await crypto.subtle.verify('HMAC', key, signature, new Uint8Array(1)),
        (await crypto.subtle.exportKey('jwk', key)).kty,
      ]`),
  ).toEqual([true, false, 'oct'])
  expect(
    await evaluate(`${MESSAGE}
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
      const algorithm = { name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) }
      const sealed = await crypto.subtle.encrypt(algorithm, key, message)
      return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, sealed))`),
  ).toBe('message')
  expect(
    await evaluate(`${MESSAGE}
      const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
      const algorithm = { name: 'ECDSA', hash: { name: 'SHA-256' } }
      const signature = await crypto.subtle.sign(algorithm, pair.privateKey, message)
      return [pair.privateKey.extractable, await crypto.subtle.verify(algorithm, pair.publicKey, signature, message)]`),
  ).toEqual([false, true])
  expect(
    await evaluate(`${MESSAGE}
      const key = await crypto.subtle.importKey('raw', message, 'PBKDF2', false, ['deriveKey'])
      const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(16), iterations: 1000 }
      return (await crypto.subtle.deriveKey(algorithm, key, { name: 'AES-GCM', length: 128 }, true, ['encrypt'])).algorithm`),
  ).toEqual({ name: 'AES-GCM', length: 128 })
})

test('compression streams: there and back, and what is no such data', async () => {
  for (const format of ['gzip', 'deflate', 'deflate-raw']) {
    expect(
      await evaluate(`
        const packed = new Blob(['hello '.repeat(1000)]).stream().pipeThrough(new CompressionStream('${format}'))
        const bytes = await new Response(packed).bytes()
        const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('${format}'))
        return [bytes.length < 200, (await new Response(stream).text()).length]`),
    ).toEqual([true, 6000])
  }
  expect(
    await evaluate(`
      const stream = new Blob(['nope']).stream().pipeThrough(new DecompressionStream('gzip'))
      return new Response(stream).text().catch((error) => error.name)`),
  ).toBe('TypeError')
})
