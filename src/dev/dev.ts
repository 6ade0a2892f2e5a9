import { relative } from 'node:path'
import { GatewayError } from '../base/errors.ts'
import type { Paint } from '../config/explain/print.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { type Prepared, type Program, reasonsOf } from '../kernel/process/program.ts'
import { takeSignals } from '../kernel/process/signals.ts'
import { SingleProcess } from '../kernel/process/single.ts'
import { describeError } from './code-frame.ts'
import { answerFault } from './fault-page.ts'
import { requestAsJson, requestAsText, timeOf } from './print-request.ts'
import { traceOf } from './trace.ts'
import { tracedPlugins } from './traced-plugins.ts'
import { watchSources } from './watch.ts'

/** Where things are told. */
export interface DevOutput {
  readonly form: 'text' | 'json'
  readonly paint: Paint
  /** A request. */
  show(text: string): void
  /** Everything else. */
  say(text: string): void
}

/** Files that belong to nobody who writes a plugin, by the start of their paths. */
export interface DevPlaces {
  /** Folders to watch. */
  readonly folders: readonly string[]
  /** Where the gateway's own code is. */
  readonly program: string
}

/**
 * The production kernel in one process, for somebody who is writing: what is saved is live at once,
 * what is wrong is told where one looks, and each request with all that was done for it.
 */
export class Dev {
  readonly #output: DevOutput
  readonly #places: DevPlaces
  /** Why what was saved is not what is served. */
  #fault = ''
  #state: 'waiting' | 'serving' = 'waiting'
  /** Whose failures these are that plugins have thrown. */
  readonly #told = new WeakMap<object, string>()

  constructor(output: DevOutput, places: DevPlaces) {
    this.#output = output
    this.#places = places
  }

  /** The plugins as they are served here: traced, and between two of its own. */
  observe(plugins: readonly AnyPlugin[]): AnyPlugin[] {
    const faults: AnyPlugin = {
      name: 'gateway-dev',
      always: true,
      postRead: (x) => {
        traceOf(x)
        if (this.#fault === '') return 'next'
        return answerFault(x, 'What was saved cannot be served', this.#fault)
      },
    }
    const printer: AnyPlugin = {
      name: 'gateway-dev-log',
      always: true,
      log: (x) => {
        if (!x.parent) this.#print(x)
        return 'next'
      },
    }
    const traced = tracedPlugins(plugins, (x, plugin, error) => this.#failed(x, plugin, error))
    return [faults, ...traced, printer]
  }

  /** Serves, and takes up each change; settles when it watches. */
  async run(program: Program): Promise<void> {
    const single = new SingleProcess(program)
    takeSignals(() => process.exit(0))
    const started = new Promise<void>((resolve) => {
      void watchSources(this.#places.folders, async (files) => {
        await started
        if (this.#state === 'waiting') await this.#start(single, program)
        else await this.#reload(single, files)
      }).then(() => resolve(this.#start(single, program)))
    })
    await started
  }

  async #start(single: SingleProcess, program: Program): Promise<void> {
    try {
      const prepared = await program.prepare()
      await single.start(prepared)
      this.#state = 'serving'
      for (const text of prepared.warnings) this.#output.say(text)
      this.#output.say(`serving ${addressesOf(prepared)}, watching for changes (Ctrl-C ends it)`)
    } catch (error) {
      for (const reason of reasonsOf(error)) this.#output.say(reason)
      this.#output.say('nothing is served yet, waiting for a change')
    }
  }

  async #reload(single: SingleProcess, files: readonly string[]): Promise<void> {
    const from = performance.now()
    const reasons = await single.reload()
    this.#fault = reasons.join('\n\n')
    const time = `${Math.round(performance.now() - from)} ms`
    const names = files.map((file) => relative(process.cwd(), file)).join(', ')
    if (reasons.length === 0) this.#output.say(`${names}: live after ${time}`)
    else for (const reason of reasons) this.#output.say(reason)
  }

  #print(x: Exchange): void {
    const { form, paint, show } = this.#output
    const trace = traceOf(x)
    const time = timeOf(trace)
    // The handler that answered has not returned yet.
    setImmediate(() => {
      show(form === 'json' ? requestAsJson(x, trace, time) : requestAsText(x, trace, time, paint))
    })
  }

  #failed(x: Exchange, asked: string, error: unknown): 'done' | undefined {
    const cause = Object((error instanceof GatewayError && error.cause) || error)
    // A filter that throws makes the handler fail that has sent the head: it is told once.
    const told = this.#told.get(cause)
    const plugin = told ?? asked
    const text = describeError(cause, this.#places.program)
    if (told === undefined) this.#output.say(`plugin "${plugin}" failed\n${text}`)
    this.#told.set(cause, plugin)
    if (x.head || x.parent) return undefined
    void answerFault(x, `Plugin "${plugin}" failed`, text)
    return 'done'
  }
}

function addressesOf({ plan }: Prepared): string {
  return plan.listens.map(({ listen: { key } }) => `http://${key}`).join(', ')
}
