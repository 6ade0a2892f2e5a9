import { type Exchange, uncapture } from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { LINE } from '../../../../sandbox/border/lines.ts'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { refusal } from '../../../../sandbox/border/refusal.ts'
import { badCall, textOf } from '../../../../sandbox/host/arguments.ts'
import { readWhole } from '../../../../sandbox/host/read-whole.ts'
import { ChunkReader } from '../chunk-reader.ts'
import type { EntryOps } from './entry-ops.ts'
import { FACTS, type Fact, SETTINGS, type Setting } from './facts.ts'
import { headText } from './head-text.ts'
import type { Remembered } from './remembered.ts'

/** What a record may look at and keep while it works for an exchange. */
export interface ExchangeView {
  readonly x: Exchange
  readonly entries: EntryOps
  readonly remembered: Remembered
  /** Bytes of a body it may have as a whole. */
  readonly requestBody: number
}

/** Tells a record of its exchange. */
export function exchangeOp(
  { entries, remembered, requestBody, x }: ExchangeView,
  op: number,
  a: Crossing,
  b: Crossing,
): Crossing | Promise<Crossing> {
  switch (op) {
    case RecordOp.fact:
      return factOf(x, textOf(a, 'fact'))
    case RecordOp.headers:
      return [...x.headers].flat().join(LINE)
    case RecordOp.head:
      return x.head && headText(x.head)
    case RecordOp.setting:
      return settingOf(x, textOf(a, 'setting'))
    case RecordOp.value:
      return entries.value(a, x)
    case RecordOp.recall:
      return remembered.get(x, textOf(a, 'name'))
    case RecordOp.remember:
      return remembered.set(x, textOf(a, 'name'), textOf(b, 'value'))
    case RecordOp.capture:
      return capture(x, entries, a, b)
    case RecordOp.body:
      return x.body.empty
        ? Promise.resolve(new Uint8Array(0))
        : Promise.resolve(readWhole(new ChunkReader(x.body), requestBody))
    default:
      throw badCall('op')
  }
}

function factOf(x: Exchange, name: string): Crossing {
  if (!Object.hasOwn(FACTS, name)) throw badCall('fact')
  return FACTS[name as Fact](x)
}

function settingOf(x: Exchange, name: string): string {
  if (!SETTINGS.includes(name as Setting)) {
    throw refusal('TypeError', `setting "${name}" is not there in the sandbox`)
  }
  return JSON.stringify(x.location.settings[name as Setting])
}

function capture(x: Exchange, entries: EntryOps, a: Crossing, b: Crossing): undefined {
  if (a === undefined) {
    uncapture(x)
    return undefined
  }
  const groups = jsonIn(a)
  const named = b === undefined ? {} : jsonIn(b)
  if (!Array.isArray(groups) || groups.length > MOST_GROUPS) throw badCall('match')
  const texts = groups.map((each) => (typeof each === 'string' ? each : undefined))
  entries.capture(texts, textsIn(named), x)
  return undefined
}

const MOST_GROUPS = 100

function textsIn(named: unknown): Record<string, string> {
  const entries = Object.entries((named ?? {}) as object)
  return Object.fromEntries(entries.filter(([, value]) => typeof value === 'string'))
}

function jsonIn(text: Crossing): unknown {
  try {
    return JSON.parse(textOf(text, 'match'))
  } catch {
    throw badCall('match')
  }
}
