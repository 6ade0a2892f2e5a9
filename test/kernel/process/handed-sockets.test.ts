import { closeSync, openSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { BoundSocket } from '../../../src/kernel/listen/bound-socket.ts'
import { describeHanded, takeHandedSockets } from '../../../src/kernel/process/handed-sockets.ts'
import { newTcpServer } from '../../../src/kernel/socket/binding.ts'

const file = openSync('/dev/null', 'r')
afterAll(() => closeSync(file))

const NONE = { sockets: [], warnings: [] }

test('takes nothing from an environment that hands nothing down', () => {
  expect(takeHandedSockets({ HOME: '/' })).toEqual(NONE)
})

test('descriptors that are no listening sockets are told, and left alone', () => {
  expect(takeHandedSockets({ GATEWAY_SOCKETS: `${file};999999:lent` })).toEqual({
    sockets: [],
    warnings: [`descriptor ${file}`, 'descriptor 999999'].map(
      (each) => `${each} is no listening socket, ignored`,
    ),
  })
})

test.each(['', ';', 'x', '-1', '1e1', '12345678', `${file}:borrowed`, `${file},3`])(
  'GATEWAY_SOCKETS of %j names nothing',
  (text) => expect(takeHandedSockets({ GATEWAY_SOCKETS: text })).toEqual(NONE),
)

test.each([
  ['1', '3'],
  [String(process.pid), ''],
  [String(process.pid), 'many'],
  [String(process.pid), '-1'],
  [String(process.pid), '0'],
])('LISTEN_PID of %j with LISTEN_FDS of %j lends nothing', (LISTEN_PID, LISTEN_FDS) => {
  expect(takeHandedSockets({ LISTEN_PID, LISTEN_FDS })).toEqual(NONE)
})

test('whoever is started later takes nothing for its own', () => {
  const env = { LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'x', GATEWAY_SOCKETS: '', A: 'b' }
  takeHandedSockets(env)
  expect(env).toEqual({ A: 'b' })
})

test('a successor learns where its sockets begin and which are lent', () => {
  const socket = (origin: BoundSocket['origin']) => {
    return new BoundSocket('127.0.0.1:1', newTcpServer(), { origin })
  }
  const sockets = [socket('bound'), socket('lent'), socket('handed')]
  expect(describeHanded(sockets, 4)).toBe('4;5:lent;6')
  expect(describeHanded([], 4)).toBe('')
})
