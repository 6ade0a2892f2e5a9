import { describe, expect, it } from 'vitest'
import { runEndings } from '../../../src/kernel/phase/run.ts'
import { figuresOf, noteRun } from '../../../src/plugins/script/variables.ts'
import { makeExchange } from '../../kernel/hand-made-exchange.ts'
import { makeServer } from '../../kernel/hand-made-plan.ts'

const USED = { fuel: 10, memory: 100 }

describe('what the scripts of a request have used', () => {
  it('is summed up until its end, and not kept behind it', () => {
    const { x } = makeExchange(makeServer({ locations: {} }))
    noteRun(x, USED, undefined)
    noteRun(x, { fuel: 5, memory: 50 }, 'script_cpu')
    expect(figuresOf(x)).toEqual({ fuel: 15, memory: 100, code: 'script_cpu' })
    runEndings(x)
    noteRun(x, USED, undefined)
    expect(figuresOf(x)).toBeUndefined()
  })

  it('is kept for a request behind its client’s until that is over, too', () => {
    const { x } = makeExchange(makeServer({ locations: {} }))
    const mirror = x.rest({ by: () => {} })
    runEndings(x)
    noteRun(mirror.x, USED, undefined)
    expect(figuresOf(mirror.x)).toMatchObject(USED)
    mirror.breakOff()
    expect(figuresOf(mirror.x)).toBeUndefined()
  })
})
