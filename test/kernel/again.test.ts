import { expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import type { Filter } from '../../src/kernel/filter/stage.ts'
import { walk } from './walk-request.ts'

it('asks the handler that answers once more, past access and filters', async () => {
  const seen: string[] = []
  const answers: string[] = []
  const asked = (x: Exchange) => {
    seen.push(`${x.parent ? 'again' : 'first'} ${x.uri} ${x.args} ${x.captures?.[1]}`)
    return x.respond(200, `answer ${seen.length}`)
  }
  const filter: Filter<undefined> = (x, next) => {
    const again = x.again()
    void again.pour({ data: (chunk) => void answers.push(`${Buffer.from(chunk)}`) })
    return next
  }
  const { text } = await walk(
    {
      locations: {
        '/': {
          handlers: [
            [
              'rewrite',
              (x) => {
                x.captures = /(b)/.exec('abc') ?? undefined
                x.uri = '/other'
                return 'next'
              },
            ],
            ['content', () => 'next'],
            ['content', asked],
            ['content', () => 403],
          ],
          filters: [['receive', filter]],
        },
      },
    },
    { uri: '/a', args: 'c' },
  )
  expect(seen).toEqual(['first /other c b', 'again /other c b'])
  expect([text, answers]).toEqual(['answer 1', ['answer 2']])
})
