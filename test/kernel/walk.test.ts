import { describe, expect, it } from 'vitest'
import type { Awaitable, OpenPhase, Verdict } from '../../src/kernel/phase/verdict.ts'
import { type Handlers, noting } from './hand-made-plan.ts'
import { turns } from './loopback.ts'
import { walk } from './walk-request.ts'

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

  it('with pass in the content phase leaves nobody to answer: 500', async () => {
    const { status } = await walk({ handlers: [['content', () => say('pass')]] })
    expect(status).toBe(500)
  })

  it.each(OPEN.filter((phase) => phase !== 'access' && phase !== 'content'))(
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
