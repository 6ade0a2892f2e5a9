import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import type { Gateway } from '../harness/gateway.ts'
import { descriptorsOf, findProcesses, isAlive, signal } from '../harness/processes.ts'
import { GET, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectionsClosed } from '../harness/stub-status.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'
import { type Arrivals, flappingPeer, goodPeer } from './flapping-peers.ts'
import { randomNumbers } from './random.ts'
import { PATIENCE, scale } from './scale.ts'
import { Visitors } from './visitors.ts'

const STEPS = scale(40, 2000)
const WORKERS = 2
/** Longer than a master waits for workers that were stopped while they started, in milliseconds. */
const STARTS = 120_000
/** Requests of one key that a limit lets through, however many are asked of whichever worker. */
const LIMIT = 2

const yaml = (peers: readonly string[], more = '') => `
worker_processes: ${WORKERS}
worker_stuck_timeout: 2s
worker_memory_limit: 1g
http:
  access_log: access.log
  limit_conn_zone: $server_port zone=holds:1m
  limit_req_zone: "$arg_k zone=pace:1m rate=1r/m"
  proxy_next_upstream: error timeout invalid_header
  proxy_next_upstream_tries: 0
  proxy_read_timeout: 2s
  upstream:
    peers: { keepalive: 4, server: [${peers.map((each) => `${each} max_fails=3 fail_timeout=200ms`).join(', ')}] }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { limit_conn: holds 100, return: 200 $pid }
        /peer: { limit_conn: holds 100, proxy_pass: http://peers, add_header: X-Worker $pid always }
        /limited: { root: "%%DIR%%", limit_req: zone=pace burst=${LIMIT - 1} nodelay, limit_req_log_level: info }
        = /status: { stub_status: on }
${more}`

/** What a deed is done to. */
interface Scene {
  readonly gateway: Gateway
  readonly peers: readonly string[]
  /** Workers whose clients have reason to complain. */
  readonly killed: Set<number>
  /** Settles when so many more requests were answered. */
  answers(count: number): Promise<void>
}

/** What an operator, a script and bad luck do to a gateway, at any moment and all at once. */
const DEEDS: Readonly<Record<string, (scene: Scene) => unknown>> = {
  reload: ({ gateway }) => gateway.signal('SIGHUP'),
  'reload twice': ({ gateway }) => {
    gateway.signal('SIGHUP')
    gateway.signal('SIGHUP')
  },
  'break the configuration': async ({ gateway, peers }) => {
    await gateway.configure(yaml(peers, 'nonsense: on'))
    gateway.signal('SIGHUP')
  },
  'mend the configuration': async ({ gateway, peers }) => {
    await gateway.configure(yaml(peers))
    gateway.signal('SIGHUP')
  },
  'rotate the log': ({ gateway }) => {
    const log = gateway.workspace.path('access.log')
    if (existsSync(log)) renameSync(log, `${log}.old`)
    gateway.signal('SIGUSR1')
  },
  'kill a worker': ({ gateway, killed }) => kill(gateway.workers().slice(0, 1), killed),
  'kill all workers': ({ gateway, killed }) => kill(gateway.workers(), killed),
  'kill the newest worker': ({ gateway, killed }) => kill(gateway.workers().slice(-1), killed),
  'end a worker in order': ({ gateway }) => {
    for (const pid of gateway.workers().slice(0, 1)) signal(pid, 'SIGQUIT')
  },
  'stop a worker for good': ({ gateway, killed }) => {
    for (const pid of gateway.workers().slice(0, 1)) {
      killed.add(pid)
      signal(pid, 'SIGSTOP')
    }
  },
  'stop a worker for a moment': async ({ gateway, answers }) => {
    const [pid = 0] = gateway.workers().slice(-1)
    signal(pid, 'SIGSTOP')
    await answers(20)
    signal(pid, 'SIGCONT')
  },
  'stop the master for a moment': async ({ gateway, answers }) => {
    gateway.signal('SIGSTOP')
    await answers(100)
    gateway.signal('SIGCONT')
  },
  'ask for heap profiles': ({ gateway }) => gateway.signal('SIGURG'),
}

