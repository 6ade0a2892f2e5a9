import { expect, test } from 'vitest'
import { engine } from './harness.ts'

const PIECES = [
  'globalThis.found = []',
  'found.push(typeof host)',
  'enter = () => found.join()',
  'settle = load = () => {}',
]

test('a bootstrap can come in several scripts, evaluated in their order', async () => {
  const script = engine.base(PIECES).script('')
  const result = await engine.pool(1).run(script, 'any', [], { call: () => undefined })
  expect(result).toMatchObject({ verdict: 'done', value: 'function' })
})

test('what is compiled piece by piece leaves a smaller image', () => {
  const pieces = Array.from({ length: 20 }, (_, i) => {
    return `globalThis.f${i} = ${`(a) => { const b = a + ${i}; return (c) => b + c }`}`
  })
  const rest = PIECES.slice(2)
  const apart = engine.base([...pieces, ...rest])
  const together = engine.base([...pieces, ...rest].join(';\n'))
  expect(apart.size).toBeLessThan(together.size)
})
