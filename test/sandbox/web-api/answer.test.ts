import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import { BodyOp, Op } from '../../../sandbox/border/ops.ts'
import { Refusal } from '../../../sandbox/border/refusal.ts'
import type { Answer } from '../../../sandbox/host/answer.ts'
import type { AnswerError } from '../../../sandbox/host/answer-error.ts'
import { formParts } from '../../../sandbox/host/form-parts.ts'
import {
  DEFAULT_REQUEST_LIMITS,
  RequestHost,
  type RequestLimits,
} from '../../../sandbox/host/request-host.ts'
import { chunks, emptyOutcome, eventsOf, get, requestView, responseView } from './harness.ts'

function out(values: Crossing[], limits: Partial<RequestLimits> = {}): Answer | AnswerError {
  let found: Answer | AnswerError | undefined
  const events = eventsOf(emptyOutcome(), () => {})
  const host = new RequestHost({
    request: requestView({ body: chunks('four', 'more') }),
    limits: { ...DEFAULT_REQUEST_LIMITS, ...limits },
    events: {
      ...events,
      answered: (answer) => {
        found = answer
        return events.answered(answer)
      },
      broken: (error) => {
        found = error
      },
    },
  })
  host.call(Op.out, values[0], values[1], values[2])
  return found as Answer | AnswerError
}

test.each([
  [[200, 'a\nb', 'x'], { status: 200, fields: ['a', 'b'], body: 'x' }],
  [[599, '', undefined], { status: 599, fields: [], body: undefined }],
  [[200, 0, 'x'], { fields: ['host', 'shop.example'] }],
  [[200, 'a\n', 'x'], { fields: ['a', ''] }],
  [[200, 'a\né', 'x'], { fields: ['a', 'é'] }],
  [[199, '', ''], { code: 'script_bad_status' }],
  [[600, '', ''], { code: 'script_bad_status' }],
  [[101, '', ''], { code: 'script_bad_status' }],
  [[200.5, '', ''], { code: 'script_bad_status' }],
  [[Number.NaN, '', ''], { code: 'script_bad_status' }],
  [['200', '', ''], { code: 'script_bad_status' }],
  [[undefined, '', ''], { code: 'script_bad_status' }],
  [[200, 'a', ''], { code: 'script_bad_header' }],
  [[200, 'a b\nc', ''], { code: 'script_bad_header' }],
  [[200, 'A\nc', ''], { code: 'script_bad_header' }],
  [[200, '\nc', ''], { code: 'script_bad_header' }],
  [[200, 'a:\nc', ''], { code: 'script_bad_header' }],
  [[200, 'a\nx\ry', ''], { code: 'script_bad_header' }],
  [[200, 'a\nx\0y', ''], { code: 'script_bad_header' }],
  [[200, 'a\nx\u0100', ''], { code: 'script_bad_header' }],
  [[200, 'a\nb\r\nset-cookie\nx', ''], { code: 'script_bad_header' }],
  [[200, undefined, ''], { code: 'script_bad_header' }],
  [[200, new Uint8Array(1), ''], { code: 'script_bad_header' }],
] as [Crossing[], object][])('%j', (values, expected) => {
  expect(out(values)).toMatchObject(expected)
})

test('counts and sizes end at their limits, and not before', () => {
  const fields = (count: number) => Array.from({ length: count }, () => 'a\nb').join('\n')
  expect(out([200, fields(3), ''], { headerCount: 3 })).toMatchObject({ status: 200 })
  expect(out([200, fields(4), ''], { headerCount: 3 })).toMatchObject({
    code: 'script_headers_limit',
  })
  expect(out([200, 'a\nbc', ''], { headerBytes: 4 })).toMatchObject({ status: 200 })
  expect(out([200, 'a\nbcd', ''], { headerBytes: 4 })).toMatchObject({
    code: 'script_headers_limit',
  })
  // Bytes of UTF-8, not characters.
  expect(out([200, '', 'éé'], { responseBody: 4 })).toMatchObject({ status: 200 })
  expect(out([200, '', 'ééa'], { responseBody: 4 })).toMatchObject({
    code: 'script_response_body_limit',
  })
  expect(out([200, '', new Uint8Array(5)], { responseBody: 4 })).toMatchObject({
    code: 'script_response_body_limit',
  })
})

