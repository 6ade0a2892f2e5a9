import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Bundle, Bundler } from '../../../sandbox/bundle/bundler.ts'
import { ENGINES, type EngineName, evaluate } from './engines.ts'
import { folderOf } from './tenant-folder.ts'

const bundler = new Bundler()
afterAll(() => bundler.close())

const engines = Object.keys(ENGINES) as EngineName[]

const FILES = {
  'shop.ts': `import { total } from './lib/total'
interface Order { readonly prices: readonly number[] | undefined }

class Shop {
  // Types and comments above move every line.
  price(order: Order): number {
    return total(order.prices)
  }
}

export default {
  price: () => new Shop().price({ prices: undefined }),
  later: async () => { await null; throw new RangeError('later') },
  each: () => [1].map(() => { throw new Error('in a callback') }),
}
`,
  'lib/total.ts': `/** Sums. */
export function total(prices: readonly number[] | undefined): number {
  type Nothing = undefined
  if (prices === (undefined as Nothing))
    throw new TypeError('no prices')
  return prices.reduce((sum, price) => sum + price, 0)
}
`,
}

async function bundled(): Promise<Bundle> {
  return bundler.bundle(join(folderOf(FILES), 'shop.ts'))
}

/** The stack of what a script throws, as the engine tells it. */
function stackOf(engine: EngineName, ...scripts: readonly string[]): string {
  try {
    evaluate(engine, ...scripts)
  } catch (error) {
    return (error as Error).stack ?? ''
  }
  throw new Error('nothing was thrown')
}

describe('a stack', () => {
  test.each(engines)('is told in places of the TypeScript (%s)', async (engine) => {
    const { code, map } = await bundled()
    const stack = stackOf(engine, code, '__script.default.price()')
    expect(stack).toMatch(/at total \(script\.js:\d+:\d+\)/)
    const lines = map
      .mapStack(stack)
      .trim()
      .split('\n')
      .map((line) => line.trim())
    expect(lines[0]).toMatch(/^at total \(lib\/total\.ts:5:\d+\)$/)
    expect(lines[1]).toMatch(/^at price \(shop\.ts:7:\d+\)$/)
    expect(lines[2]).toMatch(/^at price \(shop\.ts:12:\d+\)$/)
  })

  test.each(engines)('keeps what is not of the bundle (%s)', async (engine) => {
    const { code, map } = await bundled()
    const stack = map.mapStack(stackOf(engine, code, '__script.default.each()'))
    expect(stack).toMatch(/shop\.ts:14:\d+/)
    expect(stack).toMatch(/at map \(native\)/)
  })

  test('of an asynchronous function', async () => {
    const { code, map } = await bundled()
    using context = ENGINES.ng.newContext()
    context.unwrapResult(context.evalCode(code, 'script.js')).dispose()
    const start = 'var stack; __script.default.later().catch((error) => { stack = error.stack })'
    context.unwrapResult(context.evalCode(start)).dispose()
    context.runtime.executePendingJobs()
    const stack = context.getProp(context.global, 'stack').consume(context.getString)
    expect(map.mapStack(stack)).toMatch(/at later \(shop\.ts:13:\d+\)/)
  })

  test('may be anything: it is the text of the script', async () => {
    const { map } = await bundled()
    const texts = [
      '',
      'script.js',
      'script.js:',
      'script.js:0:0',
      'script.js:99999999:1',
      '(script.js:1:1)',
    ]
    for (const text of texts) expect(map.mapStack(text)).toBe(text)
    expect(map.mapStack('xscript.js:5:1 scriptxjs:5:1')).toBe('xscript.js:5:1 scriptxjs:5:1')
    expect(map.mapStack('at script.js:1:2\n'.repeat(1_000_000)).length).toBeLessThan(70_000)
  })

  test('has the name the bundle was evaluated under', async () => {
    const { code, map } = await bundled()
    const line = code.split('\n').findIndex((each) => each.includes('no prices')) + 1
    expect(map.mapStack(`at acme (v1).ts:${line}`, 'acme (v1).ts')).toMatch(/^at lib\/total\.ts:5:/)
  })
})

describe('a position', () => {
  test('leads to file, line and column', async () => {
    const { code, map } = await bundled()
    const lines = code.split('\n')
    const line = lines.findIndex((each) => each.includes('throw new TypeError'))
    const column = (lines[line] as string).indexOf('new TypeError')
    expect(map.positionOf(line + 1, column + 1)).toEqual({
      file: 'lib/total.ts',
      line: 5,
      column: 11,
    })
    // The engine says 1 where it does not know.
    expect(map.positionOf(line + 1, 1)).toMatchObject({ file: 'lib/total.ts', line: 5 })
  })

  test("of esbuild's own code leads nowhere", async () => {
    const { code, map } = await bundled()
    const lines = code.split('\n')
    const own = lines.findIndex((each) => each.includes('__export(entry_exports'))
    expect(map.positionOf(own + 1, 3)).toBeUndefined()
    expect(map.positionOf(1, 1)).toBeUndefined()
    for (const line of [0, -1, lines.length + 10, Number.NaN]) {
      expect(map.positionOf(line, 1)).toBeUndefined()
    }
  })
})

test('a map has names of files only, and no text of them', async () => {
  const { map } = await bundled()
  const { sources, sourcesContent } = JSON.parse(map.json)
  expect([...sources].sort()).toEqual(['entry', 'lib/total.ts', 'shop.ts'])
  expect(sourcesContent).toBeUndefined()
})
