import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bellard } from '../../../sandbox/engine/builds/bellard.ts'
import { readBuild } from '../../../sandbox/engine/engine-module.ts'
import { SandboxError } from '../../../sandbox/engine/errors.ts'
import { compileHinted } from '../../../sandbox/engine/wasm/branch-hints.ts'
import { Cursor } from '../../../sandbox/engine/wasm/cursor.ts'
import { type MeterOptions, meter } from '../../../sandbox/engine/wasm/meter.ts'
import { readShape, Section } from '../../../sandbox/engine/wasm/module-shape.ts'
import { join, leb, section, signedLeb, sized } from '../../../sandbox/engine/wasm/writer.ts'

const I32 = 0x7f
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const BURNT = { module: 'env', name: 'burnt' }

/** A module with one exported function `run(i32) -> i32` of this code, a memory, and an import. */
function moduleOf(code: readonly number[], importType = 0): Uint8Array {
  const text = (value: string) => [...sized(Buffer.from(value))]
  const list = (...items: readonly (readonly number[])[]) => join([leb(items.length), ...items])
  return join([
    HEADER,
    section(1, list([0x60, 0, 0], [0x60, 1, I32, 1, I32], [0x60, 0, 1, I32])),
    section(2, list([...text('env'), ...text('burnt'), 0, importType])),
    section(3, list([1])),
    section(5, list([0, 1])),
    section(6, list([I32, 1, 0x41, 0, 0x0b])),
    section(7, list([...text('run'), 0, 1], [...text('memory'), 2, 0])),
    section(10, list([...sized([...code])])),
  ])
}

/** Counts its argument down to zero. */
const COUNT_DOWN = [
  0, // no locals
  ...[0x03, 0x40], // loop
  ...[0x20, 0, 0x41, 1, 0x6b, 0x22, 0], // argument - 1, kept
  ...[0x0d, 0], // again, unless it is zero
  ...[0x0b, 0x20, 0, 0x0b],
]

/** Fills as many bytes as its argument says, and copies half of them. */
const FILL_AND_COPY = [
  0,
  ...[0x41, 0, 0x41, 7, 0x20, 0, 0xfc, 11, 0],
  ...[0x41, 0, 0x41, 0, 0x20, 0, 0x41, 1, 0x76, 0xfc, 10, 0, 0],
  ...[0x20, 0, 0x0b],
]

/** Where to, where from or with what, and how many bytes: parts of its argument. */
const PARTS = [
  ...[0x20, 0, 0x41, 0xff, 1, 0x71],
  ...[0x20, 0, 0x41, 8, 0x76, 0x41, 0xff, 1, 0x71],
  ...[0x20, 0, 0x41, 16, 0x76],
]
const COPY_PACKED = [0, ...PARTS, 0xfc, 10, 0, 0, 0x20, 0, 0x0b]
/** The byte to fill with is the last one of a larger number. */
const FILL_PACKED = [
  ...[0, ...PARTS.slice(0, 15), 0x41, 0x80, 0x02, 0x72, ...PARTS.slice(15)],
  ...[0xfc, 11, 0, 0x20, 0, 0x0b],
]

interface Metered {
  run(value: number): number
  fuel: { value: number }
  memory: { buffer: ArrayBuffer }
}

function instantiate(
  code: readonly number[],
  burnt: () => unknown,
  options: Partial<MeterOptions> = {},
  type = 0,
) {
  const { bytes } = meter(moduleOf(code, type), { burnt: BURNT, at: 'loops', ...options })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { burnt } })
  return exports as unknown as Metered
}

const never = () => {
  throw new Error('burnt')
}

