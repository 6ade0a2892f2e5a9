import { describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const TICKS = `
export default {
  async scheduled(event: { cron: string; scheduledTime: number }, env: { LABEL: string }, ctx: { waitUntil(promise: Promise<unknown>): void }) {
    console.warn('ran', env.LABEL, event.scheduledTime, event.cron)
  },
}
`
const EVERY_SECOND = '* * * * * *'
const SLOW = `
export default {
  async scheduled(event: { scheduledTime: number }) {
    console.warn('began', event.scheduledTime)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    console.warn('ended', event.scheduledTime)
  },
}
`

const start = (script: string, more: { workers?: number; source?: string; tail?: string } = {}) =>
  startGateway({
    files: { 'ticks.ts': more.source ?? TICKS },
    yaml: `
worker_processes: ${more.workers ?? 2}
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { script: ${script}, return: 200 here }
${more.tail ?? ''}`,
    expected: ['script "', /exited on signal 9/],
  })

/** Whole seconds, in order, at which the script was run, by what it says of them. */
function times(gateway: Gateway, said = 'ran one'): number[] {
  const lines = gateway.errorLog().matchAll(new RegExp(`${said} (\\d+)`, 'g'))
  return [...lines].map(([, time]) => Number(time) / 1000)
}

/** Waits until it was run so many times more. */
function more(gateway: Gateway, count: number, said?: string): Promise<true> {
  const before = times(gateway, said).length
  return until(`${count} runs more`, () => times(gateway, said).length >= before + count)
}

const script = (label: string, cron = `"${EVERY_SECOND}"`) =>
  `{ file: ticks.ts, tenant: acme, cron: ${cron}, env: { LABEL: ${label} } }`

describe.skipIf(sqliteMissing)('a scheduled hook', () => {
  test('is run by one worker of all, once for each time', async () => {
    const gateway = await start(script('one'), { workers: 3 })
    await more(gateway, 4)
    const ran = times(gateway)
    expect(new Set(ran).size).toBe(ran.length)
    expect(ran.every((time) => Number.isInteger(time))).toBe(true)
    expect(gateway.errorLog()).toMatch(/tenant "acme": ran one \d+ \* \* \* \* \* \*/)
    expect((await get(gateway.port(), '/')).text).toBe('here')
  })

  test('is run once for each time across reloads and workers that die', async () => {
    const gateway = await start(script('one'))
    await more(gateway, 1)
    await gateway.reload()
    await more(gateway, 1)
    const [victim] = gateway.workers()
    process.kill(victim as number, 'SIGKILL')
    await more(gateway, 2)
    await gateway.reload()
    await more(gateway, 1)
    const ran = times(gateway)
    expect(new Set(ran).size).toBe(ran.length)
  })

  test('is not run again for a time in whose run the worker has died', async () => {
    const gateway = await start(`{ file: ticks.ts, cron: "${EVERY_SECOND}" }`, {
      workers: 1,
      source: SLOW,
    })
    await more(gateway, 1, 'began')
    const [victim] = gateway.workers()
    process.kill(victim as number, 'SIGKILL')
    await more(gateway, 2, 'began')
    const began = times(gateway, 'began')
    expect(new Set(began).size).toBe(began.length)
  })

  test('has several times, of which each is told apart', async () => {
    const gateway = await start(script('one', `["${EVERY_SECOND}", "*/1 * * * * *"]`))
    await more(gateway, 4)
    const found = gateway.errorLog().matchAll(/ran one (\d+ \S+)/g)
    const ran = [...found].map(([, each]) => each)
    expect(new Set(ran).size).toBe(ran.length)
    expect(ran.some((each) => each?.endsWith('*/1'))).toBe(true)
  })

  test('is one schedule, in however many locations the script stands', async () => {
    const tail = `        /again: { script: ${script('one')} }\n`
    const gateway = await start(script('one'), { tail })
    await more(gateway, 3)
    const ran = times(gateway)
    expect(new Set(ran).size).toBe(ran.length)
  })

  test('is waited for by a worker that leaves', async () => {
    const gateway = await start('{ file: ticks.ts, cron: "* * * * * *" }', {
      workers: 1,
      source: SLOW,
    })
    await more(gateway, 1, 'began')
    await gateway.stop()
    const began = times(gateway, 'began')
    expect(times(gateway, 'ended')).toEqual(began)
  })

  test('that fails or spins is told, and is run again the next time', async () => {
    const source = `
export default {
  scheduled(event: { scheduledTime: number }) {
    console.warn('ran one', event.scheduledTime)
    if (event.scheduledTime % 2000 < 1000) throw new Error('odd')
    for (;;);
  },
}
`
    const gateway = await start('{ file: ticks.ts, cron: "* * * * * *" }', { source })
    await more(gateway, 3)
    await gateway.logged(/\[error\] .*script_error .*odd/)
    await gateway.logged(/\[error\] .*script_cpu/)
  })
})

describe('a configuration', () => {
  async function refused(cron: string, source = TICKS): Promise<string> {
    const workspace = new Workspace('script')
    workspace.write('ticks.ts', source)
    workspace.write(
      'gateway.yaml',
      `http: { server: [{ listen: 127.0.0.1:1, location: { /: { script: { file: ticks.ts, cron: ${cron} } } } }] }`,
    )
    const { code, stderr } = await runCommand(['-t', '-p', workspace.dir, '-c', 'gateway.yaml'])
    expect(code).toBe(1)
    return stderr
  }

  test('is refused where a time is none, never comes, or is asked of a script without the hook', async () => {
    expect(await refused('"61 * * * *"')).toMatch(/script: "61 \* \* \* \*" is no time: .*61/)
    expect(await refused('"0 0 31 2 *"')).toMatch(/such a time never comes/)
    expect(await refused('soon')).toMatch(/five fields, or six with seconds/)
    expect(await refused('5 4 1 1 0')).toMatch(/write it in quotes/)
    const other = 'export default { fetch: () => new Response() }'
    expect(await refused('"@daily"', other)).toMatch(/it has no "scheduled" to be run by cron/)
  })
})
