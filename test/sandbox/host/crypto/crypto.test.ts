import { createHash, createHmac, generateKeyPairSync, webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CryptoOp } from '../../../../sandbox/border/ops.ts'
import { CRYPTO_LIMITS, type CryptoLimits } from '../../../../sandbox/host/crypto/crypto-limits.ts'
import { CryptoSession } from '../../../../sandbox/host/crypto/crypto-session.ts'
import { JobQueue } from '../../../../sandbox/host/crypto/job-queue.ts'
import { cryptoOps } from '../../../../sandbox/host/crypto-ops.ts'

interface Described {
  readonly id: number
  readonly type: string
  readonly extractable: boolean
  readonly usages: string[]
  readonly algorithm: Record<string, unknown>
}

type Pair = { readonly publicKey: Described; readonly privateKey: Described }

/** A script's way to `crypto.subtle`, through the op it has for it. */
function script(limits: Partial<CryptoLimits> = {}, more: { jobs?: JobQueue } = {}) {
  const spent: number[] = []
  const session = new CryptoSession({
    limits: { ...CRYPTO_LIMITS, ...limits },
    spend: (microseconds) => spent.push(microseconds),
    ...more,
  })
  const ops = cryptoOps(session)
  const ask = async (members: object, first?: Uint8Array, second?: Uint8Array) => {
    return await ops(CryptoOp.subtle, JSON.stringify(members), first, second)
  }
  const bytes = async (members: object, first?: Uint8Array) => {
    return Buffer.from((await ask(members, first)) as Uint8Array)
  }
  const made = async <T = Described>(members: object, first?: Uint8Array) => {
    return JSON.parse((await ask(members, first)) as string) as T
  }
  const code = async (members: object, first?: Uint8Array, second?: Uint8Array) => {
    return await ask(members, first, second).then(
      () => 'none',
      (error) => `${error.name} ${error.code}`,
    )
  }
  return { session, ops, ask, bytes, made, code, spent }
}

const b64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text, 'hex')
const TEXT = Buffer.from('The quick brown fox')
const IV = Buffer.alloc(16, 7).toString('base64')

describe('digest', () => {
  test.each(['SHA-1', 'SHA-256', 'SHA-384', 'sha-512'])(
    '%s, at once or on a thread',
    async (name) => {
      const { bytes } = script()
      for (const data of [Buffer.alloc(0), TEXT, Buffer.alloc(100_000, 'x')]) {
        const expected = createHash(name.replace('-', '')).update(data).digest('hex')
        expect((await bytes({ method: 'digest', algorithm: name }, data)).toString('hex')).toBe(
          expected,
        )
        const algorithm = { name }
        expect((await bytes({ method: 'digest', algorithm }, data)).toString('hex')).toBe(expected)
      }
    },
  )

  test.each(['MD5', 'SHA-3', '', 'HMAC', 'toString'])('%j is none', async (algorithm) => {
    expect(await script().code({ method: 'digest', algorithm }, TEXT)).toMatch(/NotSupportedError/)
  })
})

describe('known answers', () => {
  test('HMAC (RFC 4231, 4.2)', async () => {
    const { made, bytes, ask } = script()
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const request = { method: 'importKey', format: 'raw', algorithm, usages: ['sign', 'verify'] }
    const { id } = await made(request, Buffer.alloc(20, 0x0b))
    const data = Buffer.from('Hi There')
    const signature = await bytes({ method: 'sign', algorithm: 'HMAC', key: id }, data)
    expect(signature.toString('hex')).toBe(
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    )
    const verify = { method: 'verify', algorithm: 'HMAC', key: id }
    expect(await ask(verify, signature, data)).toBe('true')
    expect(await ask(verify, signature.fill(0, 0, 1), data)).toBe('false')
  })

  test('PBKDF2 (RFC 6070)', async () => {
    const { made, bytes } = script()
    const request = {
      method: 'importKey',
      format: 'raw',
      algorithm: 'PBKDF2',
      usages: ['deriveBits'],
    }
    const { id } = await made(request, Buffer.from('password'))
    const algorithm = {
      name: 'PBKDF2',
      hash: { name: 'SHA-1' },
      salt: b64('salt'),
      iterations: 4096,
    }
    const derived = await bytes({ method: 'deriveBits', algorithm, baseKey: id, length: 160 })
    expect(derived.toString('hex')).toBe('4b007901b765489abead49d926f721d065a429c1')
  })

  test('HKDF (RFC 5869, A.1)', async () => {
    const { made, bytes } = script()
    const request = {
      method: 'importKey',
      format: 'raw',
      algorithm: 'HKDF',
      usages: ['deriveBits'],
    }
    const { id } = await made(request, Buffer.alloc(22, 0x0b))
    const algorithm = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: hex('000102030405060708090a0b0c').toString('base64'),
      info: hex('f0f1f2f3f4f5f6f7f8f9').toString('base64'),
    }
    const derived = await bytes({ method: 'deriveBits', algorithm, baseKey: id, length: 42 * 8 })
    expect(derived.toString('hex')).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    )
  })

  test('AES-GCM with additional data (McGrew and Viega, case 4)', async () => {
    const { made, bytes } = script()
    const request = {
      method: 'importKey',
      format: 'raw',
      algorithm: 'AES-GCM',
      usages: ['encrypt'],
    }
    const { id } = await made(request, hex('feffe9928665731c6d6a8f9467308308'))
    const algorithm = {
      name: 'AES-GCM',
      iv: hex('cafebabefacedbaddecaf888').toString('base64'),
      additionalData: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2').toString('base64'),
    }
    const plain = hex(
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    )
    const encrypted = await bytes({ method: 'encrypt', algorithm, key: id }, plain)
    expect(encrypted.toString('hex').endsWith('5bc94fbc3221a5db94fae95ae7121a47')).toBe(true)
  })
})

