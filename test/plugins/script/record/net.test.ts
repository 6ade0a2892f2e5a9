import net from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isIP, isIPv6 } from '../../../../src/plugins/script/record/guest/net.ts'

const group = fc.constantFrom(
  '0',
  '1',
  'ffff',
  'DB8',
  '12345',
  '',
  'g',
  '::',
  '1.2.3.4',
  '256.1.1.1',
)
const v6 = fc.array(group, { maxLength: 9 }).map((groups) => groups.join(':'))
const v4 = fc
  .array(fc.constantFrom('0', '1', '25', '255', '256', '01', '', 'a'), { maxLength: 5 })
  .map((parts) => parts.join('.'))
const zoned = fc
  .tuple(v6, fc.constantFrom('', '%', '%lo', '%1', '%a b', '%%'))
  .map((parts) => parts.join(''))

test('addresses are what Node says they are', () => {
  fc.assert(
    fc.property(fc.oneof(v6, v4, zoned, fc.string()), (text) => {
      expect([text, isIPv6(text), isIP(text)]).toEqual([text, net.isIPv6(text), net.isIP(text)])
    }),
    { numRuns: 20_000 },
  )
})
