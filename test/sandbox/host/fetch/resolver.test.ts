import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { systemResolver } from '../../../../sandbox/host/fetch/resolver.ts'

const A = 1
const AAAA = 28

/** A name server of a test: what it answers to a type of question, or undefined to stay silent. */
async function nameServer(answer: (type: number) => readonly Buffer[] | undefined) {
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const type = question.readUInt16BE(question.indexOf(0, 12) + 1)
    const found = answer(type)
    if (found) socket.send(reply(question, type, found), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return `127.0.0.1:${socket.address().port}`
}

/** RFC 1035, section 4.1: the question again, then records that point to its name. */
function reply(question: Buffer, type: number, found: readonly Buffer[]): Buffer {
  const head = Buffer.from(question.subarray(0, question.indexOf(0, 12) + 5))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(found.length, 6)
  head.writeUInt16BE(0, 10)
  const records = found.map((address) => {
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length])
    return Buffer.concat([record, address])
  })
  return Buffer.concat([head, ...records])
}

test('a name has the addresses of both kinds', async () => {
  const v6 = Buffer.alloc(16)
  v6[15] = 1
  const server = await nameServer((type) => {
    if (type === A) return [Buffer.from([10, 0, 0, 1]), Buffer.from([1, 1, 1, 1])]
    return type === AAAA ? [v6] : []
  })
  const resolve = systemResolver(1000, [server])
  expect(await resolve('api.test')).toEqual(['10.0.0.1', '1.1.1.1', '::1'])
})

test('one kind is enough, and none is no error', async () => {
  const server = await nameServer((type) => (type === A ? [Buffer.from([1, 1, 1, 1])] : []))
  expect(await systemResolver(1000, [server])('api.test')).toEqual(['1.1.1.1'])
  const empty = await nameServer(() => [])
  expect(await systemResolver(1000, [empty])('api.test')).toEqual([])
})

test('a name server that says nothing is not waited for', async () => {
  const server = await nameServer(() => undefined)
  expect(await systemResolver(50, [server])('api.test')).toEqual([])
})
