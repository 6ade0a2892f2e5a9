import { byteString, type Exchange, type Getter } from 'gateway/plugin'
import { deploymentIn } from '../bindings/deploy.ts'
import type { Deployment } from '../deployment.ts'
import { beside } from '../occasion.ts'
import { ExchangeRequest } from '../request-view.ts'
import { ScriptRun } from '../script-run.ts'
import { noteFailure } from '../variables.ts'

/** What would end a field or a line that the value becomes part of. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const FORBIDDEN = /[\0-\x08\x0a-\x1f\x7f]/

type Values = Map<string, string | undefined>

/** What variables have come to, by request and script. */
const known = new WeakMap<Exchange, Map<Deployment, Values>>()

/**
 * The getter of a variable that scripts provide: that of the location a request is in is asked, once
 * for a request. Without a value where there is none, or where it fails.
 */
export function scriptVariable(name: string): Getter {
  return (x) => {
    const deployment = deploymentIn(x.location)
    if (!deployment?.settings.variables.includes(name)) return undefined
    const values = valuesOf(x, deployment)
    if (!values.has(name)) {
      // Whatever the script does, it is not asked again.
      values.set(name, undefined)
      const { record } = deployment
      values.set(name, record ? record.variable(name)?.(x) : computed(x, deployment, name))
    }
    return values.get(name)
  }
}

function valuesOf(x: Exchange, deployment: Deployment): Values {
  const scripts = known.get(x) ?? new Map<Deployment, Values>()
  known.set(x, scripts)
  const values = scripts.get(deployment) ?? new Map<string, string | undefined>()
  scripts.set(deployment, values)
  return values
}

function computed(x: Exchange, deployment: Deployment, name: string): string | undefined {
  const refused = deployment.enter('brief')
  if (refused) {
    noteFailure(x, refused)
    return undefined
  }
  let found: string | undefined
  const run = new ScriptRun(beside(x), deployment, {
    hook: 'variables',
    values: [name],
    request: new ExchangeRequest(x, deployment.settings, 'head'),
    found: (text) => {
      found = text
    },
    refuse: () => 'done',
  })
  const verdict = run.start()
  if (verdict instanceof Promise) {
    run.stop()
    return broken(x, deployment, `variable "${name}" is not there at once`)
  }
  if (verdict !== 'next' || found === undefined) return undefined
  const { headerBytes } = deployment.settings.limits
  if (found.length > headerBytes) {
    return broken(x, deployment, `variable "${name}" has more than ${headerBytes} characters`)
  }
  if (FORBIDDEN.test(found))
    return broken(x, deployment, `variable "${name}" has control characters`)
  return byteString(found)
}

function broken(x: Exchange, deployment: Deployment, fault: string): undefined {
  deployment.tell(x, 'error', `script_bad_variable: ${fault}`)
  noteFailure(x, 'script_bad_variable')
  return undefined
}
