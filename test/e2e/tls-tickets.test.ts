import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import type { Gateway } from '../harness/gateway.ts'
import { GET } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'
import { until } from '../harness/wait.ts'

const pair = certificate({ subject: '/CN=localhost', names: ['localhost'] })
const FILES = { 'server.crt': pair.cert, 'server.key': pair.key }

type Version = 'TLSv1.2' | 'TLSv1.3'

/** Asks with a session; tells whether it went on, and what may go on next. */
async function ask(gateway: Gateway, maxVersion: Version, session?: Buffer, number = 0) {
  const { client, socket } = await connectTls(gateway.port(number), { maxVersion, session })
  // Tickets come before the answer.
  expect((await client.exchange(GET('/'))).text).toBe(socket.isSessionReused() ? 'r' : '.')
  return {
    reused: socket.isSessionReused(),
    session: socket.getSession() as Buffer,
    keyName: socket.getTLSTicket()?.subarray(0, 16).toString('hex'),
  }
}

const nameOf = (key: Buffer) => key.subarray(0, 16).toString('hex')

test('keys of tickets are changed by changing their files', async () => {
  // Of either size, one in the place of the other.
  const [first, second, third] = [randomBytes(80), randomBytes(48), randomBytes(80)]
  const gateway = await startGateway({
    yaml: `
worker_processes: 2
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      ssl_session_ticket_key: [new.key, old.key]
      location: { /: { return: 200 $ssl_session_reused } }
`,
    files: { ...FILES, 'new.key': first, 'old.key': randomBytes(48) },
  })
  const versions: readonly Version[] = ['TLSv1.2', 'TLSv1.3']
  let changes = 0
  const change = async (current: Buffer, before: Buffer) => {
    gateway.workspace.write('old.key', before)
    gateway.workspace.write('new.key', current)
    changes += 2
    await until('both workers', () => {
      return gateway.errorLog().match(/files of TLS have changed and count/g)?.length === changes
    })
  }

  const begun = await Promise.all(versions.map((each) => ask(gateway, each)))
  expect(begun.map(({ keyName }) => keyName)).toEqual([nameOf(first), nameOf(first)])
  await change(second, first)
  const renewed = await Promise.all(
    versions.map((each, i) => ask(gateway, each, begun[i]?.session)),
  )
  expect(renewed).toMatchObject(Array(2).fill({ reused: true, keyName: nameOf(second) }))
  await change(third, second)
  const late = await Promise.all(versions.map((each, i) => ask(gateway, each, begun[i]?.session)))
  expect(late).toMatchObject(Array(2).fill({ reused: false, keyName: nameOf(third) }))
  const last = await Promise.all(versions.map((each, i) => ask(gateway, each, renewed[i]?.session)))
  expect(last).toMatchObject(Array(2).fill({ reused: true, keyName: nameOf(third) }))

  gateway.expect(/files of TLS have changed, but those of before/)
  gateway.workspace.write('new.key', 'rubbish')
  await gateway.logged(/go on to count: "\S+new\.key" must have 48 or 80 bytes, and has 7/)
  expect(await ask(gateway, 'TLSv1.3', last[1]?.session)).toMatchObject({ reused: true })
})

test('gateways share a key, of which every byte counts', async () => {
  const key = randomBytes(80)
  const other = Buffer.from(key)
  other[79] = (other[79] as number) ^ 1
  const server = (port: string, name: string, file: string) => `
    - listen: 127.0.0.1:%%${port}%% ssl
      server_name: ${name}
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      ssl_session_ticket_key: ${file}
      location: { /: { return: 200 $ssl_session_reused } }`
  const gateway = await startGateway({
    yaml: `
http:
  server:${server('PORT', 'localhost', 'one.key')}${server('PORT_1', 'localhost', 'same.key')}${server('PORT_2', 'localhost', 'other.key')}${server('PORT_3', 'other.test', 'one.key')}
`,
    files: { ...FILES, 'one.key': key, 'same.key': key, 'other.key': other },
  })
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { session } = await ask(gateway, version)
    const reused = []
    for (const number of [0, 1, 2, 3]) {
      reused.push((await ask(gateway, version, session, number)).reused)
    }
    // The last one is another server.
    expect(reused).toEqual([true, true, false, false])
  }
})

test.each([
  ['of the same name', [Buffer.alloc(48, 1), Buffer.alloc(80, 1)], /begins with the same 16 bytes/],
  ['that are too many', Array.from({ length: 33 }, () => randomBytes(48)), /more than 32 keys/],
  ['of another size', [randomBytes(48), randomBytes(64)], /must have 48 or 80 bytes, and has 64/],
])('keys %s are refused', async (_, keys, fault) => {
  const files = Object.fromEntries(keys.map((key, i) => [`${i}.key`, key]))
  const yaml = `http: { ssl_session_ticket_key: [${Object.keys(files)}], server: { listen: 127.0.0.1:%%PORT%% } }`
  await expect(startGateway({ yaml, files })).rejects.toThrow(fault)
})
