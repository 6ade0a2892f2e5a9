import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { requestLineOf } from '../../src/kernel/exchange/log-exchange.ts'
import { RequestBody } from '../../src/kernel/exchange/request-body.ts'
import type { ErrorPage } from '../../src/kernel/settings/error-page.ts'
import { constant } from '../../src/kernel/variable/template.ts'
import { responseVariables } from '../../src/plugins/variables/response.ts'
import { Head } from '../../src/wire/head.ts'
import type { Handlers } from './hand-made-plan.ts'
import { walk } from './walk-request.ts'

describe('error_page', () => {
  const pages = (entries: Record<number, readonly [string, ErrorPage['answer']?]>) =>
    new Map(
      Object.entries(entries).map(([status, [target, answer]]) => [
        Number(status),
        { target: constant(target), answer },
      ]),
    )
  const refusing: Handlers = [['content', () => 404]]
  const page: Handlers = [['content', (x) => x.respond(200, `page ${x.method} ${x.uri}`)]]

  it('keeps the status that led to it', async () => {
    const { end } = await walk(
      {
        settings: { error_page: pages({ 404: ['/404.html'] }) },
        locations: { '/': { handlers: refusing }, '= /404.html': { handlers: page } },
      },
      { method: 'POST' },
    )
    expect(end.answer).toEqual([404, 'page GET /404.html'])
  })

  it('does not change what the log says was asked', async () => {
    const { x } = await walk(
      {
        settings: { error_page: pages({ 404: ['/404.html'] }) },
        locations: { '/': { handlers: refusing }, '= /404.html': { handlers: page } },
      },
      { method: 'POST', target: '/lost' },
    )
    expect(requestLineOf(x)).toBe('POST /lost HTTP/1.1')
  })

  it('is asked for with HEAD when the request was one', async () => {
    const { end } = await walk(
      {
        settings: { error_page: pages({ 404: ['/404.html'] }) },
        locations: { '/': { handlers: refusing }, '= /404.html': { handlers: page } },
      },
      { method: 'HEAD' },
    )
    expect(end.text).toBe('page HEAD /404.html')
  })

  it.each([
    [200, 200],
    [503, 503],
    ['target', 202],
    [undefined, 404],
  ] as const)('with =%s answers %i', async (answer, status) => {
    const { end } = await walk({
      settings: { error_page: pages({ 404: ['/page', answer] }) },
      locations: {
        '/': { handlers: refusing },
        '= /page': { handlers: [['content', (x) => x.respond(202, 'page')]] },
      },
    })
    expect(end.answer).toEqual([status, 'page'])
  })

  it('may be a named location, which sees the request as it was', async () => {
    const { end } = await walk(
      {
        settings: { error_page: pages({ 404: ['@fallback', 'target'] }) },
        locations: { '/': { handlers: refusing }, '@fallback': { handlers: page } },
      },
      { method: 'POST', uri: '/lost' },
    )
    expect(end.answer).toEqual([200, 'page POST /lost'])
  })

  it('may be an internal location', async () => {
    const { end } = await walk({
      settings: { error_page: pages({ 404: ['/page'] }) },
      locations: {
        '/': { handlers: refusing },
        '= /page': { settings: { internal: true }, handlers: page },
      },
    })
    expect(end.answer).toEqual([404, 'page GET /page'])
  })

  it.each([
    [undefined, 302],
    [301, 301],
    [307, 307],
    [200, 302],
  ])('with a URL and =%s redirects with %i', async (answer, status) => {
    const { end } = await walk({
      settings: { error_page: pages({ 404: ['https://other.example/', answer] }) },
      handlers: refusing,
    })
    expect(end.got?.status).toBe(status)
    expect(end.got?.fields.get('location')).toBe('https://other.example/')
    expect(end.text).toContain(`${status}`)
  })

  it('of 413 is shown, though the body is still too large', async () => {
    const body = new RequestBody({ resumeBody: () => undefined, pauseBody: () => undefined }, 11)
    const { end } = await walk(
      {
        settings: { client_max_body_size: 10, error_page: pages({ 413: ['/page'] }) },
        locations: { '/': { handlers: refusing }, '= /page': { handlers: page } },
      },
      { body, method: 'POST' },
    )
    expect(end.answer).toEqual([413, 'page GET /page'])
  })

  it('that fails itself is shown with the built-in page of its own failure', async () => {
    const { end } = await walk({
      settings: { error_page: pages({ 404: ['/page'], 403: ['/page'] }) },
      locations: { '/': { handlers: refusing }, '= /page': { handlers: [['content', () => 403]] } },
    })
    expect(end.got?.status).toBe(403)
    expect(end.text).toContain('403 Forbidden')
  })

  it('that throws, or whose URI throws, is 500', async () => {
    const broken = () => {
      throw new Error('broken')
    }
    const thrown = await walk({
      settings: { error_page: pages({ 404: ['/page'] }) },
      locations: { '/': { handlers: refusing }, '= /page': { handlers: [['content', broken]] } },
    })
    expect(thrown.status).toBe(500)
    const target = { source: '', constant: undefined, render: broken }
    const unrendered = await walk({
      settings: { error_page: new Map([[404, { target, answer: undefined }]]) },
      handlers: refusing,
    })
    expect(unrendered.status).toBe(500)
    expect(unrendered.errors).toHaveLength(1)
  })

  it('that leads in a circle ends', async () => {
    const { status } = await walk({
      settings: { error_page: pages({ 404: ['/page'] }) },
      handlers: [['content', (x) => (x.uri === '/' ? 404 : x.redirect('/page'))]],
    })
    expect(status).toBe(500)
  })

  it('belongs to the location that refused', async () => {
    const { end } = await walk({
      locations: {
        '/': { settings: { error_page: pages({ 404: ['/here'] }) }, handlers: refusing },
        '/here': { settings: { error_page: pages({ 404: ['/there'] }) }, handlers: page },
      },
    })
    expect(end.answer).toEqual([404, 'page GET /here'])
  })

  it('keeps what is said of the answer: challenge, when to come again, where to go', async () => {
    const { end } = await walk({
      settings: { error_page: pages({ 401: ['/page'] }) },
      locations: {
        '/': {
          handlers: [
            [
              'access',
              (x) => {
                const head = new Head(401)
                head.fields.add('WWW-Authenticate', 'Basic realm="r"')
                head.fields.add('Retry-After', '60')
                head.fields.add('Location', '/elsewhere')
                return x.finish(401, head)
              },
            ],
          ],
        },
        '= /page': { handlers: page },
      },
    })
    expect(end.answer).toEqual([401, 'page GET /page'])
    expect(end.got?.fields.get('www-authenticate')).toBe('Basic realm="r"')
    expect(end.got?.fields.get('retry-after')).toBe('60')
    expect(end.got?.fields.get('location')).toBe('/elsewhere')
  })

  describe('of an error page', () => {
    /** /1 is 404 with page /2, which is 403 with page /3. */
    const chain = (first: boolean, second: boolean) =>
      walk(
        {
          locations: {
            '= /1': {
              settings: { error_page: pages({ 404: ['/2'] }), recursive_error_pages: first },
              handlers: refusing,
            },
            '= /2': {
              settings: { error_page: pages({ 403: ['/3'] }), recursive_error_pages: second },
              handlers: [['content', () => 403]],
            },
            '= /3': { handlers: page },
          },
        },
        { uri: '/1' },
      )

    it.each([
      // As in nginx, the location of each failure decides whether another page may follow.
      [false, false, '403 Forbidden'],
      [false, true, '403 Forbidden'],
      [true, false, 'page GET /3'],
      [true, true, 'page GET /3'],
    ])('with recursive_error_pages %s, then %s, shows "%s"', async (first, second, text) => {
      const { end } = await chain(first, second)
      expect(end.got?.status).toBe(403)
      expect(end.text).toContain(text)
    })

    it('does not go on for ever', async () => {
      const { end, errors } = await walk({
        settings: {
          error_page: pages({ 404: ['/page'], 500: ['/page'] }),
          recursive_error_pages: true,
        },
        handlers: refusing,
      })
      expect(end.got?.status).toBe(500)
      expect(end.text).toContain('500 Internal')
      expect(errors).toHaveLength(1)
    })
  })

  it('may be named after the status', async () => {
    const target = { source: '', constant: undefined, render: statusOf }
    for (const [answer, uri] of [
      [undefined, '/404'],
      [200, '/200'],
      ['target', '/000'],
    ] as const) {
      const { end } = await walk({
        settings: { error_page: new Map([[404, { target, answer }]]) },
        locations: { '= /': { handlers: refusing }, '/': { handlers: page } },
      })
      expect(end.text).toBe(`page GET ${uri}`)
    }
  })
})

function statusOf(x: Exchange): string {
  return `/${responseVariables.status?.get(x)}`
}
