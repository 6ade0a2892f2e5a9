import { describe, expect, test } from 'vitest'
import { bellard } from '../../../sandbox/engine/builds/bellard.ts'
import { readBuild } from '../../../sandbox/engine/engine-module.ts'
import { Differ } from '../../../sandbox/engine/image.ts'
import { DEFAULT_ENGINE_LIMITS, DEFAULT_LIMITS } from '../../../sandbox/engine/limits.ts'
import { Pool } from '../../../sandbox/engine/pool.ts'
import { Cursor } from '../../../sandbox/engine/wasm/cursor.ts'
import { FUEL_EXPORT, STACK_EXPORT } from '../../../sandbox/engine/wasm/meter.ts'
import { readShape, Section } from '../../../sandbox/engine/wasm/module-shape.ts'
import { join, leb, section, sized } from '../../../sandbox/engine/wasm/writer.ts'
import { Workshop } from '../../../sandbox/engine/workshop.ts'
import { BOOTSTRAP } from './bootstrap.ts'
import { engineModule, TestHost } from './harness.ts'
import { PROGRAMS } from './programs.ts'

/** The same build with the two exports a slot needs, and not one instruction changed. */
function unmetered(): typeof engineModule {
  const bytes = readBuild(bellard)
  const shape = readShape(bytes, bellard.module, bellard.imports.clearKeepalive)
  const fuel = leb(shape.importedGlobals + shape.globals)
  const append = (body: Cursor, ...items: (readonly number[])[]) => {
    const count = body.u32()
    return join([leb(count + items.length), body.rest(), ...items])
  }
  const name = (text: string) => [...sized(Buffer.from(text))]
  const sections = shape.sections.map(({ id, start, end }) => {
    const body = new Cursor(bytes, start, end)
    if (id === Section.global) return section(id, append(body, [0x7f, 1, 0x41, 0, 0x0b]))
    if (id !== Section.export) return section(id, body.rest())
    return section(
      id,
      append(body, [...name(FUEL_EXPORT), 3, ...fuel], [...name(STACK_EXPORT), 3, 0]),
    )
  })
  const module = new WebAssembly.Module(join([bytes.subarray(0, 8), ...sections]))
  return { ...engineModule, module }
}

function runnerOf(module: typeof engineModule) {
  return async (source: string) => {
    // Anew for each program: what does not mark its writes cannot be restored by them.
    const workshop = new Workshop(module, DEFAULT_ENGINE_LIMITS)
    const differ = new Differ(bellard.layout, workshop.heapStart, DEFAULT_ENGINE_LIMITS.memory)
    const base = workshop.base(BOOTSTRAP)
    const pool = new Pool(1, () => workshop.slot())
    const script = workshop.script(
      base,
      { name: 'program', source: `handle(() => {${source}})` },
      differ,
    )
    const host = new TestHost()
    const { verdict, fuel, memory } = await pool.run(script, 'fetch', [], host, {
      limits: { ...DEFAULT_LIMITS, cpu: 500, request: 500 },
    })
    return { verdict, body: host.body, memory, fuel }
  }
}

const metered = runnerOf(engineModule)
const plain = runnerOf(unmetered())

describe('a program does the same in the metered engine', () => {
  test.each(Object.entries(PROGRAMS))('%s', async (_, source) => {
    const { fuel, ...result } = await metered(source)
    const { fuel: none, ...expected } = await plain(source)
    expect(expected).toMatchObject({ verdict: 'done', body: expect.any(String) })
    expect(result).toEqual(expected)
    expect(none).toBeLessThan(fuel)
    expect((await metered(source)).fuel).toBe(fuel)
  })
})