describe('a metered module', () => {
  test('takes a unit of fuel at every turn of a loop', () => {
    const { run, fuel } = instantiate(COUNT_DOWN, never)
    fuel.value = 1000
    run(300)
    expect(fuel.value).toBe(700)
  })

  test('takes one more at every entry, where that is wanted', () => {
    const { run, fuel } = instantiate(COUNT_DOWN, never, { at: 'loops and entries' })
    fuel.value = 1000
    run(300)
    expect(fuel.value).toBe(699)
  })

  test('calls the import when the fuel is below zero, each time anew', () => {
    let calls = 0
    const { run, fuel } = instantiate(COUNT_DOWN, () => {
      calls++
    })
    fuel.value = 9
    run(12)
    expect(calls).toBe(3)
  })

  test('drops what such an import returns', () => {
    const { run, fuel } = instantiate(COUNT_DOWN, () => 5, {}, 2)
    fuel.value = 0
    expect(run(3)).toBe(0)
  })

  test('ends where the import throws', () => {
    const { run, fuel } = instantiate(COUNT_DOWN, never)
    fuel.value = 10
    expect(() => run(1_000_000)).toThrow('burnt')
    expect(fuel.value).toBe(-1)
  })

  test('takes a unit for 64 bytes filled or copied, before they are', () => {
    const { run, fuel, memory } = instantiate(FILL_AND_COPY, never)
    fuel.value = 1000
    expect(run(12_800)).toBe(12_800)
    expect(fuel.value).toBe(1000 - 200 - 100)
    expect(Buffer.from(memory.buffer, 0, 12_801).indexOf(0)).toBe(12_800)
    fuel.value = 10
    memory.buffer && Buffer.from(memory.buffer).fill(0)
    expect(() => run(12_800)).toThrow('burnt')
    expect(new Uint8Array(memory.buffer)[0]).toBe(0)
  })

  const packed = fc.record({ to: fc.nat(255), from: fc.nat(255), length: fc.nat(100) })
  const argument = ({ from, length, to }: { from: number; length: number; to: number }) =>
    to | (from << 8) | (length << 16)

  test('copies any few bytes as memory.copy does, onto themselves, too', () => {
    const { run, memory } = instantiate(COPY_PACKED, never)
    const bytes = Buffer.from(memory.buffer)
    fc.assert(
      fc.property(packed, (which) => {
        for (let i = 0; i < 1000; i++) bytes[i] = (i * 7) % 251
        const expected = Buffer.from(bytes).copyWithin(
          which.to,
          which.from,
          which.from + which.length,
        )
        run(argument(which))
        expect(bytes.equals(expected)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('fills any few bytes as memory.fill does, with the last byte of a number', () => {
    const { run, memory } = instantiate(FILL_PACKED, never)
    const bytes = Buffer.from(memory.buffer)
    fc.assert(
      fc.property(packed, ({ from, length, to }) => {
        bytes.fill(3)
        const expected = Buffer.from(bytes).fill(from, to, to + length)
        run(argument({ from, length, to }))
        expect(bytes.equals(expected)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test.each([1, 3, 4, 7, 8, 9, 16, 17, 32, 33])(
    'a copy of %i bytes out of memory traps',
    (size) => {
      const [low, high] = [65_536 - size, 65_536 - size + 1]
      const code = (to: number, from: number) => [
        ...[0, 0x41, ...signedLeb(to), 0x41, ...signedLeb(from), 0x20, 0],
        ...[0xfc, 10, 0, 0, 0x20, 0, 0x0b],
      ]
      instantiate(code(low, low), never).run(size)
      for (const [to, from] of [
        [high, 0],
        [0, high],
        [-1, 0],
        [0, -1],
      ] as const) {
        expect(() => instantiate(code(to, from), never).run(size)).toThrow('out of bounds')
      }
    },
  )

  test('has as much fuel at the start as there can be', () => {
    expect(instantiate(COUNT_DOWN, never).fuel.value).toBe(2 ** 31 - 1)
  })
})

describe('hints', () => {
  /** What is hinted at in each function, and the functions' bodies. */
  function read(bytes: Uint8Array) {
    const { parameters, sections } = readShape(bytes, 'a', bellard.imports.clearKeepalive)
    const [hints, code] = [Section.custom, Section.code].map((id) => {
      const span = sections.find((each) => each.id === id)
      return new Cursor(bytes, span?.start, span?.end)
    }) as [Cursor, Cursor]
    const name = hints.name()
    const hinted = Array.from({ length: hints.u32() }, () => {
      const index = hints.u32()
      const places = Array.from({ length: hints.u32() }, () => [
        hints.u32(),
        hints.u32(),
        hints.u32(),
      ])
      return { index, places }
    })
    expect(hints.done).toBe(true)
    const bodies = Array.from({ length: code.u32() }, () => code.part(code.u32()).rest())
    return { name, hinted, bodies, parameters }
  }

  test('stand for each look at the fuel, and say that it is not below zero', () => {
    const burnt = { module: bellard.module, name: bellard.imports.clearKeepalive }
    const { bytes, loops } = meter(readBuild(bellard), { burnt, at: 'loops and entries' })
    const { bodies, hinted, name, parameters } = read(bytes)
    expect(name).toBe('metadata.code.branch_hint')
    // The last two functions are the meter's own.
    expect(hinted).toHaveLength(parameters.length - 2)
    const imported = Object.keys(bellard.imports).length
    let count = 0
    for (const [i, { index, places }] of hinted.entries()) {
      expect(index).toBe(imported + i)
      for (const [at = 0, ...hint] of places) {
        count++
        expect(hint).toEqual([1, 0])
        // i32.const 0, i32.lt_s, if
        expect([...(bodies[i] as Uint8Array).subarray(at - 3, at + 2)]).toEqual([
          ...[0x41, 0, 0x48],
          ...[0x04, 0x40],
        ])
      }
    }
    expect(count).toBe(loops + hinted.length)
  })

  test('change nothing where nobody looks at them', () => {
    const { bytes } = meter(moduleOf(COUNT_DOWN), { burnt: BURNT, at: 'loops' })
    const asked = new WebAssembly.Module(bytes)
    const hinted = compileHinted(bytes)
    for (const module of [asked, hinted]) {
      const { exports } = new WebAssembly.Instance(module, { env: { burnt: never } })
      const { fuel, run } = exports as unknown as Metered
      fuel.value = 10
      expect(() => run(1_000_000)).toThrow('burnt')
      expect(fuel.value).toBe(-1)
    }
  })
})

describe('what is no module to be metered', () => {
  const refused = (bytes: Uint8Array, options: Partial<MeterOptions> = {}) => {
    try {
      meter(bytes, { burnt: BURNT, at: 'loops', ...options })
    } catch (error) {
      return (error as SandboxError).code
    }
    return undefined
  }

  test.each<[string, readonly number[]]>([
    ['an unknown instruction', [0, 0x06, 0x0b]],
    ['one of vectors', [0, 0xfd, 0, 0x0b]],
    ['table.copy', [0, 0xfc, 14, 0, 0, 0x0b]],
    ['memory.fill cut off', [0, 0xfc]],
    ['an endless number', [0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x0b]],
    ['more locals than there are bytes', [9, 1, I32]],
  ])('%s', (_, code) => {
    expect(refused(moduleOf(code))).toBe('malformed_module')
  })

  test('an import that is missing or takes arguments', () => {
    const bytes = moduleOf(COUNT_DOWN)
    expect(refused(bytes, { burnt: { module: 'env', name: 'other' } })).toBe('malformed_module')
    expect(refused(moduleOf(COUNT_DOWN, 1))).toBe('malformed_module')
    expect(refused(moduleOf(COUNT_DOWN, 77))).toBe('malformed_module')
  })

  test('anything cut off', () => {
    const bytes = moduleOf(COUNT_DOWN)
    for (let length = 0; length < bytes.length; length++) {
      expect(refused(bytes.subarray(0, length)), `${length} bytes`).toBe('malformed_module')
    }
  })

  test('whatever the bytes are, they are refused or metered', () => {
    const whole = moduleOf([...FILL_AND_COPY.slice(0, -3), ...COUNT_DOWN.slice(1)])
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = whole.slice()
        for (const { at, byte } of changes) bytes[at] = byte
        const wasValid = WebAssembly.validate(bytes)
        try {
          const { bytes: metered } = meter(bytes, { burnt: BURNT, at: 'loops and entries' })
          if (wasValid) expect(WebAssembly.validate(metered)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(SandboxError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('a file that is not the one we know', () => {
    const changed = { ...bellard, sha256: '0'.repeat(64) }
    expect(() => readBuild(changed)).toThrow(/has the unknown sha256 [0-9a-f]{64}$/)
  })
})

describe('marks of what is written', () => {
  /** In the second half of the page: a byte for each 16 of the first. */
  const CARDS = { at: 32_768, shift: 4, pages: 0 }
  const STORES = { i32: 0x36, i64: 0x37, f32: 0x38, f64: 0x39, i32as8: 0x3a, i32as16: 0x3b }
  const WIDE = { i64as8: 0x3c, i64as16: 0x3d, i64as32: 0x3e }
  const SIZES = [4, 8, 4, 8, 1, 2, 1, 2, 4]

  /** The marked cards, and those whose bytes are not zero. */
  function cardsOf(buffer: ArrayBuffer) {
    const memory = new Uint8Array(buffer)
    const marked: number[] = []
    const changed: number[] = []
    for (let card = 0; card < 2048; card++) {
      if (memory[CARDS.at + card] !== 0) marked.push(card)
      if (memory.subarray(card * 16, card * 16 + 16).some((byte) => byte !== 0)) changed.push(card)
    }
    return { marked, changed }
  }

  /** Stores ones of the type that an instruction wants at the argument plus an offset. */
  function storing(op: number, align: number, offset: number): number[] {
    const value = {
      [STORES.f32]: [0x43, 0xff, 0xff, 0x7f, 0x7f],
      [STORES.f64]: [0x44, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0x7f],
    }[op]
    const isLong = op === STORES.i64 || Object.values(WIDE).includes(op)
    const ones = value ?? [isLong ? 0x42 : 0x41, 0x7f]
    return [0, 0x20, 0, ...ones, op, align, ...leb(offset), 0x20, 0, 0x0b]
  }

  test.each(Object.entries({ ...STORES, ...WIDE }))('%s marks each card it touches', (_, op) => {
    const size = SIZES[op - STORES.i32] as number
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(5000), (address, offset) => {
        // Aligned or not is the compiler's promise: without it both ends are marked.
        const { run, memory } = instantiate(storing(op, 0, offset), never, { cards: CARDS })
        run(address)
        const { marked, changed } = cardsOf(memory.buffer)
        expect(marked).toEqual(changed)
        expect(changed.length).toBe(((address + offset) % 16) + size > 16 ? 2 : 1)
      }),
    )
  })

  test('what is known to be aligned marks one', () => {
    const { run, memory } = instantiate(storing(STORES.i64, 3, 8), never, { cards: CARDS })
    run(160)
    expect(cardsOf(memory.buffer)).toEqual({ marked: [10], changed: [10] })
  })

  test.each(Object.entries({ ...STORES, ...WIDE }))('%s is held to it', (_, op) => {
    const size = SIZES[op - STORES.i32] as number
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(5000), (address, offset) => {
        const code = storing(op, Math.log2(size), offset)
        const { run, memory } = instantiate(code, never, { cards: CARDS })
        run(address)
        const { marked, changed } = cardsOf(memory.buffer)
        expect(marked).toEqual(changed)
      }),
    )
  })

  test.each(Object.entries({ ...STORES, ...WIDE }))('%s to a mark is a trap', (_, op) => {
    const guest = 61_440
    const cards = { at: 65_536 - guest / 16, shift: 4, pages: 0 }
    const size = SIZES[op - STORES.i32] as number
    for (const align of [0, Math.log2(size)]) {
      const { run } = instantiate(storing(op, align, 0), never, { cards })
      run(guest - size)
      for (let address = guest - size + 1; address <= 65_536; address++) {
        // One that is held to its alignment writes in front of the border.
        const written = align === 0 ? address : address - (address % size)
        if (written >= guest || align === 0) expect(() => run(address)).toThrow('out of bounds')
      }
    }
  })

  test('bulk memory that reaches a mark is a trap', () => {
    const guest = 61_440
    const cards = { at: 65_536 - guest / 16, shift: 4, pages: 0 }
    for (let size = guest + 1; size <= 65_536; size += 5) {
      const { run, fuel } = instantiate(FILL_AND_COPY, never, { cards })
      fuel.value = 1_000_000
      expect(() => run(size)).toThrow('out of bounds')
    }
  })

  test('bulk memory marks its whole range, and nothing for no bytes', () => {
    fc.assert(
      fc.property(fc.nat(20_000), (size) => {
        const { run, fuel, memory } = instantiate(FILL_AND_COPY, never, { cards: CARDS })
        fuel.value = 1_000_000
        run(size)
        const { marked, changed } = cardsOf(memory.buffer)
        expect(marked).toEqual(changed)
        expect(changed).toHaveLength(Math.ceil(size / 16))
      }),
    )
  })

  test('so do a few bytes, wherever they lie', () => {
    const code = [0, 0x20, 0, 0x41, 7, 0x20, 0, 0x41, 10, 0x76, 0xfc, 11, 0, 0x20, 0, 0x0b]
    const { run, fuel, memory } = instantiate(code, never, { cards: CARDS })
    for (let size = 1; size < 32; size++) {
      for (let shift = 0; shift < 32; shift++) {
        new Uint8Array(memory.buffer).fill(0)
        fuel.value = 1_000_000
        run((size << 10) | shift)
        const { marked, changed } = cardsOf(memory.buffer)
        expect(marked).toEqual(changed)
      }
    }
  })

  test('pages of marks are not told of', () => {
    const MEMORY_SIZE = [0, 0x3f, 0, 0x0b]
    const plain = instantiate(MEMORY_SIZE, never)
    const hidden = instantiate(MEMORY_SIZE, never, { cards: { ...CARDS, pages: 1 } })
    expect([plain.run(0), hidden.run(0)]).toEqual([1, 0])
  })

  test('the engine with marks is valid', () => {
    const cards = { at: 32 << 20, shift: 9, pages: 1 }
    const burnt = { module: bellard.module, name: bellard.imports.clearKeepalive as string }
    const { bytes } = meter(readBuild(bellard), { burnt, at: 'loops and entries', cards })
    expect(WebAssembly.validate(bytes)).toBe(true)
  })
})
