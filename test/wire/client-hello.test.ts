import { constants } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_CLIENT_HELLO, parseClientHello } from '../../src/wire/tls/client-hello.ts'
import { clientHello } from '../harness/client-hello.ts'

const parse = (bytes: Buffer) => parseClientHello(bytes, bytes.length)

/** The same message in records of so many bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const piece = message.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 255]), piece)
  }
  return Buffer.concat(records)
}

test('the name, ciphers and groups of a client are read', async () => {
  const hello = await clientHello({
    servername: 'Shop.Example.COM',
    ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    ecdhCurve: 'X25519:P-256',
  })
  const found = parse(hello)
  expect(found).toMatchObject({ serverName: 'Shop.Example.COM', groups: [0x1d, 0x17] })
  expect(typeof found === 'object' && found.ciphers.slice(0, 2)).toEqual([0x1301, 0xc02f])
})

test('one without a name, and one of TLS 1.2, are read as well', async () => {
  expect(parse(await clientHello({}))).toMatchObject({ serverName: undefined })
  expect(parse(await clientHello({ maxVersion: 'TLSv1.2', servername: 'a.b' }))).toMatchObject({
    serverName: 'a.b',
  })
})

test('it tells what it would go on with, and whether it keeps tickets', async () => {
  const without = { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const
  expect(parse(await clientHello(without))).toMatchObject({ keepsTickets: false })
  expect(parse(await clientHello({ maxVersion: 'TLSv1.2' }))).toMatchObject({ keepsTickets: true })
  expect(parse(await clientHello({}))).toMatchObject({
    keepsTickets: true,
    session: { length: 32 },
  })
})

test('cut anywhere, it is waited for; in several records, it is the same', async () => {
  const hello = await clientHello({ servername: 'localhost' })
  for (let size = 0; size < hello.length; size++) {
    expect(parseClientHello(hello, size), `${size} bytes`).toBeUndefined()
  }
  for (const count of [2, 5, 15]) {
    const records = inRecords(hello, Math.ceil((hello.length - 5) / count))
    expect(parse(records), `${count} records`).toEqual(parse(hello))
  }
  // What comes behind it is nobody's concern.
  expect(parse(Buffer.concat([hello, Buffer.from([20, 3, 3, 0, 1, 1])]))).toEqual(parse(hello))
})

test('it has an end, in bytes and in records', async () => {
  const hello = await clientHello({ servername: 'localhost' })
  expect(parse(inRecords(hello, 4))).toBe('garbage')
  const endless = Buffer.alloc(MOST_CLIENT_HELLO + 1)
  for (let at = 0; at < endless.length; at += 16_389) endless.set([22, 3, 1, 0x40, 0], at)
  endless.set([1, 0, 0x7f, 0xfc], 5)
  expect(parse(endless)).toBe('garbage')
  endless.set([1, 0xff, 0xff, 0xff], 5)
  expect(parseClientHello(endless, 100)).toBe('garbage')
})

test.each([
  ['a request without TLS', 'GET / HTTP/1.1\r\n', 'plain'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n', 'plain'],
  ['an alert', '\x15\x03\x01\x00\x02\x02\x28', 'garbage'],
  ['SSL 2', '\x80\x2e\x01\x03\x01', 'garbage'],
  ['a record of another version', '\x16\x02\x00\x00\x10', 'garbage'],
  ['an empty record', '\x16\x03\x01\x00\x00', 'garbage'],
  ['a record that is too long', '\x16\x03\x01\x40\x01', 'garbage'],
  ['another message', '\x16\x03\x01\x00\x04\x02\x00\x00\x00', 'garbage'],
  ['a message that is cut off inside', '\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03', 'garbage'],
])('%s is none', (_, text, expected) => {
  expect(parse(Buffer.from(text, 'latin1'))).toBe(expected)
})

test('whatever is changed in it, it is read or it is not', async () => {
  const hello = await clientHello({ servername: 'localhost' })
  const changes = fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(changes, fc.nat(hello.length), (list, size) => {
      const changed = Buffer.from(hello)
      for (const [at, byte] of list) changed[at] = byte
      const found = parseClientHello(changed, size)
      expect(['undefined', 'string', 'object']).toContain(typeof found)
    }),
    { numRuns: 5000 },
  )
})
