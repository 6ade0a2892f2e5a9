import { expect, test } from 'vitest'
import { parseLocalAddress } from '../../../src/kernel/upstream/local-address.ts'

test.each([
  ['127.0.0.1', '127.0.0.1', 0],
  ['127.0.0.1:80', '127.0.0.1', 80],
  ['::1', '::1', 0],
  ['[::1]:65535', '::1', 65_535],
])('%s is a local address', (name, host, port) => {
  expect(parseLocalAddress(name)).toEqual({ name, host, port })
})

test.each([
  '',
  'localhost',
  '127.0.0',
  '127.0.0.1:',
  '127.0.0.1:0',
  '127.0.0.1:65536',
  '127.0.0.1:x',
  '[::1]',
  '[127.0.0.1]:80',
  '::1:x',
  'unix:/x',
  '127.0.0.1 ',
])('%j is none', (text) => {
  expect(parseLocalAddress(text)).toBeUndefined()
})
