import { describe, expect, it } from 'vitest'
import { runEndings } from '../../src/kernel/phase/run.ts'
import { lastingOf } from '../../src/kernel/variable/request-value.ts'
import { makeExchange } from './hand-made-exchange.ts'
import { makeServer } from './hand-made-plan.ts'

const client = () => makeExchange(makeServer({ locations: {} })).x

describe('what is to be done at the end of an exchange', () => {
  it('is done once, in its order, and at once where that is over', () => {
    const done: string[] = []
    const x = client()
    x.atEnd(() => {
      done.push('first')
      x.atEnd(() => done.push('within'))
    })
    x.atEnd(() => done.push('second'))
    expect(done).toEqual([])
    runEndings(x)
    expect(done).toEqual(['first', 'within', 'second'])
    x.atEnd(() => done.push('late'))
    runEndings(x)
    expect(done).toEqual(['first', 'within', 'second', 'late'])
  })

  it('waits for the client’s request, or for what goes on behind that', async () => {
    const done: string[] = []
    const x = client()
    const inner = x.rest({ by: () => {} })
    lastingOf(inner.x).atEnd(() => done.push('with the client’s request'))
    runEndings(x)
    expect(done).toEqual(['with the client’s request'])
    lastingOf(inner.x).atEnd(() => done.push('with its own'))
    expect(done).toHaveLength(1)
    inner.breakOff()
    expect(done).toEqual(['with the client’s request', 'with its own'])
  })
})
