import { describe, expect, it } from 'vitest'
import { RequestBody } from '../../src/kernel/exchange/request-body.ts'
import { type Handlers, noting, type ServerParts } from './hand-made-plan.ts'
import { walk } from './walk-request.ts'

const NAMES: Readonly<Record<number, string>> = {
  401: '401 Authorization Required',
  403: '403 Forbidden',
  404: '404 Not Found',
  500: '500 Internal Server Error',
}

describe('a request nobody answers', () => {
  it.each([
    ['/a', 404],
    ['/a/', 403],
    ['/', 403],
  ])('%s gets %i', async (uri, status) => {
    const walked = await walk({}, { uri })
    expect(walked.status).toBe(status)
    expect(walked.text).toContain(NAMES[status])
  })

  it('because its location is internal gets 404', async () => {
    const location = {
      settings: { internal: true },
      handlers: [['content', () => 204]] as Handlers,
    }
    expect((await walk({ locations: { '/': location } })).status).toBe(404)
  })

  it('is sent to /dir/ where only that is served', async () => {
    const { end } = await walk(
      { locations: { '/dir/': { handlers: [['content', () => 204]] } }, redirects: ['/dir/'] },
      { uri: '/dir', args: 'a=b' },
    )
    expect(end.got?.status).toBe(301)
    expect(end.got?.fields.get('location')).toBe('http://host.example:8080/dir/?a=b')
  })

  it('with a named location that does not exist gets 500', async () => {
    const { status, errors } = await walk({ handlers: [['content', (x) => x.redirect('@none')]] })
    expect(status).toBe(500)
    expect(errors[0]).toContain('@none')
  })

  it('with a body that is announced too large gets 413 before any handler of the location', async () => {
    const body = new RequestBody({ resumeBody: () => undefined, pauseBody: () => undefined }, 11)
    const seen: string[] = []
    const parts: ServerParts = {
      settings: { client_max_body_size: 10 },
      handlers: [['rewrite', noting(seen, 'rewrite')]],
    }
    const { status, carrier } = await walk(parts, { body, method: 'POST' })
    expect(status).toBe(413)
    expect(seen).toEqual([])
    expect(carrier.asked).toEqual(['close'])
  })

  it('is closed without an answer by 444', async () => {
    const { end, carrier } = await walk({ handlers: [['content', () => 444]] })
    expect(carrier.asked).toEqual(['drop'])
    expect(end.calls).toEqual([])
  })
})

describe('a built-in page', () => {
  it('of a status below 300 is empty', async () => {
    const { end } = await walk({ handlers: [['content', () => 204]] })
    expect(end.got?.status).toBe(204)
    expect(end.calls).toEqual(['head', 'end'])
  })

  it('names the version only where server_tokens says so', async () => {
    const shown = await walk({ handlers: [['content', () => 404]] })
    expect(shown.text).toMatch(/<center>gateway\/\d/)
    const hidden = await walk({
      handlers: [['content', () => 404]],
      settings: { server_tokens: 'off' },
    })
    expect(hidden.text).toContain('<center>gateway</center>')
  })

  it.each([400, 408, 413, 414, 500, 501, 505])('of %i ends the connection', async (status) => {
    expect((await walk({ handlers: [['content', () => status]] })).carrier.asked).toEqual(['close'])
  })

  it.each([204, 301, 401, 403, 404, 502, 503])('of %i does not', async (status) => {
    expect((await walk({ handlers: [['content', () => status]] })).carrier.asked).toEqual([])
  })
})
