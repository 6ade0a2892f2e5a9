import { expect, test } from 'vitest'
import {
  Descriptors,
  openFileLimit,
  usableConnections,
} from '../../../src/kernel/process/open-files.ts'

test('connections leave descriptors for everything else', () => {
  expect(usableConnections(512, 1024)).toBe(512)
  expect(usableConnections(1024, 1024)).toBe(960)
  expect(usableConnections(1024, 64)).toBe(32)
  expect(usableConnections(1, 2)).toBe(1)
})

test('the limit of this process is read', () => {
  expect(openFileLimit()).toBeGreaterThan(0)
})

test('descriptors are scarce where few numbers are left', () => {
  const descriptors = new Descriptors(1024)
  expect(descriptors.scarceAt(991)).toBe(false)
  expect(descriptors.scarceAt(992)).toBe(true)
  // A closed handle has none.
  expect(descriptors.scarceAt(-1)).toBe(false)
  expect(descriptors.scarce).toBe(false)
  expect(new Descriptors(1).scarce).toBe(true)
})
