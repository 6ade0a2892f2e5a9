import { describe, expect, it } from 'vitest'
import type { Exchange, ExchangeStart } from '../../src/kernel/exchange/exchange.ts'
import { requestLineOf } from '../../src/kernel/exchange/log-exchange.ts'
import { RequestBody } from '../../src/kernel/exchange/request-body.ts'
import { Head } from '../../src/kernel/filter/head.ts'
import { runLog, start } from '../../src/kernel/phase/run.ts'
import type { Awaitable, OpenPhase, Verdict } from '../../src/kernel/phase/verdict.ts'
import type { ErrorPage } from '../../src/kernel/settings/error-page.ts'
import { constant } from '../../src/kernel/variable/template.ts'
import { makeExchange } from './hand-made-exchange.ts'
import { type Handlers, keptLog, makeServer, noting, type ServerParts } from './hand-made-plan.ts'
import { turns } from './loopback.ts'

const NAMES: Readonly<Record<number, string>> = {
  401: '401 Unauthorized',
  403: '403 Forbidden',
  404: '404 Not Found',
  500: '500 Internal Server Error',
}

/** Walks a request to its end; what was said, and in which order. */
async function walk(parts: ServerParts, start_: Partial<ExchangeStart> = {}) {
  const { log, lines } = keptLog('info')
  const server = makeServer({ ...parts, settings: { error_log: log, ...parts.settings } })
  const { x, end, carrier } = makeExchange(server, start_)
  start(x)
  await turns(30)
  return { x, end, carrier, errors: lines, status: end.got?.status, text: end.text }
}

const OPEN: readonly OpenPhase[] = [
  'postRead',
  'serverRewrite',
  'rewrite',
  'preaccess',
  'access',
  'precontent',
  'content',
]

