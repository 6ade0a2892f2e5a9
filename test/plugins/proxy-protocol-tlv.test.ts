import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { Variables } from '../../src/kernel/variable/registry.ts'
import common from '../../src/plugins/variables/index.ts'
import { CollectingSink } from '../../src/testing/collecting-sink.ts'
import { fakeExchange } from '../../src/testing/fake-request.ts'
import { compileServer } from '../config/compile-text.ts'

const variables = new Variables([common])
const server = compileServer('server_name: www.example.com').plan.listens[0]?.servers.default

/** The value of a variable where the header of the PROXY protocol carries this. */
function value(name: string, tlvs: string | undefined): string | undefined {
  const address = '192.0.2.1'
  const proxyProtocol = { address, port: 1, serverAddress: address, serverPort: 2, tlvs }
  const x = fakeExchange({ client: { proxyProtocol } }, server as never, new CollectingSink())
  return variables.getter(`proxy_protocol_tlv_${name}`)?.(x)
}

function tlv(type: number, content: string): string {
  const head = Buffer.from([type, content.length >> 8, content.length & 255])
  return head.toString('latin1') + content
}

const INNER = [
  tlv(0x21, 'TLSv1.2'),
  tlv(0x22, 'example.com'),
  tlv(0x23, 'AES256-SHA'),
  tlv(0x24, 'SHA1'),
  tlv(0x25, 'RSA512'),
].join('')
const SSL = `\x01\x01\0\0\xff${INNER}`
const ALL = [
  tlv(0x01, 'h2'),
  tlv(0x02, 'localhost'),
  tlv(0x05, 'id\0\xff'),
  tlv(0x20, SSL),
  tlv(0x30, 'net'),
  tlv(0xea, 'x'.repeat(300)),
  tlv(0x01, 'second'),
].join('')

test.each([
  ['alpn', 'h2'],
  ['0x1', 'h2'],
  ['0x0001', 'h2'],
  ['AUTHORITY', 'localhost'],
  ['unique_id', 'id\0\xff'],
  ['netns', 'net'],
  ['0xEA', 'x'.repeat(300)],
  ['ssl', SSL],
  ['ssl_verify', `${0x01_00_00_ff}`],
  ['ssl_version', 'TLSv1.2'],
  ['ssl_cn', 'example.com'],
  ['ssl_cipher', 'AES256-SHA'],
  ['ssl_sig_alg', 'SHA1'],
  ['ssl_key_alg', 'RSA512'],
  ['ssl_0x21', 'TLSv1.2'],
  ['0x21', undefined],
  ['ssl_alpn', undefined],
  ['0x', undefined],
  ['constructor', undefined],
])('$proxy_protocol_tlv_%s', (name, expected) => {
  expect(value(name, ALL)).toBe(expected)
  expect(value(name, undefined)).toBeUndefined()
})

test('what is cut short is not there', () => {
  for (let size = 0; size < ALL.length; size++) {
    const found = value('0xea', ALL.slice(0, size))
    expect(found === undefined || found.length === 300).toBe(true)
    expect([undefined, `${0x01_00_00_ff}`]).toContain(value('ssl_verify', ALL.slice(0, size)))
  }
  const short = tlv(0x20, '\x01\0\0\0')
  expect(value('ssl_verify', short)).toBeUndefined()
  expect(value('ssl_cn', short)).toBeUndefined()
})