test('a body that is passed on ends at its limit, too', async () => {
  const { body } = out([200, '', 0], { responseBody: 7 }) as Answer
  const { read } = body as { read(): Promise<unknown> }
  await read()
  await expect(read()).rejects.toMatchObject({ code: 'script_response_body_limit' })
})

test('there is one answer to a request', () => {
  const outcome = emptyOutcome()
  const host = new RequestHost({ request: requestView({}), events: eventsOf(outcome, () => {}) })
  host.call(Op.out, 200, '', 'one')
  host.call(Op.out, 200, '', 'two')
  expect(outcome).toMatchObject({ kind: 'broken', error: { code: 'script_second_answer' } })
})

const crossing = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: -2, max: 1_000_001 }),
  fc.double(),
  fc.string(),
  fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\0', ':', 'é', '\ud800', '-') }),
  fc.uint8Array({ maxLength: 20 }),
) as fc.Arbitrary<Crossing>

test('whatever a guest asks, the host answers, refuses, or calls the answer broken', async () => {
  const calls = fc.array(fc.tuple(fc.integer({ min: 0, max: 140 }), crossing, crossing, crossing), {
    maxLength: 20,
  })
  await fc.assert(
    fc.asyncProperty(calls, async (asked) => {
      const outcome = emptyOutcome()
      const host = new RequestHost({
        request: requestView({ body: chunks('body') }),
        events: eventsOf(outcome, () => {}),
      })
      for (const [op, a, b, c] of asked) {
        try {
          const answer = host.call(op, a, b, c)
          if (answer instanceof Promise) answer.catch(isRefusal)
        } catch (error) {
          isRefusal(error)
        }
      }
      for (let i = 0; i < outcome.fields.length; i += 2) {
        expect(outcome.fields[i]).toMatch(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/)
        expect(outcome.fields[i + 1]).not.toMatch(/[\0\r\n]/)
      }
      host.close()
    }),
    { numRuns: 2000 },
  )
})

function isRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}

test('forms that are malformed are refused', () => {
  const bad = [
    '',
    'no boundary',
    '--b',
    '--b\r\n',
    '--b\r\n\r\n',
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nno end',
    '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--',
    '--b\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--b--',
    `--b\r\nX: ${'y'.repeat(9000)}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--`,
    `${'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'.repeat(1001)}--b--`,
  ]
  for (const text of bad)
    expect(() => formParts('b', Buffer.from(text)), text.slice(0, 80)).toThrow(Refusal)
  expect(formParts('b', Buffer.from('--b--\r\n'))).toBe('')
})

test('any bytes are a form or are refused, and parts lie within them', () => {
  const unit = fc.constantFrom(
    '--b',
    '\r\n',
    '\r\n\r\n',
    'Content-Disposition: form-data; name="a"',
    'x',
    '--',
    '; filename="f"',
  )
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
      const bytes = Buffer.from(text)
      try {
        const lines = formParts('b', bytes).split('\n')
        for (let i = 0; i + 6 <= lines.length; i += 6) {
          const [start, end] = [Number(lines[i + 4]), Number(lines[i + 5])]
          expect(0 < start && start <= end && end <= bytes.length).toBe(true)
        }
      } catch (error) {
        isRefusal(error)
      }
    }),
    { numRuns: 3000 },
  )
})

test('bodies are given as texts up to a limit, all together', async () => {
  const events = eventsOf(emptyOutcome(), () => {})
  const limits = { ...DEFAULT_REQUEST_LIMITS, bodyText: 10 }
  const host = new RequestHost({ request: requestView({ body: '123456' }), events, limits })
  const copy = host.call(BodyOp.tee, 0, undefined, undefined)
  expect(await host.call(BodyOp.text, 0, undefined, undefined)).toBe('123456')
  const second = async () => host.call(BodyOp.text, copy as number, undefined, undefined)
  await expect(second()).rejects.toThrow('more than 10 bytes of bodies as texts')
})

test('a request that cannot be sent is an error in the script, not a broken answer', async () => {
  const outcome = await get(
    `export default { async fetch(request, env, ctx) {
      const headers = Object.fromEntries(Array.from({ length: 5 }, (_, i) => ['x' + i, 'y']))
      return ctx.next(new Request('https://h/', { headers })).catch((error) => new Response(error.name))
    } }`,
    { limits: { headerCount: 4 }, next: async () => responseView(200, [], 'x') },
  )
  expect(outcome).toMatchObject({ kind: 'answered', body: 'TypeError' })
})
