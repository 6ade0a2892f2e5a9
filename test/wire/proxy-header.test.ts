import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseProxyHeader } from '../../src/wire/proxy-header.ts'

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

function parse(bytes: string | Buffer) {
  const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
  return parseProxyHeader(all, all.length)
}

/** A header of version 2. */
function binary(command: number, family: number, rest: Buffer, length = rest.length): Buffer {
  const fixed = Buffer.from([0x20 | command, family, length >> 8, length & 255])
  return Buffer.concat([SIGNATURE, fixed, rest])
}

const INET = Buffer.from([10, 0, 0, 1, 192, 168, 1, 2, 0x1f, 0x90, 0, 80])
const INET6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from('00000000000000000000ffff01020304', 'hex'),
  Buffer.from([0xff, 0xff, 0, 0]),
])
const FOUR = { address: '10.0.0.1', port: 8080, serverAddress: '192.168.1.2', serverPort: 80 }

describe('version 1', () => {
  test.each([
    ['PROXY TCP4 10.0.0.1 192.168.1.2 8080 80\r\n', FOUR],
    [
      'PROXY TCP6 2001:db8::1 ::1 1 65535\r\n',
      { address: '2001:db8::1', port: 1, serverAddress: '::1', serverPort: 65_535 },
    ],
    ['PROXY UNKNOWN\r\n', undefined],
    ['PROXY UNKNOWN whatever stands here\r\n', undefined],
    [`PROXY UNKNOWN ${'f'.repeat(91)}\r\n`, undefined],
  ])('%j', (text, proxied) => {
    expect(parse(`${text}GET / HTTP/1.1`)).toEqual({ size: text.length, proxied })
    for (let size = 1; size < text.length; size++) {
      expect(parse(text.slice(0, size))).toBeUndefined()
    }
  })

  test.each([
    'GET / HTTP/1.1\r\n',
    'PROXY  TCP4 10.0.0.1 192.168.1.2 8080 80\r\n',
    'PROXY TCP4 10.0.0.1 192.168.1.2 8080\r\n',
    'PROXY TCP4 10.0.0.1 192.168.1.2 8080 80 \r\n',
    'PROXY TCP4 10.0.0.1 192.168.1.2 8080 65536\r\n',
    'PROXY TCP4 10.0.0.1 192.168.1.2 08080 80\r\n',
    'PROXY TCP4 10.0.0.256 192.168.1.2 8080 80\r\n',
    'PROXY TCP4 ::1 ::1 8080 80\r\n',
    'PROXY TCP6 10.0.0.1 192.168.1.2 8080 80\r\n',
    'PROXY TCP6 fe80::1%eth0 ::1 8080 80\r\n',
    'PROXY UDP4 10.0.0.1 192.168.1.2 8080 80\r\n',
    'PROXY constructor 1 2 3 4\r\n',
    'PROXY \r\n',
    'proxy TCP4 10.0.0.1 192.168.1.2 8080 80\r\n',
    `PROXY UNKNOWN ${'f'.repeat(92)}\r\n`,
  ])('%j is none', (text) => {
    const [line] = text.slice(0, 107).split('\r')
    expect(parse(text)).toBe(`broken header: "${line}"`)
  })
})

describe('version 2', () => {
  const tlvs = Buffer.from([4, 0, 3, 0, 0, 0, 0x20, 0, 1, 9])
  test.each([
    ['TCP over IPv4', binary(1, 0x11, INET), FOUR],
    [
      'with values behind it',
      binary(1, 0x11, Buffer.concat([INET, tlvs])),
      { ...FOUR, tlvs: tlvs.toString('latin1') },
    ],
    [
      'TCP over IPv6',
      binary(1, 0x21, INET6),
      { address: '2001:db8::1', port: 65_535, serverAddress: '::ffff:1.2.3.4', serverPort: 0 },
    ],
    ['a unix socket', binary(1, 0x31, Buffer.alloc(216)), undefined],
    ['UDP', binary(1, 0x12, INET), undefined],
    ['unspecified', binary(1, 0, tlvs), undefined],
    ['the balancer itself', binary(0, 0, Buffer.alloc(0)), undefined],
    ['the balancer itself, with addresses', binary(0, 0x11, INET), undefined],
    [
      'as long as it may be',
      binary(1, 0x11, Buffer.concat([INET, Buffer.alloc(4068)])),
      { ...FOUR, tlvs: '\0'.repeat(4068) },
    ],
  ])('%s', (_, bytes, proxied) => {
    const followed = Buffer.concat([bytes, Buffer.from('GET /')])
    expect(parse(followed)).toEqual({ size: bytes.length, proxied })
    for (let size = 1; size < bytes.length; size++) {
      expect(parse(bytes.subarray(0, size))).toBeUndefined()
    }
  })

  test.each([
    ['of version 3', Buffer.concat([SIGNATURE, Buffer.from([0x31, 0x11, 0, 0])]), /version: 3/],
    ['with another command', binary(2, 0x11, INET), /command: 2/],
    ['of another family', binary(1, 0x41, INET), /address family/],
    ['of another transport', binary(1, 0x13, INET), /address family/],
    ['too short for its addresses', binary(1, 0x11, INET.subarray(1)), /too short/],
    ['too long', binary(1, 0x11, Buffer.alloc(0), 4081), /too large/],
  ])('a header %s is none', (_, bytes, why) => {
    expect(parse(bytes)).toMatch(why)
  })
})

test('any addresses come out as they went in, whatever the cut', () => {
  const port = fc.integer({ min: 0, max: 65_535 })
  const inet = fc.record({ address: fc.ipV4(), port, serverAddress: fc.ipV4(), serverPort: port })
  const inet6 = fc.record({ address: fc.ipV6(), port, serverAddress: fc.ipV6(), serverPort: port })
  fc.assert(
    fc.property(fc.oneof(inet, inet6), fc.nat(), (proxied, cut) => {
      const family = isIPv6(proxied.address) ? 'TCP6' : 'TCP4'
      const { address, serverAddress, serverPort } = proxied
      const text = `PROXY ${family} ${address} ${serverAddress} ${proxied.port} ${serverPort}\r\n`
      expect(parse(`${text}x`)).toEqual({ size: text.length, proxied })
      expect(parse(text.slice(0, 1 + (cut % (text.length - 1))))).toBeUndefined()
    }),
  )
})

test('no bytes are read as more than there are', () => {
  const parts = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(SIGNATURE, Buffer.from('PROXY TCP4 '), Buffer.from([0x21, 0x11, 0, 12])),
  )
  fc.assert(
    fc.property(fc.array(parts, { minLength: 1, maxLength: 4 }), (all) => {
      const bytes = Buffer.concat(all)
      fc.pre(bytes.length > 0)
      const found = parse(bytes)
      if (typeof found === 'object') expect(found.size).toBeLessThanOrEqual(bytes.length)
    }),
  )
})