test(
  `after ${STEPS} reloads, kills, stops and rotations at random it serves as before`,
  async () => {
    const random = randomNumbers(7)
    const arrivals: Arrivals = new Map()
    const origins = [
      await goodPeer(arrivals),
      await flappingPeer(arrivals, random),
      await flappingPeer(arrivals, random),
    ]
    const peers = origins.map(({ address }) => address)
    const temporary = new Workspace('chaos')
    onCleanup(() => temporary.remove())
    const gateway = await startGateway({
      yaml: yaml(peers),
      files: { 'limited/a': 'a' },
      env: { TMPDIR: temporary.dir },
      // Nobody can take a signal (3 is QUIT) before Node runs the first line of a new worker.
      expected: [
        /exited on signal [39]/,
        /emerg/,
        /reload failed/,
        /while it was starting/,
        /is stuck/,
        /does not start/,
        /upstream/,
      ],
    })
    const zones = zonesOf(gateway.workers()[0] ?? 0)
    const descriptors = descriptorsOf(gateway.pid)
    const asking = request('GET /peer', { 'X-Id': '7' })
    const crowds = [
      new Visitors(gateway.port(), 6),
      new Visitors(gateway.port(), 4, asking),
    ] as const
    const answered = () => crowds.reduce((sum, { visits }) => sum + visits.answered, 0)
    const scene: Scene = {
      gateway,
      peers,
      killed: new Set(),
      answers: async (count) => {
        const goal = answered() + count
        await until('answers', () => answered() >= goal, STARTS)
      },
    }
    const { killed } = scene
    const names = Object.keys(DEEDS)
    for (let i = 0; i < STEPS; i++) {
      await DEEDS[names[Math.floor(random() * names.length)] as string]?.(scene)
      expect(await passed(gateway.port(), `${i}`, 2 * LIMIT)).toBeLessThanOrEqual(LIMIT)
      await scene.answers(Math.floor(random() * 100))
      arrivals.clear()
    }
    await gateway.configure(yaml(peers, 'env: LAST=1'))
    gateway.signal('SIGHUP')
    await until('the last reload', () => /reconfiguring|reload/.test(gateway.errorLog()))
    const losses = (await Promise.all(crowds.map((each) => each.leave()))).flatMap(
      (each) => each.losses,
    )
    for (const [, pid] of gateway.errorLog().matchAll(/worker process (\d+) is stuck/g)) {
      killed.add(Number(pid))
    }
    // Whoever was lost was with a worker that was killed.
    expect(losses.filter(({ worker }) => worker !== undefined && !killed.has(worker))).toEqual([])
    expect(losses.filter(({ why }) => why.startsWith('connect'))).toEqual([])
    await until('two workers', () => gateway.workers().length === WORKERS, 30_000)
    await until('descriptors to be closed', () => descriptorsOf(gateway.pid) <= descriptors)
    expect(isAlive(gateway.pid)).toBe(true)
    await expectNothingHeld(gateway)
    expect(await passed(gateway.port(), 'last', 3 * LIMIT)).toBe(LIMIT)
    await gateway.stop()
    expect(findProcesses(({ group }) => group === gateway.pid)).toEqual([])
    expect(existsSync(zones)).toBe(false)
    expect(readdirSync(temporary.dir).filter((name) => !name.endsWith('.heapprofile'))).toEqual([])
  },
  PATIENCE,
)

/** Nobody asks any more: no connection is counted, nothing is held, no row is taken. */
async function expectNothingHeld(gateway: Gateway): Promise<void> {
  // What a killed worker held is given back when the next one starts: one that was stopped while it
  // left is killed after the first of these.
  await gateway.reload()
  await gateway.reload()
  await connectionsClosed(gateway.port())
  let seen = ''
  const given = until('all to be given back', async () => {
    const { text } = await get(gateway.port(), '/status')
    const rows = [...text.matchAll(/^Worker (\d+): /gm)].map(([, pid]) => Number(pid))
    seen = `${text}workers: ${gateway.workers()}`
    return (
      String(rows.sort()) === String(gateway.workers().sort()) &&
      text.includes('\nReading: 0 Writing: 1 Waiting: 0 \n') &&
      text.includes('\nZone holds: 0 records, 0 of 1048576 bytes \n')
    )
  })
  await given.catch(({ message }) => expect.fail(`${message}\n${seen}`))
}

/** How many of `count` requests with a key the limit lets through; a killed worker answers none. */
async function passed(port: number, key: string, count: number): Promise<number> {
  const statuses = await Promise.all(
    Array.from({ length: count }, () =>
      once(port, GET(`/limited/a?k=${key}`, { Connection: 'close' }), { patience: 60_000 }).then(
        ({ status }) => status,
        () => undefined,
      ),
    ),
  )
  return statuses.filter((status) => status === 200).length
}

/** The folder in which the workers share their zones. */
function zonesOf(worker: number): string {
  const environment = readFileSync(`/proc/${worker}/environ`, 'latin1')
  return /GATEWAY_ZONES=([^\0]+)/.exec(environment)?.[1] ?? ''
}

function kill(pids: readonly number[], killed: Set<number>): void {
  for (const pid of pids) {
    killed.add(pid)
    signal(pid, 'SIGKILL')
  }
}
