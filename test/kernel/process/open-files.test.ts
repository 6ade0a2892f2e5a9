import { expect, test } from 'vitest'
import { openFileLimit, usableConnections } from '../../../src/kernel/process/open-files.ts'

test('connections leave descriptors for everything else', () => {
  expect(usableConnections(512, 1024)).toBe(512)
  expect(usableConnections(1024, 1024)).toBe(960)
  expect(usableConnections(1024, 64)).toBe(32)
  expect(usableConnections(1, 2)).toBe(1)
})

test('the limit of this process is read', () => {
  expect(openFileLimit()).toBeGreaterThan(0)
})
