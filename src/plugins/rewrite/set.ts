import type { Entry, Exchange } from 'gateway/plugin'
import { Replacement } from './replacement.ts'
import type { Operation } from './sequence.ts'

/** Reads `set $variable value`. */
export function readSet(entry: Entry): Operation {
  const [word = '', text = ''] = entry.args
  if (!word.startsWith('$')) return entry.fail(`invalid variable name "${word}"`)
  const name = word.slice(1)
  const set = entry.assign(name, (x) => {
    if (warns(x)) x.log('warn', `using uninitialized "${name}" variable`)
    // From now on it is empty, and once is enough to say so.
    set(x, '')
    return ''
  })
  const value = new Replacement(entry, text, 'whole')
  return (x, run) => {
    set(x, value.render(x, run.escaping ? 'always' : 'arguments').text)
    return undefined
  }
}

interface Settings {
  readonly uninitialized_variable_warn: boolean
}

/** `uninitialized_variable_warn` of the location, whoever asks there. */
function warns(x: Exchange): boolean {
  const config = x.location.configs.get('rewrite') as Settings | undefined
  return config?.uninitialized_variable_warn !== false
}
