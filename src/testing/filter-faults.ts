import type { Buffer } from 'node:buffer'
import { clientClosed } from '../base/errors.ts'
import type { PluginUnderTest, RequestOptions, ResponseOptions } from './index.ts'

type Filtering = Pick<PluginUnderTest<Record<never, never>, never>, 'respond' | 'open'>

const SIZES = [1, 2, 7, 64, 1000, 16_384]

/** What the filters of a plugin do wrong, as sentences. */
export async function filterFaults(
  subject: Filtering,
  response: ResponseOptions,
  request: RequestOptions,
  read: (body: Buffer) => Buffer,
): Promise<readonly string[]> {
  return [
    ...(await chunkingFaults(subject, response, request, read)),
    ...(await emptinessFaults(subject, response, request)),
    ...failureFaults(subject, response, request),
  ]
}

async function chunkingFaults(
  subject: Filtering,
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

async function emptinessFaults(
  subject: Filtering,
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

function failureFaults(
  subject: Filtering,
  response: ResponseOptions,
  request: RequestOptions,
): string[] {
  const { into, sink } = subject.open(response, request)
  const error = clientClosed('the test ran')
  into.fail(error)
  return sink.failure === error ? [] : ['a failure was not passed on']
}
