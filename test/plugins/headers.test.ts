import { type ResponseOptions, underTest } from 'gateway/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import plugin from '../../src/plugins/headers/index.ts'

const NOW = new Date(2026, 8, 28, 12, 0, 0)

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const fieldsOf = async (
  directives: Record<string, string | readonly string[]>,
  response: ResponseOptions = {},
  target = '/',
) => {
  const answer = await underTest(plugin, { directives }).respond(response, { target })
  return { fields: [...(answer.head?.fields ?? [])], head: answer.head }
}

const expires = async (text: string, response?: ResponseOptions, target?: string) => {
  const { fields } = await fieldsOf({ expires: text }, response, target)
  return Object.fromEntries(fields)
}

const at = (offset: number) => new Date(NOW.getTime() + offset * 1000).toUTCString()

describe('add_header', () => {
  it('adds fields in the order written, with variables filled in', async () => {
    const { fields } = await fieldsOf({ add_header: ['X-A one', 'X-B "$uri two"'] }, {}, '/p')
    expect(fields).toEqual([
      ['X-A', 'one'],
      ['X-B', '/p two'],
    ])
  })

  it.each([200, 201, 204, 206, 301, 302, 303, 304, 307, 308])('adds to %i', async (status) => {
    expect((await fieldsOf({ add_header: 'X-A one' }, { status })).fields).toHaveLength(1)
  })

  it.each([202, 400, 404, 500])('adds to %i only with always', async (status) => {
    const { fields } = await fieldsOf({ add_header: ['X-A one', 'X-B two always'] }, { status })
    expect(fields).toEqual([['X-B', 'two']])
  })

  it('adds nothing for a value that is empty', async () => {
    expect((await fieldsOf({ add_header: 'X-A $arg_none' })).fields).toEqual([])
  })

  it('adds a further Cache-Control or Link, replaces ETag and Last-Modified', async () => {
    const given = {
      fields: { 'Cache-Control': 'private', ETag: '"old"' },
      modified: Date.UTC(2020, 1, 1),
    }
    const { fields, head } = await fieldsOf(
      {
        add_header: [
          'Cache-Control no-transform',
          'ETag \'"new"\'',
          'Last-Modified "Mon, 28 Sep 2026 06:00:00 GMT"',
        ],
      },
      given,
    )
    expect(fields).toEqual([
      ['Cache-Control', 'private'],
      ['ETag', '"new"'],
      ['Cache-Control', 'no-transform'],
    ])
    expect(head?.modified).toBe(Date.UTC(2026, 8, 28, 6))
  })

  it('removes ETag and Last-Modified with an empty value', async () => {
    const { fields, head } = await fieldsOf(
      { add_header: ['ETag ""', 'Last-Modified ""'] },
      { fields: { ETag: '"old"' }, modified: 0 },
    )
    expect([fields, head?.modified]).toEqual([[], undefined])
  })

  it('leaves fields of the connection alone, with a warning', () => {
    const subject = underTest(plugin, { directives: { add_header: 'Content-Length 5' } })
    expect(subject.warnings).toEqual([
      'add_header: "Content-Length" belongs to the connection and is not added',
    ])
    expect(subject.config).toBeUndefined()
  })

  it.each(['"X A" b', 'X-A b sometimes', 'X:A b'])('refuses %s', (text) => {
    expect(() => underTest(plugin, { directives: { add_header: text } })).toThrow()
  })
})