describe.each(['now', 'later'])('a handler that answers %s', (when) => {
  const say = (verdict: Verdict): Awaitable<Verdict> =>
    when === 'now' ? verdict : turns(1).then(() => verdict)

  it('with next hands over to the next one, through all phases in their order', async () => {
    const seen: string[] = []
    const handlers: Handlers = [...OPEN].reverse().flatMap((phase) =>
      [1, 2].map((number) => [
        phase,
        () => {
          seen.push(`${phase} ${number}`)
          return say('next')
        },
      ]),
    ) as unknown as Handlers
    const { status } = await walk({ handlers })
    expect(seen).toEqual(OPEN.flatMap((phase) => [`${phase} 1`, `${phase} 2`]))
    expect(status).toBe(403)
  })

  it.each(OPEN.filter((phase) => phase !== 'access'))(
    'with pass ends the phase %s',
    async (phase) => {
      const seen: string[] = []
      const { status } = await walk({
        handlers: [
          [phase, () => say('pass')],
          [
            phase,
            () => {
              seen.push('not asked')
              return 'next'
            },
          ],
          ...OPEN.slice(OPEN.indexOf(phase) + 1).map(
            (later) =>
              [
                later,
                () => {
                  seen.push(later)
                  return 'next'
                },
              ] as const,
          ),
        ],
      })
      expect(seen).toEqual(OPEN.slice(OPEN.indexOf(phase) + 1))
      expect(status).toBe(403)
    },
  )

  it.each(OPEN)('with done in %s ends the walk', async (phase) => {
    const seen: string[] = []
    const { end } = await walk({
      handlers: [
        [
          phase,
          (x) => {
            x.respond(200, 'mine')
            return say('done')
          },
        ],
        ...OPEN.slice(OPEN.indexOf(phase) + 1).map(
          (later) =>
            [
              later,
              () => {
                seen.push(later)
                return 'next'
              },
            ] as const,
        ),
      ],
    })
    expect(end.answer).toEqual([200, 'mine'])
    expect(end.calls).toEqual(['head', 'data', 'end'])
    expect(seen).toEqual([])
  })

  it.each(OPEN)('with a status in %s is shown its page', async (phase) => {
    const { status, text } = await walk({
      handlers: [
        [phase, () => say(403)],
        [phase, () => 200],
      ],
    })
    expect(status).toBe(403)
    expect(text).toContain('<h1>403 Forbidden</h1>')
  })

  it.each(OPEN)(
    'with an error in %s becomes 500, and the error stands in the log',
    async (phase) => {
      const { status, carrier, errors } = await walk({
        handlers: [
          [
            phase,
            () => {
              if (when === 'now') throw new Error('so what')
              return Promise.reject(new Error('so what'))
            },
          ],
        ],
      })
      expect(status).toBe(500)
      expect(carrier.asked).toEqual(['close'])
      expect(errors).toHaveLength(1)
      expect(errors[0]).toContain('plugin "test" failed')
      expect(errors[0]).toContain('so what')
    },
  )

  it.each([undefined, null, true, {}, 'nonsense', Number.NaN, 99, 1000, 200.5])(
    'with %s has failed',
    async (verdict) => {
      const { status, errors } = await walk({
        handlers: [['content', () => say(verdict as Verdict)]],
      })
      expect(status).toBe(500)
      expect(errors[0]).toContain('is no verdict')
    },
  )

  it('with rerun finds the location again', async () => {
    const { text } = await walk({
      handlers: [
        [
          'serverRewrite',
          (x) => {
            x.uri = '/a'
            return say('next')
          },
        ],
      ],
      locations: {
        '= /a': {
          handlers: [
            [
              'rewrite',
              (x) => {
                x.uri = '/b'
                return say('rerun')
              },
            ],
            ['content', () => 500],
          ],
        },
        '= /b': { handlers: [['content', (x) => x.respond(200, x.uri)]] },
      },
    })
    expect(text).toBe('/b')
  })

  it('with rerun for ever is stopped after ten times', async () => {
    let asked = 0
    const { status, errors } = await walk({
      handlers: [
        [
          'rewrite',
          () => {
            asked++
            return say('rerun')
          },
        ],
      ],
    })
    expect(status).toBe(500)
    expect(asked).toBe(11)
    expect(errors[0]).toContain('redirection cycle')
  })

  it('with a redirect goes through the server’s rewrites again, and opens internal locations', async () => {
    const seen: string[] = []
    const { text, x } = await walk(
      {
        handlers: [
          ['postRead', noting(seen, (y) => `postRead ${y.uri}`)],
          ['serverRewrite', noting(seen, (y) => `serverRewrite ${y.uri}`)],
        ],
        locations: {
          '= /a': {
            handlers: [['content', async (y) => say(y.redirect('/b?x=1')) as Promise<Verdict>]],
          },
          '= /b': {
            settings: { internal: true },
            handlers: [['content', (y) => y.respond(200, `${y.uri} ${y.args}`)]],
          },
        },
      },
      { uri: '/a', args: 'y' },
    )
    expect(text).toBe('/b x=1')
    expect(seen).toEqual(['postRead /a', 'serverRewrite /a', 'serverRewrite /b'])
    expect(x.redirects).toBe(1)
  })

  it('with a redirect to a named location keeps the URI and starts at its rewrites', async () => {
    const seen: string[] = []
    const { text } = await walk(
      {
        handlers: [['serverRewrite', noting(seen, 'serverRewrite')]],
        locations: {
          '/': {
            handlers: [['precontent', async (y) => say(y.redirect('@app')) as Promise<Verdict>]],
          },
          '@app': {
            handlers: [
              ['rewrite', noting(seen, 'rewrite')],
              ['content', (y) => y.respond(200, `named ${y.uri} ${y.args}`)],
            ],
          },
        },
      },
      { uri: '/a', args: 'b' },
    )
    expect(text).toBe('named /a b')
    expect(seen).toEqual(['serverRewrite', 'rewrite'])
  })
})