describe('ciphers', () => {
  test.each([
    [
      { name: 'AES-GCM', length: 256 },
      { iv: b64('123456789012'), tagLength: 96 },
    ],
    [{ name: 'AES-CBC', length: 128 }, { iv: IV }],
    [
      { name: 'AES-CTR', length: 256 },
      { counter: IV, length: 64 },
    ],
    [
      { name: 'RSA-OAEP', modulusLength: 2048, publicExponent: 'AQAB', hash: 'SHA-256' },
      { label: b64('label') },
    ],
  ])('%j gives back what it got', async (algorithm, parameters) => {
    const { made, bytes, code } = script()
    const usages = ['encrypt', 'decrypt']
    const keys = await made<Described | Pair>({ method: 'generateKey', algorithm, usages })
    const [to, from] = 'publicKey' in keys ? [keys.publicKey, keys.privateKey] : [keys, keys]
    const full = { name: algorithm.name, ...parameters }
    const encrypted = await bytes({ method: 'encrypt', algorithm: full, key: to.id }, TEXT)
    expect(encrypted.includes(TEXT)).toBe(false)
    const request = { method: 'decrypt', algorithm: full, key: from.id }
    expect(await bytes(request, encrypted)).toEqual(TEXT)
    encrypted[0] = (encrypted[0] ?? 0) ^ 1
    if (algorithm.name === 'AES-GCM' || algorithm.name === 'RSA-OAEP') {
      expect(await code(request, encrypted)).toBe('OperationError crypto_failed')
    }
  })
})

describe('signatures', () => {
  test.each([
    [
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: 'AQAB', hash: 'SHA-256' },
      {},
    ],
    [
      { name: 'RSA-PSS', modulusLength: 2048, publicExponent: 'AQAB', hash: 'SHA-1' },
      { saltLength: 20 },
    ],
    [{ name: 'ECDSA', namedCurve: 'P-256' }, { hash: 'SHA-256' }],
    [{ name: 'ECDSA', namedCurve: 'P-521' }, { hash: 'SHA-512' }],
    [{ name: 'Ed25519' }, {}],
  ])('%j signs and verifies', async (algorithm, parameters) => {
    const { made, bytes, ask } = script()
    const usages = ['sign', 'verify']
    const keys = await made<Pair>({ method: 'generateKey', algorithm, usages })
    expect(keys.publicKey).toMatchObject({ type: 'public', extractable: true, usages: ['verify'] })
    expect(keys.privateKey).toMatchObject({ type: 'private', extractable: false, usages: ['sign'] })
    const full = { name: algorithm.name, ...parameters }
    const signature = await bytes(
      { method: 'sign', algorithm: full, key: keys.privateKey.id },
      TEXT,
    )
    const verify = { method: 'verify', algorithm: full, key: keys.publicKey.id }
    expect(await ask(verify, signature, TEXT)).toBe('true')
    expect(await ask(verify, signature, Buffer.from('other'))).toBe('false')
  })
})

