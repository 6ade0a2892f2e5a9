import type { Directives } from '../directive/directive.ts'
import { clientClosed } from '../errors.ts'
import type { Plugin } from '../plugin-record.ts'
import type { Setup } from './fake-place.ts'
import type { RequestOptions } from './fake-request.ts'
import type { ResponseOptions } from './fake-response.ts'
import { type PluginUnderTest, underTest } from './under-test.ts'

/** What a filter did wrong, as sentences; empty for one that keeps the rules. */
export type Faults = readonly string[]

const SIZES = [1, 2, 7, 64, 1000, 16_384]

/**
 * Checks that a plugin's filters keep the rules every filter must keep: the same bytes however the
 * body is cut into chunks, nothing added to a response without a body, no data while the next sink
 * is not ready, a failure passed on. `read` makes the bytes comparable where they may differ
 * (compressed ones are unpacked).
 */
export async function filterFaults<D extends Directives, P>(
  plugin: Plugin<D, P>,
  setup: Setup<D>,
  response: ResponseOptions,
  request: RequestOptions = {},
  read: (body: Buffer) => Buffer = (body) => body,
): Promise<Faults> {
  const subject = underTest(plugin, setup)
  return [
    ...(await chunkingFaults(subject, response, request, read)),
    ...(await emptinessFaults(subject, response, request)),
    ...failureFaults(subject, response, request),
  ]
}

async function chunkingFaults<D extends Directives, P>(
  subject: PluginUnderTest<D, P>,
  response: ResponseOptions,
  request: RequestOptions,
  read: (body: Buffer) => Buffer,
): Promise<string[]> {
  const faults: string[] = []
  const whole = await subject.respond(response, request)
  for (const size of SIZES) {
    for (const pace of ['quick', 'slow'] as const) {
      const { sink, head, body } = await subject.respond(response, request, { size, pace })
      const where = `in pieces of ${size}, ${pace} sink`
      for (const fault of sink.faults) faults.push(`${fault} (${where})`)
      if (!sink.ended) faults.push(`the response did not end (${where})`)
      if (!read(body).equals(read(whole.body))) faults.push(`other bytes (${where})`)
      if (head?.length !== undefined && head.length !== body.length) {
        faults.push(`${body.length} bytes after a length of ${head.length} (${where})`)
      }
    }
  }
  return faults
}

async function emptinessFaults<D extends Directives, P>(
  subject: PluginUnderTest<D, P>,
  response: ResponseOptions,
  request: RequestOptions,
): Promise<string[]> {
  const faults: string[] = []
  const cases = [
    ['HEAD', response, { ...request, method: 'HEAD' }],
    ['304', { ...response, status: 304 }, request],
  ] as const
  for (const [name, head, asked] of cases) {
    const { into, sink } = subject.open(head, asked)
    await into.end()
    if (sink.body.length > 0) faults.push(`a body was added to a response to ${name}`)
    if (!sink.ended) faults.push(`a response to ${name} did not end`)
  }
  return faults
}

function failureFaults<D extends Directives, P>(
  subject: PluginUnderTest<D, P>,
  response: ResponseOptions,
  request: RequestOptions,
): string[] {
  const { into, sink } = subject.open(response, request)
  const error = clientClosed('the test ran')
  into.fail(error)
  return sink.failure === error ? [] : ['a failure was not passed on']
}
