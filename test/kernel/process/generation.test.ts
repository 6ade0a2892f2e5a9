import { expect, test } from 'vitest'
import { Generation, type Household } from '../../../src/kernel/process/generation.ts'
import type { Prepared } from '../../../src/kernel/process/program.ts'
import { LOOK_EVERY } from '../../../src/kernel/process/pulse.ts'
import { onCleanup } from '../../harness/cleanup.ts'
import { isAlive } from '../../harness/processes.ts'
import { until } from '../../harness/wait.ts'
import { Workspace } from '../../harness/workspace.ts'

/** A generation of one worker that runs `program`; looks are the test's to make. */
function generation(program: string, main: Readonly<Record<string, unknown>> = {}): Generation {
  const workspace = new Workspace('generation')
  workspace.write('worker.mjs', program)
  const household: Household = {
    entry: workspace.path('worker.mjs'),
    counters: undefined,
    rows: new Set(),
    onWorkerGone: () => {},
  }
  const settings = { worker_processes: 1, worker_cpu_affinity: [], env: new Map(), ...main }
  const prepared = {
    configuration: {},
    plan: { main: settings, events: { multi_accept: false } },
    warnings: [],
  }
  const made = new Generation(prepared as unknown as Prepared, () => [], household)
  onCleanup(async () => {
    made.stop('SIGKILL')
    await until('its workers to be gone', () => made.isGone)
    workspace.remove()
  })
  return made
}

function pidsOf(made: Generation): number[] {
  return [...made.workers].map(({ pid }) => pid)
}

test('a worker that does not begin to accept is killed, however long the master sleeps', async () => {
  const made = generation('setInterval(() => {}, 1000)')
  const started = made.start()
  const outcome = started.then(
    () => 'started',
    (error: Error) => error.message,
  )
  const [pid = 0] = pidsOf(made)
  // Only looks count, whenever they are.
  for (let time = 0; time < 60_000; time += LOOK_EVERY) {
    expect(isAlive(pid)).toBe(true)
    made.look()
  }
  expect(await outcome).toBe(`worker process ${pid} ended while it was starting`)
})

test('without a row to look at, a worker that serves is not judged', async () => {
  const ready = `process.send({ type: 'ready' }); process.on('message', () => {})`
  const made = generation(ready, { worker_stuck_timeout: 1000, worker_memory_limit: 1 })
  await made.start()
  const before = pidsOf(made)
  for (let i = 0; i < 100; i++) made.look()
  expect(pidsOf(made)).toEqual(before)
  expect([...made.workers][0]?.killed).toBe(false)
})
