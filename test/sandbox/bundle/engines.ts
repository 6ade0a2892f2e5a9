import variant from '@jitl/quickjs-ng-wasmfile-release-sync'
import { getQuickJS, newQuickJSWASMModule, type QuickJSContext } from 'quickjs-emscripten'

const bellard = await getQuickJS()
const ng = await newQuickJSWASMModule(variant as unknown as Variant)

type Variant = NonNullable<Parameters<typeof newQuickJSWASMModule>[0]>

/** The engines a bundle has to be for. */
export const ENGINES = { bellard, ng }

export type EngineName = keyof typeof ENGINES

/** Evaluates scripts one after another; the last one's value. A thrown error's `stack` is kept. */
export function evaluate(engine: EngineName, ...scripts: readonly string[]): unknown {
  using context = ENGINES[engine].newContext()
  return scripts.reduce<unknown>((_, code) => evaluateIn(context, code), undefined)
}

function evaluateIn(context: QuickJSContext, code: string): unknown {
  const result = context.evalCode(code, 'script.js')
  if (result.error) {
    const error = context.dump(result.error) as { name: string; message: string; stack: string }
    result.error.dispose()
    throw Object.assign(new Error(error.message), { name: error.name, stack: error.stack })
  }
  const value: unknown = context.dump(result.value)
  result.value.dispose()
  return value
}
