import { type RequestOptions, type ResponseOptions, underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/not-modified/index.ts'

const MODIFIED = Date.UTC(2026, 8, 28, 6, 0, 0)
const DATE = 'Mon, 28 Sep 2026 06:00:00 GMT'
const EARLIER = 'Mon, 28 Sep 2026 05:59:59 GMT'
const LATER = 'Mon, 28 Sep 2026 06:00:01 GMT'
const response: ResponseOptions = {
  body: 'hello',
  type: 'text/plain',
  modified: MODIFIED,
  fields: { ETag: '"5f-5"' },
}

const statusFor = async (
  headers: NonNullable<RequestOptions['headers']>,
  {
    if_modified_since = 'exact',
    ...changes
  }: ResponseOptions & { if_modified_since?: string } = {},
) => {
  const subject = underTest(plugin, { directives: { if_modified_since } })
  const { status, body } = await subject.respond({ ...response, ...changes }, { headers })
  expect(body.toString()).toBe(status === 200 ? 'hello' : status === 304 ? '' : body.toString())
  return status
}

describe('not-modified', () => {
  it.each([
    [{ 'If-Modified-Since': DATE }, 304],
    [{ 'If-Modified-Since': EARLIER }, 200],
    [{ 'If-Modified-Since': LATER }, 200],
    [{ 'If-Modified-Since': 'Monday, 28-Sep-26 06:00:00 GMT' }, 304],
    [{ 'If-Modified-Since': 'Mon Sep 28 06:00:00 2026' }, 304],
    [{ 'If-Modified-Since': 'nonsense' }, 200],
    [{ 'If-None-Match': '"5f-5"' }, 304],
    [{ 'If-None-Match': 'W/"5f-5"' }, 304],
    [{ 'If-None-Match': '"other", "5f-5"' }, 304],
    [{ 'If-None-Match': '"other","5f-5" , "third"' }, 304],
    [{ 'If-None-Match': '"5f-55"' }, 200],
    [{ 'If-None-Match': '"5f-5' }, 200],
    [{ 'If-None-Match': '*' }, 304],
    [{ 'If-None-Match': '"other"', 'If-Modified-Since': DATE }, 200],
    [{ 'If-None-Match': '"5f-5"', 'If-Modified-Since': EARLIER }, 200],
    [{ 'If-None-Match': '"5f-5"', 'If-Modified-Since': DATE }, 304],
    [{ 'If-Match': '"5f-5"' }, 200],
    [{ 'If-Match': 'W/"5f-5"' }, 412],
    [{ 'If-Match': '"other"' }, 412],
    [{ 'If-Match': '*' }, 200],
    [{ 'If-Unmodified-Since': DATE }, 200],
    [{ 'If-Unmodified-Since': LATER }, 200],
    [{ 'If-Unmodified-Since': EARLIER }, 412],
    [{ 'If-Unmodified-Since': 'nonsense' }, 412],
  ])('answers %o with %i', async (headers, status) => {
    expect(await statusFor(headers)).toBe(status)
  })

  it('takes a later date for unmodified with "before"', async () => {
    const before = { if_modified_since: 'before' }
    expect(await statusFor({ 'If-Modified-Since': LATER }, before)).toBe(304)
    expect(await statusFor({ 'If-Modified-Since': EARLIER }, before)).toBe(200)
  })

  it('ignores dates with "off"', async () => {
    expect(await statusFor({ 'If-Modified-Since': DATE }, { if_modified_since: 'off' })).toBe(200)
  })

  it('leaves responses of other statuses alone', async () => {
    const subject = underTest(plugin)
    const headers = { 'If-None-Match': '*' }
    expect((await subject.respond({ ...response, status: 404 }, { headers })).status).toBe(404)
  })

  it('compares weakly with the tag of a changed body', async () => {
    const fields = { ETag: 'W/"5f-5"' }
    expect(await statusFor({ 'If-None-Match': '"5f-5"' }, { fields })).toBe(304)
    expect(await statusFor({ 'If-Match': 'W/"5f-5"' }, { fields })).toBe(200)
  })

  it('keeps ETag and Last-Modified, and drops what describes a body', async () => {
    const fields = { ETag: '"5f-5"', 'Content-Encoding': 'br', Expires: 'never' }
    const { head } = await underTest(plugin).respond(
      { ...response, fields },
      { headers: { 'If-None-Match': '"5f-5"' } },
    )
    expect(head).toMatchObject({ type: undefined, length: undefined, modified: MODIFIED })
    expect([...(head?.fields ?? [])]).toEqual([
      ['ETag', '"5f-5"'],
      ['Expires', 'never'],
    ])
  })

  it('shows the page of 412', async () => {
    const headers = { 'If-Match': '"other"' }
    const { text, head } = await underTest(plugin).respond(response, { headers })
    expect(text).toContain('412 Precondition Failed')
    expect(head?.length).toBe(text.length)
  })

  it.each([{}, { 'If-None-Match': '*' }, { 'If-Match': '"x"' }])(
    'keeps the rules of filters with %o',
    async (headers) => {
      expect(await underTest(plugin).filterFaults(response, { headers })).toEqual([])
    },
  )
})
