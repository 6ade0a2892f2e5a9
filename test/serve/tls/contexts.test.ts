import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import tls, { type SecureContext } from 'node:tls'
import { beforeAll, expect, test } from 'vitest'
import { Contexts } from '../../../src/serve/tls/contexts.ts'
import type { TicketKey } from '../../../src/serve/tls/ticket-key.ts'
import { certificate } from '../../harness/certificates.ts'
import { onCleanup } from '../../harness/cleanup.ts'
import { connectTls } from '../../harness/tls-client.ts'

const pair = certificate({ subject: '/CN=localhost', names: ['localhost'] })
const keys = [randomBytes(48), randomBytes(48), randomBytes(48)] as const
let made = 0
const make = (ticketKeys: TicketKey) => {
  made++
  return tls.createSecureContext({ ...pair, ticketKeys })
}

/** A server whose next connection begins with this. */
const next: { context?: SecureContext } = {}
let port = 0

beforeAll(async () => {
  const server = net.createServer((socket) => {
    const { context: secureContext } = next
    const options = { isServer: true, ...(secureContext && { secureContext }) }
    new tls.TLSSocket(socket, options).on('error', () => {}).write('x')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as net.AddressInfo).port
  onCleanup(() => void server.close())
})

/** Connects with a session, and tells what the client may go on with next. */
async function connect(contexts: Contexts, version: 'TLSv1.2' | 'TLSv1.3', before?: Buffer) {
  next.context = contexts.for(before ? ticketIn(before) : new Uint8Array())
  const { client, socket } = await connectTls(port, { maxVersion: version, session: before })
  // Tickets come before it.
  await client.incoming.take(1)
  const session = socket.getSession() as Buffer
  return { reused: socket.isSessionReused(), session, ticket: socket.getTLSTicket() as Buffer }
}

/** OpenSSL's form of a session has the ticket in it, which begins with the name of its key. */
function ticketIn(session: Buffer): Buffer {
  const at = keys.map((key) => session.indexOf(key.subarray(0, 16))).find((each) => each >= 0)
  return session.subarray(at ?? session.length)
}

const nameOf = (bytes: Buffer) => bytes.subarray(0, 16).toString('hex')

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  '%s: a ticket of an older key is taken, and replaced by one of the newest',
  async (version) => {
    const [first, second, third] = keys
    let counting: readonly TicketKey[] = [first]
    made = 0
    const contexts = new Contexts(() => counting, make)
    const begun = await connect(contexts, version)
    expect([begun.reused, nameOf(begun.ticket)]).toEqual([false, nameOf(first)])
    expect(await connect(contexts, version, begun.session)).toMatchObject({ reused: true })

    counting = [second, first]
    // Whoever is new has the newest one, without another context.
    expect(nameOf((await connect(contexts, version)).ticket)).toBe(nameOf(second))
    expect(made).toBe(1)
    const renewed = await connect(contexts, version, begun.session)
    expect([renewed.reused, nameOf(renewed.ticket)]).toEqual([true, nameOf(second)])

    // The key of the first one is past; that of the second one is not.
    counting = [third, second]
    expect(await connect(contexts, version, begun.session)).toMatchObject({ reused: false })
    const again = await connect(contexts, version, renewed.session)
    expect([again.reused, nameOf(again.ticket)]).toEqual([true, nameOf(third)])
    expect(made).toBe(2)
  },
)