describe('expires', () => {
  it('counts from the request', async () => {
    expect(await expires('24h')).toEqual({ Expires: at(86_400), 'Cache-Control': 'max-age=86400' })
    expect(await expires('+5')).toEqual({ Expires: at(5), 'Cache-Control': 'max-age=5' })
    expect(await expires('0')).toEqual({ Expires: at(0), 'Cache-Control': 'max-age=0' })
    expect(await expires('-1')).toEqual({ Expires: at(-1), 'Cache-Control': 'no-cache' })
  })

  it('counts from the last modification', async () => {
    const modified = NOW.getTime() - 600_000
    expect(await expires('"modified" 1h', { modified })).toEqual({
      Expires: at(3000),
      'Cache-Control': 'max-age=3000',
    })
    expect(await expires('modified 5m', { modified })).toMatchObject({
      'Cache-Control': 'no-cache',
    })
    expect(await expires('modified 5m')).toMatchObject({ 'Cache-Control': 'max-age=300' })
  })

  it('knows the next time of day', async () => {
    expect(await expires('@15h30m')).toEqual({
      Expires: at(3.5 * 3600),
      'Cache-Control': 'max-age=12600',
    })
    expect(await expires('@11h')).toMatchObject({ 'Cache-Control': 'max-age=82800' })
  })

  it('knows epoch and max', async () => {
    expect(await expires('epoch')).toEqual({
      Expires: 'Thu, 01 Jan 1970 00:00:01 GMT',
      'Cache-Control': 'no-cache',
    })
    expect(await expires('max')).toEqual({
      Expires: 'Thu, 31 Dec 2037 23:55:55 GMT',
      'Cache-Control': 'max-age=315360000',
    })
  })

  it('replaces what is there, and nothing with off', async () => {
    const fields = { Expires: 'then', 'Cache-Control': ['private', 'no-store'] }
    expect(await expires('max', { fields })).toMatchObject({ 'Cache-Control': 'max-age=315360000' })
    const off = underTest(plugin, { directives: { expires: 'off' } })
    expect(off.config).toBeUndefined()
  })

  it('takes its value from a variable', async () => {
    expect(await expires('$arg_e', {}, '/?e=1h')).toMatchObject({ 'Cache-Control': 'max-age=3600' })
    expect(await expires('$arg_e', {}, '/?e=off')).toEqual({})
    expect(await expires('$arg_e', {}, '/?e=rubbish')).toEqual({})
    expect(await expires('$arg_e')).toEqual({})
  })

  it('leaves other statuses alone', async () => {
    expect(await expires('1h', { status: 404 })).toEqual({})
  })

  it.each(['@25h', 'modified @1h', 'soon', 'often 1h', '500ms'])('refuses %s', (text) => {
    expect(() => underTest(plugin, { directives: { expires: text } })).toThrow()
  })
})

it('keeps the rules of filters', async () => {
  vi.useRealTimers()
  const setup = { directives: { add_header: 'X-A one', expires: '1h' } }
  expect(await underTest(plugin, setup).filterFaults({ body: 'hello world' })).toEqual([])
})

describe('add_trailer', () => {
  const trailersOf = async (line: string | readonly string[], response?: ResponseOptions) => {
    const { head } = await fieldsOf({ add_trailer: line }, response, '/p')
    return head?.trailers && [...head.trailers]
  }

  it('adds fields behind the body, with values as of its end', async () => {
    const added = await trailersOf(['X-A "$uri $status"', 'X-B $arg_none', 'X-C c always'])
    expect(added).toEqual([
      ['X-A', '/p 200'],
      ['X-C', 'c'],
    ])
  })

  it('adds to an error only with always, and to what has no body nothing', async () => {
    expect(await trailersOf(['X-A a', 'X-C c always'], { status: 404 })).toEqual([['X-C', 'c']])
    expect(await trailersOf('X-A a', { status: 404 })).toBeUndefined()
    expect(await trailersOf('X-A a', { status: 204 })).toBeUndefined()
  })

  it('refuses what is no field', async () => {
    await expect(trailersOf('"X A" a')).rejects.toThrow(/"X A" is not a field name/)
    await expect(trailersOf('X-A a b')).rejects.toThrow(/"b" is not "always"/)
  })

  it('leaves out what cannot stand there', async () => {
    expect(await trailersOf('Content-Length 3')).toBeUndefined()
  })
})
