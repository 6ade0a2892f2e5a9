import { existsSync, renameSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { descriptorsOf, findProcesses, isAlive, signal } from '../harness/processes.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { randomNumbers } from './random.ts'
import { PATIENCE, scale } from './scale.ts'
import { Visitors } from './visitors.ts'

const STEPS = scale(40, 2000)
const WORKERS = 2

const yaml = (more = '') => `
worker_processes: ${WORKERS}
http:
  access_log: access.log
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { return: 200 $pid } }
${more}`

/** What an operator, a script and bad luck do to a gateway, at any moment and all at once. */
const DEEDS: Readonly<Record<string, (gateway: Gateway, killed: Set<number>) => unknown>> = {
  reload: (gateway) => gateway.signal('SIGHUP'),
  'reload twice': (gateway) => {
    gateway.signal('SIGHUP')
    gateway.signal('SIGHUP')
  },
  'break the configuration': async (gateway) => {
    await gateway.configure(yaml('nonsense: on'))
    gateway.signal('SIGHUP')
  },
  'mend the configuration': async (gateway) => {
    await gateway.configure(yaml())
    gateway.signal('SIGHUP')
  },
  'rotate the log': (gateway) => {
    const log = gateway.workspace.path('access.log')
    if (existsSync(log)) renameSync(log, `${log}.old`)
    gateway.signal('SIGUSR1')
  },
  'kill a worker': (gateway, killed) => kill(gateway.workers().slice(0, 1), killed),
  'kill all workers': (gateway, killed) => kill(gateway.workers(), killed),
  'kill the newest worker': (gateway, killed) => kill(gateway.workers().slice(-1), killed),
  'end a worker in order': (gateway) => {
    for (const pid of gateway.workers().slice(0, 1)) signal(pid, 'SIGQUIT')
  },
}

test(
  `after ${STEPS} reloads, kills and rotations at random it serves as before`,
  async () => {
    const gateway = await startGateway({
      yaml: yaml(),
      // Nobody can take a signal (3 is QUIT) before Node runs the first line of a new worker.
      expected: [/exited on signal [39]/, /emerg/, /reload failed/, /while it was starting/],
    })
    const descriptors = descriptorsOf(gateway.pid)
    const visitors = new Visitors(gateway.port(), 6)
    const { visits } = visitors
    const killed = new Set<number>()
    const random = randomNumbers(7)
    const names = Object.keys(DEEDS)
    for (let i = 0; i < STEPS; i++) {
      await DEEDS[names[Math.floor(random() * names.length)] as string]?.(gateway, killed)
      const goal = visits.answered + Math.floor(random() * 100)
      await until('answers', () => visits.answered >= goal, 30_000)
    }
    await gateway.configure(yaml('env: LAST=1'))
    gateway.signal('SIGHUP')
    await until('the last reload', () => /reconfiguring|reload/.test(gateway.errorLog()))
    const { losses } = await visitors.leave()
    // Whoever was lost was with a worker that was killed.
    expect(losses.filter(({ worker }) => worker !== undefined && !killed.has(worker))).toEqual([])
    expect(losses.filter(({ why }) => why.startsWith('connect'))).toEqual([])
    await until('two workers', () => gateway.workers().length === WORKERS, 30_000)
    await until('descriptors to be closed', () => descriptorsOf(gateway.pid) <= descriptors)
    expect(isAlive(gateway.pid)).toBe(true)
    expect(Number((await get(gateway.port(), '/')).text)).toBeGreaterThan(0)
    await gateway.stop()
    expect(findProcesses(({ group }) => group === gateway.pid)).toEqual([])
  },
  PATIENCE,
)

function kill(pids: readonly number[], killed: Set<number>): void {
  for (const pid of pids) {
    killed.add(pid)
    signal(pid, 'SIGKILL')
  }
}
