import { type Exchange, Fields, Head, type Sink } from 'gateway/plugin'
import { beforeAll, expect, test } from 'vitest'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { Deployment } from '../../../../src/plugins/script/deployment.ts'
import { EntryOps } from '../../../../src/plugins/script/record/entry-ops.ts'
import { openFilter } from '../../../../src/plugins/script/record/filter-task.ts'
import { Occurrences } from '../../../../src/plugins/script/record/occurrences.ts'
import { handle } from '../../../../src/plugins/script/record/phase-task.ts'
import type { Image } from '../../../../src/plugins/script/record/record-image.ts'
import { RecordSource } from '../../../../src/plugins/script/record/record-source.ts'
import { runtime } from '../../../../src/plugins/script/runtime.ts'
import { bareSettings, DEFAULT_LIMITS } from '../../../../src/plugins/script/settings.ts'
import { makeExchange } from '../../../kernel/hand-made-exchange.ts'
import { makeServer } from '../../../kernel/hand-made-plan.ts'

/** Burns more than a slice, less than a run may. */
const LONG = 'for (let i = 0; i < 100000; i++);'

let load: (work: string) => Image

beforeAll(async () => {
  const running = await runtime()
  load = (work) => {
    const map = '{"version":3,"sources":[],"names":[],"mappings":""}'
    const deployment = Deployment.adopting(bareSettings('/none/long.ts', '/none'), running, map)
    const source = `({ default: { [Symbol.for('gateway.adapter')]: (channel) => {
      channel.ask(${RecordOp.described}, 'present')
      const ask = (op, a) => channel.ask(op, a)
      return (task, detail) => { ${work} }
    } } })`
    const loading = { name: 'long.ts', source, bindings: {}, size: DEFAULT_LIMITS }
    const given = { kind: 'place', entries: {} } as const
    const entries = EntryOps.again(new Occurrences({}))
    return new RecordSource(loading, running, deployment).load({ given, entries })
  }
}, 60_000)

const exchange = () => makeExchange(makeServer({ locations: {} })).x

/** What filters behind it would get. */
class Behind implements Sink {
  readonly got: string[] = []
  head = (head: Head) => void this.got.push(`${head.status}`)
  data = (chunk: Uint8Array) => void this.got.push(`${Buffer.from(chunk)}`)
  end = () => void this.got.push('end')
  fail = () => void this.got.push('failed')
}

test('a handler’s long turn goes on elsewhere, and a short one does not', async () => {
  expect(handle(exchange(), load(`return 'next'`), 'access')).toBe('next')
  const waits = handle(exchange(), load(`${LONG} return 'next'`), 'access')
  expect(waits).toBeInstanceOf(Promise)
  expect(await waits).toBe('next')
})

function respondTo(x: Exchange, image: Image): { behind: Behind; sink: Sink } {
  const behind = new Behind()
  x.head = new Head(200, new Fields())
  const sink = openFilter(x, behind, image, 'edit')
  return { behind, sink }
}

test('a filter that takes long over the head is waited for, and passes the body on', async () => {
  const quick = respondTo(exchange(), load(`return ''`))
  expect(quick.sink).toBe(quick.behind)
  const x = exchange()
  const head = JSON.stringify({ status: 203, fields: ['X-Seen', 'yes'] })
  const { behind, sink } = respondTo(x, load(`${LONG} return ${JSON.stringify(head)}`))
  expect(sink).not.toBe(behind)
  sink.head(x.head as Head)
  const taken = sink.data(Buffer.from('body'))
  expect(behind.got).toEqual([])
  await taken
  await sink.end()
  expect(behind.got).toEqual(['203', 'body', 'end'])
  expect(x.head?.fields.get('x-seen')).toBe('yes')
})

test('one that fails then is answered for, where nothing was sent', async () => {
  const x = exchange()
  const { behind, sink } = respondTo(x, load(`${LONG} throw new Error('no')`))
  sink.head(x.head as Head)
  const taken = sink.data(Buffer.from('body'))
  await taken
  await sink.end()
  expect(behind.got[0]).toBe('500')
  expect(behind.got.join()).toContain('script_error')
  expect(behind.got.at(-1)).toBe('end')
})

test('nothing is said any more to a chain that has failed meanwhile', async () => {
  const x = exchange()
  const { behind, sink } = respondTo(x, load(`${LONG} return ''`))
  sink.head(x.head as Head)
  sink.fail(new Error('gone') as never)
  const settled = handle(exchange(), load(`${LONG} return 'next'`), 'access')
  await settled
  expect(behind.got).toEqual(['failed'])
})
