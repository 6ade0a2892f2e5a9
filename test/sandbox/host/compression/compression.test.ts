import { randomBytes } from 'node:crypto'
import * as zlib from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CompressionOp } from '../../../../sandbox/border/ops.ts'
import {
  COMPRESSION_LIMITS,
  type CompressionLimits,
} from '../../../../sandbox/host/compression/compression-limits.ts'
import { CompressionSession } from '../../../../sandbox/host/compression/compression-session.ts'
import { compressionOps } from '../../../../sandbox/host/compression-ops.ts'

/** A script's way to compression streams, through the ops it has for them. */
function script(limits: Partial<CompressionLimits> = {}) {
  let spent = 0
  const session = new CompressionSession({ ...COMPRESSION_LIMITS, ...limits }, (cost) => {
    spent += cost
  })
  onTestFinished(() => session.close())
  const ops = compressionOps(session)
  const open = (coding: string) => ops(CompressionOp.open, coding, undefined, undefined) as number
  const push = (id: number, bytes: Uint8Array | undefined) => {
    ops(CompressionOp.push, id, bytes, undefined)
  }
  const pull = async (id: number) => {
    const found: Uint8Array[] = []
    for (;;) {
      const piece = (await ops(CompressionOp.pull, id, undefined, undefined)) as Uint8Array
      if (piece === undefined) return found
      found.push(piece)
    }
  }
  const through = async (coding: string, pieces: readonly Uint8Array[]) => {
    const id = open(coding)
    const found: Uint8Array[] = []
    for (const piece of [...pieces, undefined]) {
      push(id, piece)
      found.push(...(await pull(id)))
    }
    ops(CompressionOp.close, id, undefined, undefined)
    return Buffer.concat(found)
  }
  return { spent: () => spent, ops, session, open, push, pull, through }
}

const FORMATS = [
  ['gzip', zlib.gzipSync, zlib.gunzipSync],
  ['deflate', zlib.deflateSync, zlib.inflateSync],
  ['deflate-raw', zlib.deflateRawSync, zlib.inflateRawSync],
] as const

const TEXT = Buffer.from('hello compression '.repeat(20_000))

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => {
    return bytes.subarray(i * size, (i + 1) * size)
  })
}

describe.each(FORMATS)('%s', (format, compress, decompress) => {
  test.each([['', 1] as const, [TEXT, 1e6] as const, [TEXT, 4097] as const])(
    'is made of whatever pieces',
    async (text, size) => {
      const bytes = Buffer.from(text)
      const { through } = script()
      const made = await through(`compress ${format}`, pieces(bytes, size))
      expect(decompress(made).equals(bytes)).toBe(true)
    },
  )

  test.each([1e6, 100, 1])('is read from pieces of %i bytes', async (size) => {
    const bytes = Buffer.concat([TEXT, randomBytes(300)])
    const { through } = script()
    const read = await through(`decompress ${format}`, pieces(compress(bytes), size))
    expect(read.equals(bytes)).toBe(true)
  })

  test.each([
    ['is not in the format', () => [Buffer.from('no such thing at all, really')]],
    ['ends too early', () => [compress(TEXT).subarray(0, -9)]],
    ['is empty', () => []],
    ['goes on after its end', () => [Buffer.concat([compress(TEXT), Buffer.from([0, 1, 2])])]],
    ['goes on in a piece of its own', () => [compress(TEXT), Buffer.from([0, 1, 2])]],
  ])('that %s is an error', async (_, bytes) => {
    const { through } = script()
    await expect(through(`decompress ${format}`, bytes())).rejects.toMatchObject({
      name: 'TypeError',
      code: 'compression_bad_data',
    })
  })
})

test('a bomb comes out piece by piece, and ends at the limit', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(50_000_000))
  const { ops, open, push } = script({ output: 200_000 })
  const id = open('decompress gzip')
  push(id, bomb)
  let got = 0
  const unfold = async () => {
    for (;;) {
      const piece = (await ops(CompressionOp.pull, id, undefined, undefined)) as Uint8Array
      expect(piece.length).toBeLessThanOrEqual(64 * 1024)
      got += piece.length
    }
  }
  await expect(unfold()).rejects.toMatchObject({ code: 'compression_limit' })
  expect(got).toBeLessThanOrEqual(200_000)
  // The limit is of all streams: another one cannot go on where this one ended.
  const other = open('decompress gzip')
  push(other, bomb)
  const pulled = async () => ops(CompressionOp.pull, other, undefined, undefined)
  await expect(pulled()).rejects.toMatchObject({ code: 'compression_limit' })
})

test('what goes in and what comes out is paid for', async () => {
  const { spent, through } = script()
  const made = await through('compress gzip', [TEXT])
  // Each of the six calls has its price, and each byte.
  expect(spent()).toBeCloseTo(6 * 10 + 0.02 * (TEXT.length + made.length))
})

test('a run has so many streams at once, and so many in all', () => {
  const { ops, open } = script({ streams: 2, opened: 4 })
  const first = open('compress gzip')
  open('compress gzip')
  expect(() => open('compress gzip')).toThrow('compression_limit')
  ops(CompressionOp.close, first, undefined, undefined)
  ops(CompressionOp.close, open('compress gzip'), undefined, undefined)
  ops(CompressionOp.close, open('compress gzip'), undefined, undefined)
  expect(() => open('compress gzip')).toThrow('compression_limit')
})

test('a run that ends leaves nobody waiting', async () => {
  const { session, open, push, pull } = script()
  const id = open('compress gzip')
  push(id, TEXT)
  const pulling = pull(id)
  session.close()
  await expect(pulling).rejects.toMatchObject({ code: 'compression_bad_data' })
  expect(() => push(id, TEXT)).toThrow('unknown_handle')
})

test('a piece waits until what the last one became is out', async () => {
  const { open, push, pull } = script()
  const id = open('compress gzip')
  push(id, TEXT)
  expect(() => push(id, TEXT)).toThrow('bad_call')
  await pull(id)
  push(id, undefined)
  expect(() => push(id, TEXT)).toThrow('bad_call')
})

test.each([
  ['an op', 999, 1, undefined],
  ['an unknown coding', CompressionOp.open, 'compress zip', undefined],
  ['what every object has', CompressionOp.open, 'constructor', undefined],
  ['an unknown stream', CompressionOp.push, 1, undefined],
  ['a text to compress', CompressionOp.push, 1, 'x'],
])('the host is not confused by %s', (_, op, a, b) => {
  const { ops } = script()
  expect(() => ops(op, a, b, undefined)).toThrow(/bad_call|unknown_handle/)
})