describe('keys', () => {
  test('agree on the same bits (ECDH, X25519), and derive keys from them', async () => {
    for (const algorithm of [{ name: 'ECDH', namedCurve: 'P-256' }, { name: 'X25519' }]) {
      const { made, bytes } = script()
      const request = { method: 'generateKey', algorithm, usages: ['deriveBits', 'deriveKey'] }
      const [one, two] = [await made<Pair>(request), await made<Pair>(request)]
      const derive = (own: Pair, other: Pair) => ({
        baseKey: own.privateKey.id,
        algorithm: { name: algorithm.name, public: other.publicKey.id },
      })
      const bits = { method: 'deriveBits', length: 256 }
      expect(await bytes({ ...bits, ...derive(one, two) })).toEqual(
        await bytes({ ...bits, ...derive(two, one) }),
      )
      const key = await made({
        method: 'deriveKey',
        derivedKeyType: { name: 'AES-GCM', length: 256 },
        usages: ['encrypt'],
        ...derive(one, two),
      })
      expect(key).toMatchObject({ type: 'secret', algorithm: { name: 'AES-GCM', length: 256 } })
    }
  })

  test('come in and go out in every form', async () => {
    const { made, ask, bytes } = script()
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const common = { method: 'importKey', algorithm, extractable: true }
    const pkcs8 = pair.privateKey.export({ type: 'pkcs8', format: 'der' })
    const own = await made({ ...common, format: 'pkcs8', usages: ['sign'] }, pkcs8)
    expect(await bytes({ method: 'exportKey', format: 'pkcs8', key: own.id })).toEqual(pkcs8)
    const spki = pair.publicKey.export({ type: 'spki', format: 'der' })
    const other = await made({ ...common, format: 'spki', usages: ['verify'] }, spki)
    const jwk = JSON.parse(
      (await ask({ method: 'exportKey', format: 'jwk', key: other.id })) as string,
    )
    expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-256' })
    const again = await made({ ...common, format: 'jwk', jwk, usages: ['verify'] })
    const raw = await bytes({ method: 'exportKey', format: 'raw', key: again.id })
    expect(raw).toHaveLength(65)
    await made({ ...common, format: 'raw', usages: ['verify'] }, raw)
  })

  test('that must not be taken out are not, nor used for what they are not for', async () => {
    const { made, code } = script()
    const algorithm = { name: 'AES-GCM', length: 256 }
    const key = await made({
      method: 'generateKey',
      algorithm,
      usages: ['encrypt'],
      extractable: 1,
    })
    expect(key.extractable).toBe(false)
    for (const format of ['raw', 'jwk']) {
      expect(await code({ method: 'exportKey', format, key: key.id })).toBe(
        'InvalidAccessError crypto_failed',
      )
    }
    const decrypt = { method: 'decrypt', algorithm: { name: 'AES-GCM', iv: IV }, key: key.id }
    expect(await code(decrypt, TEXT)).toBe('InvalidAccessError crypto_failed')
    const wrapper = await made({
      method: 'generateKey',
      algorithm: { name: 'AES-KW', length: 256 },
      usages: ['wrapKey', 'unwrapKey'],
    })
    const wrap = {
      method: 'wrapKey',
      format: 'raw',
      wrappingKey: wrapper.id,
      wrapAlgorithm: 'AES-KW',
    }
    expect(await code({ ...wrap, key: key.id })).toBe('InvalidAccessError crypto_failed')
  })

  test('are wrapped and unwrapped', async () => {
    const { made, bytes } = script()
    const algorithm = { name: 'AES-GCM', length: 256 }
    const key = await made({
      method: 'generateKey',
      algorithm,
      usages: ['encrypt'],
      extractable: true,
    })
    const wrapper = await made({
      method: 'generateKey',
      algorithm: { name: 'AES-KW', length: 256 },
      usages: ['wrapKey', 'unwrapKey'],
    })
    const wrapped = await bytes({
      method: 'wrapKey',
      format: 'raw',
      key: key.id,
      wrappingKey: wrapper.id,
      wrapAlgorithm: 'AES-KW',
    })
    const unwrapped = await made(
      {
        method: 'unwrapKey',
        format: 'raw',
        unwrappingKey: wrapper.id,
        unwrapAlgorithm: 'AES-KW',
        unwrappedKeyAlgorithm: 'AES-GCM',
        extractable: true,
        usages: ['decrypt'],
      },
      wrapped,
    )
    const exported = { method: 'exportKey', format: 'raw' }
    expect(await bytes({ ...exported, key: unwrapped.id })).toEqual(
      await bytes({ ...exported, key: key.id }),
    )
  })

  test('are those of their run, and gone with it', async () => {
    const { made, code, session } = script()
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const { id } = await made({ method: 'generateKey', algorithm, usages: ['sign'] })
    const sign = { method: 'sign', algorithm: 'HMAC', key: id }
    expect(await script().code(sign, TEXT)).toBe('TypeError unknown_handle')
    session.close()
    expect(await code(sign, TEXT)).toBe('TypeError unknown_handle')
  })

  test.each([-1, 0.5, 'length', '0', null, 'constructor', 1e9])('%j is none', async (key) => {
    expect(await script().code({ method: 'exportKey', format: 'raw', key })).toBe(
      'TypeError unknown_handle',
    )
  })
})

