import { once } from 'node:events'
import { connect, type SecureVersion } from 'node:tls'
import { startContender } from './compare.ts'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import { judge, type Section, type Verdict } from './section.ts'
import { GREETING } from './work.ts'

const WORKERS = 4
/** Clients that come again and again, and how often each does. */
const CLIENTS = 50
const VISITS = 20
const TARGET_PERCENT = 95
const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3']
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

/** Of clients that come again, how many go on with what was agreed, whichever worker takes them. */
export async function measureResumption(fixtures: Fixtures): Promise<Section> {
  const lines: string[][] = []
  const verdicts: Verdict[] = []
  for (const name of ['gateway', 'nginx'] as const) {
    if (contenders[name].missing() !== undefined) continue
    const server = await startContender(name, { kind: 'secure', workers: WORKERS }, fixtures)
    try {
      for (const version of VERSIONS) {
        const percent = await resumedOf(server.port, version)
        lines.push([name, version, percent.toFixed(1)])
        if (name === 'gateway') {
          verdicts.push(judge(`${version} resumed`, percent, { least: TARGET_PERCENT }, ' %'))
        }
      }
    } finally {
      await server.stop()
    }
  }
  const returning = (CLIENTS * VISITS).toLocaleString('en')
  return {
    name: 'tls-resumption',
    text: `${returning} connections with a session of an earlier one, to ${WORKERS} workers`,
    columns: ['server', 'version', 'resumed %'],
    lines,
    verdicts,
    notes: [],
  }
}

/** The share in percent. Clients come at the same time, so that no worker is always the free one. */
async function resumedOf(port: number, version: SecureVersion): Promise<number> {
  const counts = await Promise.all(Array.from({ length: CLIENTS }, () => visit(port, version)))
  return (100 * counts.reduce((sum, count) => sum + count, 0)) / (CLIENTS * VISITS)
}

/** How many of a client's visits behind the first one went on with what the one before was left. */
async function visit(port: number, version: SecureVersion): Promise<number> {
  let { session } = await ask(port, version)
  let resumed = 0
  for (let i = 0; i < VISITS; i++) {
    const answer = await ask(port, version, session)
    if (answer.isResumed) resumed++
    session = answer.session
  }
  return resumed
}

async function ask(port: number, version: SecureVersion, session?: Buffer) {
  const socket = connect({
    port,
    host: '127.0.0.1',
    minVersion: version,
    maxVersion: version,
    rejectUnauthorized: false,
    ...(session && { session }),
  })
  let latest: Buffer | undefined
  socket.on('session', (kept) => {
    latest = kept
  })
  await once(socket, 'secureConnect')
  const isResumed = socket.isSessionReused()
  socket.write(REQUEST)
  const answer = Buffer.concat(await socket.toArray()).toString()
  if (!answer.endsWith(GREETING)) throw new Error(`answered "${answer.slice(0, 80)}"`)
  // Tickets of TLS 1.3 come behind the handshake; of 1.2, a resumed one may leave none anew.
  return { isResumed, session: latest ?? session }
}
