import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { onCleanup } from './cleanup.ts'

/** A name server of a test, for addresses of IPv4. */
export interface NameServer {
  readonly address: string
  /** The names it was asked for, in order. */
  readonly asked: string[]
}

const A = 1
const LOOPBACK = '127.0.0.1'

/** Starts one; a name it does not know has no address. */
export async function nameServer(
  answer: (name: string, times: number) => readonly string[] | undefined,
): Promise<NameServer> {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const name = nameIn(question)
    const isV4 = question.readUInt16BE(question.indexOf(0, 12) + 1) === A
    if (isV4) asked.push(name)
    const times = asked.filter((each) => each === name).length
    const found = isV4 ? (answer(name, times) ?? []) : []
    socket.send(reply(question, found), from.port, from.address)
  })
  socket.bind(0, LOOPBACK)
  await once(socket, 'listening')
  onCleanup(async () => {
    await new Promise<void>((resolve) => socket.close(resolve))
  })
  return { address: `${LOOPBACK}:${socket.address().port}`, asked }
}

function nameIn(question: Buffer): string {
  const labels: string[] = []
  for (let at = 12; question[at] !== 0; at += 1 + (question[at] as number)) {
    labels.push(question.toString('latin1', at + 1, at + 1 + (question[at] as number)))
  }
  return labels.join('.')
}

/** RFC 1035, section 4.1: the question again, then records that point to its name. */
function reply(question: Buffer, addresses: readonly string[]): Buffer {
  const head = Buffer.from(question.subarray(0, question.indexOf(0, 12) + 5))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(0, 10)
  const records = addresses.map((address) => {
    return Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)])
  })
  return Buffer.concat([head, ...records])
}