describe('what would take too long is refused before it begins', () => {
  const password = {
    method: 'importKey',
    format: 'raw',
    algorithm: 'PBKDF2',
    usages: ['deriveBits'],
  }
  const pbkdf2 = (iterations: number) => {
    return { name: 'PBKDF2', hash: 'SHA-256', salt: b64('salt'), iterations }
  }

  test('PBKDF2: 100,000 iterations are fine, ten times as many, or twice as often, are not', async () => {
    const { made, code, spent } = script()
    const { id } = await made(password, Buffer.from('x'))
    const derive = { method: 'deriveBits', baseKey: id, length: 256 }
    expect(await code({ ...derive, algorithm: pbkdf2(1_000_000) })).toBe(
      'OperationError crypto_limit',
    )
    expect(await code({ ...derive, algorithm: pbkdf2(1_000_001) })).toMatch(/NotSupportedError/)
    expect(await code({ ...derive, algorithm: pbkdf2(100_000), length: 65_536 })).toMatch(
      /crypto_limit/,
    )
    expect(await code({ ...derive, algorithm: pbkdf2(100_000), length: 2 ** 40 })).toMatch(
      /OperationError/,
    )
    const before = spent.length
    expect(await code({ ...derive, algorithm: pbkdf2(100_000) })).toBe('none')
    expect(spent.slice(before)).toEqual([60_010])
    for (let i = 0; i < 3; i++) await code({ ...derive, algorithm: pbkdf2(100_000) })
    expect(await code({ ...derive, algorithm: pbkdf2(100_000) })).toBe(
      'OperationError crypto_limit',
    )
  })

  test.each([3072, 4096, 16_384, 1e9, -1, 2048.5])(
    'an RSA key of %d bits',
    async (modulusLength) => {
      const algorithm = { name: 'RSA-PSS', modulusLength, publicExponent: 'AQAB', hash: 'SHA-256' }
      const request = { method: 'generateKey', algorithm, usages: ['sign'] }
      expect(await script().code(request)).toMatch(/crypto_limit|NotSupportedError|TypeError/)
    },
  )

  test.each(['AQ==', 'Ag==', 'Aw==AA', Buffer.alloc(256, 255).toString('base64')])(
    'an RSA key with the exponent %.8s',
    async (publicExponent) => {
      const algorithm = { name: 'RSA-PSS', modulusLength: 2048, publicExponent, hash: 'SHA-256' }
      const request = { method: 'generateKey', algorithm, usages: ['sign'] }
      expect(await script().code(request)).toMatch(/NotSupportedError|none/)
    },
  )

  test('importing a larger RSA key', async () => {
    const jwk = {
      kty: 'RSA',
      n: Buffer.alloc(1024, 255).toString('base64url'),
      e: 'AQAB',
      alg: 'RS256',
    }
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const request = { method: 'importKey', format: 'jwk', jwk, algorithm, usages: ['verify'] }
    expect(await script().code(request)).toBe('NotSupportedError crypto_failed')
  })

  test('more keys, operations or data than a run may have', async () => {
    const { made, code } = script({ keys: 2, operations: 5, held: 100_000 })
    for (let i = 0; i < 2; i++) await made(password, Buffer.from('x'))
    expect(await code(password, Buffer.from('x'))).toMatch(/crypto_limit/)
    const digest = { method: 'digest', algorithm: 'SHA-256' }
    expect(await code(digest, Buffer.alloc(100_001))).toMatch(/crypto_limit/)
    expect(await code(digest, Buffer.alloc(100_000))).toBe('none')
    expect(await code(digest, TEXT)).toMatch(/crypto_limit/)
  })
})

