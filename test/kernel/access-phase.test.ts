import { describe, expect, it } from 'vitest'
import { carryChallenges } from '../../src/kernel/exchange/carried.ts'
import type { Verdict } from '../../src/kernel/phase/verdict.ts'
import type { Handlers } from './hand-made-plan.ts'
import { turns } from './loopback.ts'
import { walk } from './walk-request.ts'

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

  const challenging: Handlers = [
    [
      'access',
      (x) => {
        carryChallenges(x, ['Basic realm="r"'])
        return 401
      },
    ],
    ['access', (x) => (x.uri === '/in' ? 'pass' : 'next')],
    ['content', (x) => x.respond(200, 'in')],
  ]

  it.each([
    ['/out', 'any', 401, 'Basic realm="r"'],
    ['/out', 'all', 401, 'Basic realm="r"'],
    // Whoever is let in after all is not asked for a password.
    ['/in', 'any', 200, undefined],
  ] as const)('of %s under %s challenges a %i with %s', async (uri, satisfy, status, challenge) => {
    const { end } = await walk({ handlers: challenging, settings: { satisfy } }, { uri })
    expect(end.got?.status).toBe(status)
    expect(end.got?.fields.get('www-authenticate')).toBe(challenge)
  })

  it('is not for subrequests', async () => {
    const { text } = await walk({
      locations: {
        '= /': {
          handlers: [
            [
              'content',
              async (x) => x.respond(200, `${(await x.subrequest('/inner').answered)?.status}`),
            ],
          ],
        },
        '/inner': {
          handlers: [
            ['access', () => 403],
            ['access', () => 500],
            ['content', (x) => x.respond(204)],
          ],
        },
      },
    })
    expect(text).toBe('204')
  })
})
