import { describe, expect, test } from 'vitest'
import { readMessage } from '../../../src/kernel/process/messages.ts'

const start = {
  type: 'start',
  configuration: { any: 'thing' },
  workers: 2,
  descriptors: [{ key: '127.0.0.1:80', fd: 5 }],
  counters: { fd: 4, row: 1 },
}

describe('a message is taken as it is', () => {
  const good = [
    { type: 'quit' },
    { type: 'reopen' },
    { type: 'profile' },
    { type: 'ready' },
    { type: 'failed', reasons: ['a'] },
    start,
    { ...start, counters: undefined },
  ]
  for (const message of good) {
    test(JSON.stringify(message).slice(0, 60), () => expect(readMessage(message)).toBe(message))
  }
})

describe('anything else is no message', () => {
  const bad = [
    undefined,
    null,
    'quit',
    {},
    { type: 'unknown' },
    { type: 'failed' },
    { type: 'failed', reasons: [1] },
    { ...start, descriptors: undefined },
    { ...start, descriptors: [{ key: 1, fd: 5 }] },
    { ...start, descriptors: [null] },
    { ...start, workers: '2' },
    { ...start, counters: {} },
  ]
  for (const [i, message] of bad.entries()) {
    test(`${i} ${JSON.stringify(message)?.slice(0, 60)}`, () => {
      expect(readMessage(message)).toBeUndefined()
    })
  }
})