describe('the threads', () => {
  test('are never all taken, and runs take turns', async () => {
    const jobs = new JobQueue(2)
    const order: string[] = []
    const release: (() => void)[] = []
    let most = 0
    let running = 0
    const start = (owner: object, name: string) => {
      return jobs.run(owner, async () => {
        order.push(name)
        most = Math.max(most, ++running)
        await new Promise<void>((done) => release.push(done))
        running--
      })
    }
    const [greedy, modest] = [{}, {}]
    const all = [1, 2, 3, 4, 5].map((i) => start(greedy, `greedy ${i}`))
    all.push(start(modest, 'modest 1'), start(modest, 'modest 2'))
    const finish = async (job: number) => {
      release[job]?.()
      await new Promise((turn) => setImmediate(turn))
    }
    for (let i = 0; i < 7; i++) await finish(i)
    await Promise.all(all)
    expect(most).toBe(2)
    expect(order).toEqual([
      ...['greedy 1', 'greedy 2', 'greedy 3', 'modest 1'],
      ...['greedy 4', 'modest 2', 'greedy 5'],
    ])
  })

  test('are free again after a job that failed', async () => {
    const jobs = new JobQueue(1)
    const { code } = script({}, { jobs })
    const digest = { method: 'digest', algorithm: 'SHA-256' }
    await expect(jobs.run({}, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(await code(digest, Buffer.alloc(50_000))).toBe('none')
  })
})

describe('random values', () => {
  test('are as many as asked for, and never the same', () => {
    const { ops } = script()
    const random = (count: number) => ops(CryptoOp.randomBytes, count, undefined, undefined)
    expect(random(65_536)).toHaveLength(65_536)
    expect(random(16)).not.toEqual(random(16))
    expect(() => random(65_537)).toThrow('bad_call')
    expect(ops(CryptoOp.randomUuid, undefined, undefined, undefined)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })
})

test.each([
  'no JSON',
  '[]',
  'null',
  '1',
  '{}',
  '{"method":1}',
  '{"method":"toString"}',
  '{"method":"__proto__"}',
  '{"method":"constructor"}',
  '{"method":"digest"}',
  '{"method":"digest","algorithm":null}',
  '{"method":"digest","algorithm":[]}',
  '{"method":"digest","algorithm":{"name":{}}}',
  '{"method":"importKey","algorithm":"HMAC","format":"raw"}',
  '{"method":"importKey","algorithm":"HMAC","format":"raw","usages":["sign"]}',
  '{"method":"importKey","algorithm":{"name":"HMAC","hash":"x"},"format":"raw","usages":["sign"]}',
  '{"method":"importKey","algorithm":"AES-GCM","format":"der","usages":["encrypt"]}',
  '{"method":"importKey","algorithm":"AES-GCM","format":"raw","usages":["everything"]}',
  '{"method":"importKey","algorithm":"AES-GCM","format":"raw","usages":"encrypt"}',
  '{"method":"importKey","algorithm":"AES-GCM","format":"jwk","jwk":1,"usages":["encrypt"]}',
  '{"method":"importKey","algorithm":"AES-GCM","format":"jwk","jwk":{"__proto__":{}},"usages":[]}',
  '{"method":"importKey","algorithm":"AES-GCM","format":"jwk","jwk":{"kty":"oct","k":{}},"usages":["encrypt"]}',
  '{"method":"generateKey","algorithm":{"name":"AES-GCM","length":7},"usages":["encrypt"]}',
  '{"method":"generateKey","algorithm":{"name":"AES-GCM","length":"256"},"usages":["encrypt"]}',
  '{"method":"generateKey","algorithm":{"name":"ECDSA","namedCurve":"secp256k1"},"usages":["sign"]}',
  '{"method":"generateKey","algorithm":{"name":"AES-GCM","length":256},"usages":[]}',
  '{"method":"generateKey","algorithm":{"name":"PBKDF2"},"usages":["deriveBits"]}',
  `{"method":"digest","algorithm":"${'x'.repeat(70_000)}"}`,
])('the host is not confused by %.80s', async (text) => {
  const { ops } = script()
  const call = async () => ops(CryptoOp.subtle, text, TEXT, undefined)
  await expect(call()).rejects.toMatchObject({
    message: expect.stringMatching(/\((crypto_failed|crypto_limit|bad_call)\)$/),
  })
})

test('what Node does is what a script gets', async () => {
  const { made, bytes } = script()
  const algorithm = { name: 'HMAC', hash: 'SHA-512' }
  const secret = webcrypto.getRandomValues(new Uint8Array(64))
  const request = { method: 'importKey', format: 'raw', algorithm, usages: ['sign'] }
  const { id } = await made(request, secret)
  expect(await bytes({ method: 'sign', algorithm: 'HMAC', key: id }, TEXT)).toEqual(
    createHmac('sha512', secret).update(TEXT).digest(),
  )
})