describe('the access phase', () => {
  type Check = 'next' | 'pass' | 401 | 403 | 500
  const check = (verdicts: readonly Check[], satisfy: 'all' | 'any', later: boolean) => {
    const asked: Check[] = []
    const handlers: Handlers = [
      ...verdicts.map(
        (verdict) =>
          [
            'access',
            () => {
              asked.push(verdict)
              return later ? turns(1).then((): Verdict => verdict) : verdict
            },
          ] as const,
      ),
      ['content', (x) => x.respond(200, 'in')],
    ]
    return walk({ handlers, settings: { satisfy } }).then(({ status }) => ({ status, asked }))
  }

  it.each([
    // What the checks say; the outcome under all, and how many are asked; under any the same.
    [['next', 'next'], 200, 2, 200, 2],
    [['pass', 'next'], 200, 2, 200, 1],
    [['pass', 403], 403, 2, 200, 1],
    [[403, 'pass'], 403, 1, 200, 2],
    [[401, 'pass'], 401, 1, 200, 2],
    [[403, 'next'], 403, 1, 403, 2],
    [['next', 403], 403, 2, 403, 2],
    [[403, 401], 403, 1, 401, 2],
    [[401, 403], 401, 1, 401, 2],
    [[403, 500, 'pass'], 403, 1, 500, 2],
    [[500, 'pass'], 500, 1, 500, 1],
    [['pass', 'pass', 403], 403, 3, 200, 1],
    [[403, 403, 'pass', 401], 403, 1, 200, 3],
  ] as const)(
    'asked %j: %i under all, %i under any',
    async (verdicts, all, askedAll, any, askedAny) => {
      for (const later of [false, true]) {
        const under = {
          all: await check(verdicts, 'all', later),
          any: await check(verdicts, 'any', later),
        }
        expect([under.all.status, under.all.asked.length]).toEqual([all, askedAll])
        expect([under.any.status, under.any.asked.length]).toEqual([any, askedAny])
      }
    },
  )

  it('forgets a refusal when the request is led elsewhere', async () => {
    const { text } = await walk(
      {
        settings: { satisfy: 'any' },
        locations: {
          '= /a': {
            handlers: [
              ['access', () => 403],
              ['access', (x) => x.redirect('/b')],
            ],
          },
          '= /b': { handlers: [['content', (x) => x.respond(200, 'in')]] },
        },
      },
      { uri: '/a' },
    )
    expect(text).toBe('in')
  })
})

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

  it('keeps the challenge of a 401, without which no client could answer it', async () => {
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
  })
})

describe('a late answer', () => {
  it.each(['next', 'pass', 'rerun', 200, 404, 444] as const)(
    'of %s from a handler whose client has left changes nothing',
    async (verdict) => {
      const seen: string[] = []
      const server = makeServer({
        handlers: [
          ['preaccess', () => turns(5).then((): Verdict => verdict)],
          ['content', noting(seen, 'content', 204)],
        ],
      })
      const { x, end, carrier } = makeExchange(server)
      start(x)
      x.aborted = true
      await turns(30)
      expect(seen).toEqual([])
      expect(end.calls).toEqual([])
      expect(carrier.asked).toEqual([])
    },
  )

  it('of an error from a handler whose client has left is no line in the log', async () => {
    const { log, lines } = keptLog('info')
    const server = makeServer({
      settings: { error_log: log },
      handlers: [['content', () => turns(5).then(() => Promise.reject(new Error('late')))]],
    })
    const { x, end } = makeExchange(server)
    start(x)
    x.aborted = true
    await turns(30)
    expect(end.calls).toEqual([])
    expect(lines).toEqual([])
  })

  it('after an answer that was given otherwise does not answer again', async () => {
    let saved: Exchange | undefined
    const { end } = await walk({
      handlers: [
        [
          'content',
          (x) => {
            saved = x
            void turns(2).then(() => x.respond(200, 'first'))
            return turns(5).then((): Verdict => 404)
          },
        ],
      ],
    })
    expect(saved?.head?.status).toBe(200)
    expect(end.calls.slice(0, 3)).toEqual(['head', 'data', 'end'])
    expect(end.chunks).toHaveLength(1)
  })
})

describe('the log phase', () => {
  it('asks everyone, whatever the others say or throw', async () => {
    const seen: string[] = []
    const { log, lines } = keptLog('info')
    const server = makeServer({
      settings: { error_log: log },
      handlers: [
        ['log', noting(seen, 'a', 'done')],
        [
          'log',
          () => {
            throw new Error('b')
          },
        ],
        ['log', () => Promise.reject(new Error('c'))],
        ['log', noting(seen, 'd', 500)],
      ],
    })
    runLog(makeExchange(server).x)
    await turns(5)
    expect(seen).toEqual(['a', 'd'])
    expect(lines).toHaveLength(2)
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
