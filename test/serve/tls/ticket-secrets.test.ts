import { expect, test } from 'vitest'
import { SecretChain } from '../../../src/serve/tls/secret-chain.ts'

const HOUR = 3_600_000
const secret = new Uint8Array(48).fill(7)

const newest = (chain: SecretChain, now: number) => {
  return Buffer.from(chain.at(now)[0] as Uint8Array).toString('hex')
}

test('a secret counts for an hour, and the one before it for another', () => {
  const chain = SecretChain.from(secret, HOUR)
  const first = chain.at(HOUR)
  expect(chain.at(2 * HOUR - 1)).toBe(first)
  const second = chain.at(2 * HOUR)
  expect(second).toHaveLength(2)
  expect(second[1]).toEqual(secret)
  expect(second[0]).not.toEqual(secret)
  expect(chain.at(3 * HOUR)).toHaveLength(2)
  expect(chain.at(3 * HOUR)).not.toContainEqual(secret)
})

test('those who began with the same have the same, whenever they were asked', () => {
  const busy = SecretChain.from(secret, 0)
  const idle = SecretChain.from(secret, 0)
  for (let now = 0; now < 10 * HOUR; now += HOUR / 2) busy.at(now)
  const handed = SecretChain.parse(busy.text)
  expect(new Set([busy, idle, handed].map((each) => newest(each, 12 * HOUR)))).toHaveLength(1)
  expect(handed.at(12 * HOUR)).toEqual(busy.at(12 * HOUR))
})

test('as many are remembered as tickets are good for, a week of them at most', () => {
  const chain = SecretChain.from(secret, 0)
  chain.remember(2.5 * HOUR)
  chain.remember(HOUR)
  expect(chain.at(10 * HOUR)).toHaveLength(4)
  chain.remember(10_000 * HOUR)
  expect(chain.at(10_000 * HOUR)).toHaveLength(7 * 24 + 1)
})

test('what is handed over does not tell what is past', () => {
  const chain = SecretChain.from(secret, 0)
  chain.at(5 * HOUR)
  expect(chain.text).not.toContain(Buffer.from(secret).toString('base64'))
})
