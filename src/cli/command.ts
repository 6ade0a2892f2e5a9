import type { Compiled } from '../config/compile.ts'
import type { PluginDescription } from '../config/describe-plugin.ts'
import type { Paint } from '../config/explain/print.ts'
import type { ConfigTree } from '../config/tree.ts'
import type { DevOutput } from '../dev/dev.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import type { Prepared, Program } from '../kernel/process/program.ts'
import { setDefaultErrorLog } from '../storage/log/error-log.ts'
import { completionScript } from './completion/index.ts'
import { explainRequest } from './explain.ts'
import { formatFiles } from './fmt.ts'
import { init } from './init.ts'
import { commandTree, helpText, type Options, readOptions } from './options.ts'
import { refuse, say, show } from './output.ts'
import { paintFor } from './paint.ts'
import { run } from './run.ts'
import { tryScript } from './script/run-script.ts'
import { signalRunning } from './signal.ts'
import { testConfig } from './test-config.ts'
import { UsageError } from './usage-error.ts'
import { detailsText, versionText } from './version.ts'

/** A configuration as read, with the plugins it is compiled with. */
export interface CompiledConfig {
  readonly tree: ConfigTree
  readonly plugins: readonly AnyPlugin[]
  readonly compiled: Compiled
}

/** What commands need of the program; the composition root has it. */
export interface Tools {
  program(options: Options): Program
  /** All files of a configuration, as `-T` prints them. */
  dump(prepared: Prepared): Promise<string>
  /** A configuration, and what it comes to. */
  compiled(options: Options): Promise<CompiledConfig>
  /** The JSON Schema of configurations, with the plugins of this one where there is one. */
  schema(options: Options): Promise<string>
  /** What a request would meet; JSON, or text with the paint that a terminal may have. */
  explain(options: Options, paint: Paint): Promise<string>
  /** Serves in this process and takes up each change; settles when it does. */
  develop(options: Options, output: DevOutput): Promise<void>
  /** What plugins bring, by the folders of their packages or the names of installed ones. */
  describe(options: Options, words: readonly string[]): Promise<readonly PluginDescription[]>
  /** The path of the pid file, as configured. */
  pidPath(options: Options): Promise<string>
}

/** Does what the command line (without node and program) asks for. Sets the exit code. */
export async function runCommand(words: readonly string[], tools: Tools): Promise<void> {
  const options = understand(words)
  if (!options) return
  if (options.errorLog !== undefined && options.errorLog !== 'stderr') {
    setDefaultErrorLog(options.errorLog)
  }
  switch (options.command) {
    case 'help':
      return show(helpText(options.topic))
    case 'version':
      return show(versionText())
    case 'details':
      return show(detailsText())
    case 'test':
    case 'dump':
      return testConfig(options, tools)
    case 'schema':
      return print(() => tools.schema(options))
    case 'convert':
      return print(() => convert(options, tools))
    case 'init':
      return init(options, tools)
    case 'fmt':
      return formatFiles(options)
    case 'completion':
      return show(completionScript(options.asked.shell ?? 'bash', commandTree()))
    case 'plugin':
      return plugin(options, tools)
    case 'explain':
      return explainRequest(options, tools)
    case 'dev':
      return tools.develop(options, {
        form: options.asked.form ?? 'text',
        paint: paintFor(process.stdout),
        show,
        say,
      })
    case 'script':
      return tryScript(options)
    case 'run':
      if (options.greeting !== undefined) say(options.greeting)
      return options.signal ? send(options, tools) : run(tools.program(options))
  }
}

async function plugin(options: Options, tools: Tools): Promise<void> {
  const { runPlugin } = await import('./plugin/index.ts')
  if (options.asked.plugin) await runPlugin(options.asked.plugin, options, tools)
}

function understand(words: readonly string[]): Options | undefined {
  try {
    return readOptions(words)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    refuse(new UsageError(`${error.message} (see gateway --help)`))
    return undefined
  }
}

/** The library for it is loaded only here. */
async function convert(options: Options, tools: Tools): Promise<string> {
  const { convertConfig } = await import('../config/convert/index.ts')
  const { tree, plugins } = await tools.compiled(options)
  return convertConfig(tree, plugins)
}

async function print(text: () => Promise<string>): Promise<void> {
  try {
    show(await text())
  } catch (error) {
    refuse(error)
  }
}

async function send(options: Options, tools: Tools): Promise<void> {
  const { signal } = options
  if (!signal) return
  try {
    signalRunning(signal, await tools.pidPath(options))
  } catch (error) {
    refuse(error, 'error')
  }
}
