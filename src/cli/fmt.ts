import { readFileSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { Options } from './options.ts'
import { refuse, report, say, show } from './output.ts'

/** What formatting came to; what is right and cannot be formatted stays as it is. */
type Outcome = 'same' | 'different' | 'kept'

/** The library for it is loaded only here. */
type Format = typeof import('../config/format/index.ts')

/** `gateway fmt`: formats files, or tells which are not formatted. Sets the exit code. */
export async function formatFiles(options: Options): Promise<void> {
  const { files = [], mode = 'write' } = options.asked
  const format = await import('../config/format/index.ts')
  for (const name of files.length > 0 ? files : [options.config]) {
    try {
      const outcome = name === '-' ? formatInput(format, mode) : formatFile(format, name, mode)
      if (outcome === 'different' && mode === 'check') process.exitCode = 1
    } catch (error) {
      refuse(error)
    }
  }
}

function formatFile({ formatFile }: Format, name: string, mode: 'write' | 'check'): Outcome {
  const path = resolve(name)
  const shown = relative(process.cwd(), path)
  return keeping(shown, () => {
    const { before, after } = formatFile(path)
    if (after === before) return 'same'
    if (mode === 'check') say(`${shown} is not formatted`)
    else {
      writeFileSync(path, after)
      say(`formatted ${shown}`)
    }
    return 'different'
  })
}

/** What is written in the place of a file is printed, changed or not. */
function formatInput({ formatText }: Format, mode: 'write' | 'check'): Outcome {
  const before = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(0))
  let after = before
  const outcome = keeping(INPUT, () => {
    after = formatText(INPUT, before)
    return after === before ? 'same' : 'different'
  })
  if (mode === 'write') show(after)
  else if (outcome === 'different') say(`${INPUT} is not formatted`)
  return outcome
}

const INPUT = '<standard input>'

function keeping(name: string, work: () => Outcome): Outcome {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'UnsafeFormat') throw error
    report('warn', `${name} is left as it is: ${error.message}`)
    return 'kept'
  }
}
