import { type Cut, unitsOf } from './cut.ts'
import { falseMovie } from './false-movie.ts'
import type { Table } from './table.ts'
import { type Track, tableOf } from './track.ts'

/** Samples that a cut leaves, counted from 0. */
export interface Samples {
  readonly start: number
  /** The first that is left out; undefined where all up to the end stay. */
  readonly end: number | undefined
  /** See `Cropped.prefix`. */
  readonly prefix: bigint
}

/** Finds the samples of a cut, and leaves their times. */
export function cropTimes(track: Track, cut: Cut, startsAt: 'anywhere' | 'key frame'): Samples {
  const times = tableOf(track, 'stts')
  const found = sampleAt(times, unitsOf(cut.start, track.timescale))
  if (found.row === times.count) throw falseMovie('start time is out mp4 stts samples')
  const back = startsAt === 'key frame' ? toKeyFrame(track.tables.get('stss'), found.sample) : 0
  const { before, prefix, row } = goBack(times, found, back)
  if (track.media) track.media.duration += prefix
  times.set(row, 0, times.get(row) - before)
  times.keep(row)
  const start = found.sample - back
  if (cut.length === 0n) return { start, end: undefined, prefix }
  const last = sampleAt(times, unitsOf(cut.length, track.timescale) + prefix)
  if (last.row < times.count) {
    times.set(last.row, 0, last.before)
    times.keep(0, last.row + 1)
  }
  return { start, end: start + last.sample, prefix }
}

/** A sample, the row it is in, and how many samples of the row are before it. */
interface Place {
  readonly sample: number
  readonly row: number
  readonly before: number
}

/** The sample that is shown at a time; that behind all others where it is later. */
function sampleAt(times: Table, time: bigint): Place {
  // Beyond 2 ** 53 units, which no movie has, places are as good as they get.
  let left = Number(time)
  let sample = 0
  for (let row = 0; row < times.count; row++) {
    const count = times.get(row)
    const duration = times.get(row, 1)
    if (left < count * duration) {
      const before = Math.min(Math.floor(left / duration), count)
      return { sample: sample + before, row, before }
    }
    left -= count * duration
    sample += count
  }
  return { sample, row: times.count, before: 0 }
}

/** How many samples are between a sample and the key frame it needs. */
function toKeyFrame(marks: Table | undefined, sample: number): number {
  let back = 0
  for (let row = 0; marks && row < marks.count; row++) {
    const mark = marks.get(row)
    if (mark === 0) throw falseMovie('zero sync sample')
    if (mark > sample + 1) break
    back = sample + 1 - mark
  }
  return back
}

/** Goes so many samples back; what they last is the prefix. */
function goBack(times: Table, place: Place, back: number): Omit<Place, 'sample'> & Lasting {
  let { before, row } = place
  let prefix = 0n
  let left = back
  while (before < left && row > 0) {
    prefix += BigInt(before) * BigInt(times.get(row, 1))
    left -= before
    row--
    before = times.get(row)
  }
  prefix += BigInt(left) * BigInt(times.get(row, 1))
  return { row, before: before - left, prefix }
}

interface Lasting {
  readonly prefix: bigint
}
