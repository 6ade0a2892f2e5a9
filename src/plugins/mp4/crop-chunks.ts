import { Buffer } from 'node:buffer'
import type { Samples } from './crop-times.ts'
import { falseMovie } from './false-movie.ts'
import type { Table } from './table.ts'
import { type Track, tableOf } from './track.ts'

/** The chunks that a cut leaves, counted from 0, and the samples it begins and ends within. */
export interface Piece {
  readonly start: number
  readonly end: number | undefined
  /** Samples of the first chunk that are left out. */
  readonly before: number
  /** Samples of the last chunk that stay. */
  readonly within: number
  /** Rows for a chunk of which a part stays, before and behind the others. */
  readonly first: Buffer | undefined
  readonly last: Buffer | undefined
}

/** Finds the chunks of samples, and leaves the rows about them. */
export function cropChunks(track: Track, { end, start }: Samples): Piece {
  const runs = tableOf(track, 'stsc')
  if (runs.count === 0) throw falseMovie('zero number of entries in stsc atom')
  const offsets = track.tables.get('co64') ?? tableOf(track, 'stco')
  const begin = cropStart(runs, start, offsets.count)
  const stop = end === undefined ? undefined : cropEnd(runs, begin, end - start, offsets.count)
  for (let row = 0; row < runs.count; row++) runs.set(row, 0, runs.get(row) - begin.start)
  return {
    start: begin.start,
    before: begin.before,
    first: begin.first,
    end: stop?.end,
    within: stop?.within ?? 0,
    last: stop?.last,
  }
}

/** A row of the table that a sample is found in. */
interface Run {
  readonly row: number
  /** Its first chunk, and the first behind it; they count from 1. */
  readonly chunk: number
  readonly next: number
  readonly samples: number
  readonly id: number
  /** Of the sample, from the first of the row. */
  readonly left: number
  /** Samples of a chunk of the run before this. */
  readonly earlier: number
}

function runOf(runs: Table, sample: number, chunks: number, which: string, earlier: number): Run {
  let left = sample
  let before = earlier
  for (let row = 0; ; row++) {
    const isLast = row + 1 === runs.count
    const chunk = runs.get(row)
    const next = isLast ? chunks + 1 : runs.get(row + 1)
    const samples = runs.get(row, 1)
    if (next < chunk) throw falseMovie('unordered mp4 stsc chunks')
    const all = (next - chunk) * samples
    if (left < all || isLast) {
      if (left > all) throw falseMovie(`${which} time is out mp4 stsc chunks`)
      if (samples === 0) throw falseMovie('zero number of samples')
      if (chunk === 0) throw falseMovie('zero chunk')
      return { row, chunk, next, samples, id: runs.get(row, 2), left, earlier: before }
    }
    left -= all
    if (next > chunk) before = samples
  }
}

type Begin = Pick<Piece, 'start' | 'before' | 'first'>

function cropStart(runs: Table, sample: number, chunks: number): Begin {
  const { chunk, id, left, next, row, samples } = runOf(runs, sample, chunks, 'start', 0)
  const start = chunk - 1 + Math.floor(left / samples)
  const before = left % samples
  runs.keep(row)
  runs.set(0, 0, start + 1)
  if (before === 0) return { start, before, first: undefined }
  if (next - start === 2) {
    runs.set(0, 1, samples - before)
    return { start, before, first: undefined }
  }
  runs.set(0, 0, start + 2)
  return { start, before, first: rowFor(1, samples - before, id) }
}

type Stop = Required<Pick<Piece, 'end' | 'within' | 'last'>>

function cropEnd(runs: Table, begin: Begin, count: number, chunks: number): Stop {
  const { first, start } = begin
  const ahead = Math.min(first?.readUInt32BE(4) ?? 0, count)
  first?.writeUInt32BE(ahead, 4)
  const run = runOf(runs, count - ahead, chunks, 'end', ahead)
  const { chunk, earlier, id, left, row, samples } = run
  const end = chunk - 1 + Math.floor(left / samples)
  const within = left % samples
  runs.keep(0, left > 0 ? row + 1 : row)
  if (within === 0) return { end, within: left > 0 ? samples : earlier, last: undefined }
  if (end === chunk - 1) {
    runs.set(row, 1, within)
    return { end: end + 1, within, last: undefined }
  }
  return { end: end + 1, within, last: rowFor(end + 1 - start, within, id) }
}

function rowFor(chunk: number, samples: number, id: number): Buffer {
  const row = Buffer.allocUnsafe(12)
  row.writeUInt32BE(chunk, 0)
  row.writeUInt32BE(samples, 4)
  row.writeUInt32BE(id, 8)
  return row
}
