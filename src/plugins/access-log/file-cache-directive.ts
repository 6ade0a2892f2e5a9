import { directive, readNumber, readTime } from 'gateway/plugin'

/** How long log files with variables in their paths stay open. Times in milliseconds. */
export interface FileCache {
  /** Files kept open at once; 0 opens and closes a file for each line. */
  readonly max: number
  readonly inactive: number
  readonly minUses: number
  readonly valid: number
}

const DEFAULTS: FileCache = { max: 0, inactive: 10_000, minUses: 1, valid: 60_000 }

export const openLogFileCache = directive<FileCache>({
  in: ['http', 'server', 'location'],
  default: DEFAULTS,
  doc: 'Keeps log files open whose paths hold variables: at most max of them, those used min_uses times within inactive, each opened anew after valid.',
  usage: 'max=N [inactive=time] [min_uses=N] [valid=time] | off',
  min: 1,
  max: 4,
  kind: 'params',
  words: ['max', 'inactive', 'min_uses', 'valid', 'off'],
  read: (entry) => {
    if (entry.args.length === 1 && entry.args[0] === 'off') return DEFAULTS
    let cache = DEFAULTS
    for (const word of entry.args) {
      const [key, value = ''] = word.split('=', 2)
      if (key === 'max') cache = { ...cache, max: readNumber(entry, value) }
      else if (key === 'inactive') cache = { ...cache, inactive: readTime(entry, value) }
      else if (key === 'min_uses') cache = { ...cache, minUses: readNumber(entry, value) }
      else if (key === 'valid') cache = { ...cache, valid: readTime(entry, value) }
      else entry.fail(`"${word}" is not one of max=, inactive=, min_uses= and valid=`)
    }
    return cache.max > 0 ? cache : entry.fail('"max" is missing')
  },
})
