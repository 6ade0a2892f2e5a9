import { type Row, rows, type SpecialRow, specialRows } from './rows.ts'

/** What the command line asks for. */
export interface Options {
  readonly rows: readonly Row[]
  readonly special: readonly SpecialRow[]
  /** Seconds of load in each measurement. */
  readonly seconds: number
  readonly rounds: number
  /** Whether the results are kept in bench/RESULTS.md. */
  readonly write: boolean
  readonly mode: 'compare' | 'profile' | 'syscalls'
}

export const USAGE = `npm run bench -- [row ...] [--seconds N] [--rounds N] [--quick]
npm run bench -- --profile row      the gateway's dearest functions under that load
npm run bench -- --syscalls row     system calls per request, gateway and nginx

Rows: ${[...rows.map((row) => row.name), ...specialRows].join(' ')}
Without rows, all of them run. --quick is one short round and writes no results.`

/** Reads the command line; throws a sentence for the user. */
export function readOptions(args: readonly string[]): Options {
  const names: string[] = []
  let mode: Options['mode'] = 'compare'
  let seconds: number | undefined
  let rounds: number | undefined
  let quick = false
  const words = [...args]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--seconds') seconds = readCount(word, words.shift(), 600)
    else if (word === '--rounds') rounds = readCount(word, words.shift(), 99)
    else if (word === '--quick') quick = true
    else if (word === '--profile') mode = 'profile'
    else if (word === '--syscalls') mode = 'syscalls'
    else if (word.startsWith('-')) throw new Error(`unknown option ${word}`)
    else names.push(word)
  }
  return {
    rows: names.length === 0 ? rows : rows.filter((row) => names.includes(row.name)),
    special: names.length === 0 ? specialRows : specialRows.filter((name) => names.includes(name)),
    seconds: seconds ?? (quick ? 1 : 3),
    rounds: rounds ?? (quick ? 1 : 5),
    write: !quick,
    mode: checkNames(names, mode),
  }
}

function checkNames(names: readonly string[], mode: Options['mode']): Options['mode'] {
  const known: string[] = [...rows.map((row) => row.name), ...specialRows]
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) throw new Error(`no row "${wrong}"`)
  if (mode !== 'compare' && names.length !== 1) throw new Error(`--${mode} takes one row`)
  return mode
}

function readCount(option: string, word: string | undefined, most: number): number {
  const count = Number(word)
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new Error(`${option} takes a number from 1 to ${most}`)
  }
  return count
}
