#!/usr/bin/env node
import './kernel/process/signals.ts'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Options } from './cli/options.ts'
import type { Paint } from './config/explain/print.ts'
import type { UsedPlugin } from './config/plugin-uses.ts'
import type { ConfigTree } from './config/tree.ts'
import type { DevOutput } from './dev/dev.ts'
import type { Plan } from './kernel/phase/plan.ts'
import type { AnyPlugin } from './kernel/plugin-record.ts'
import type { Configuration, Prepared, Program } from './kernel/process/program.ts'
import type { Loadable } from './loader/index.ts'

// The composition root: the only file that knows command line, configuration, loader, plugins and
// kernel. What it needs it imports late: signals are safe first, and a worker starts with little.

/** What a master hands its workers: they read no configuration file and bundle no plugin. */
interface Handed {
  readonly tree: ConfigTree
  readonly bundles: readonly Loadable[]
  readonly readied: Plan['handed']
  /** Workers open each other's session tickets. */
  readonly ticketSecret: string
  /** Path of `-e`. */
  readonly errorLog: string | undefined
}

/** Where bundled plugins are kept, beside the configuration. */
const CACHE = '.gateway/cache'
const entry = fileURLToPath(import.meta.url)
/** Says what is installed, beside the configuration; where there is none, nothing more is loaded. */
const LOCK_FILE = 'gateway.lock'

if (process.env.GATEWAY_ROLE === 'worker') {
  const { runWorker } = await import('./kernel/process/worker.ts')
  runWorker(compileHanded)
} else {
  const { runCommand } = await import('./cli/command.ts')
  await runCommand(process.argv.slice(2), {
    program,
    dump,
    compiled,
    pidPath,
    schema,
    explain,
    develop,
    describe,
  })
}

/** What is done to plugins before they are used. */
type Observe = (plugins: readonly AnyPlugin[]) => readonly AnyPlugin[]

function program(options: Options): Program {
  return programWith(options, (plugins) => plugins)
}

function programWith(options: Options, observe: Observe): Program {
  return { prefix: options.prefix, entry, prepare: () => prepare(options, observe) }
}

async function prepare(options: Options, observe: Observe): Promise<Prepared> {
  const [config, { ticketSecret }] = await Promise.all([
    import('./config/index.ts'),
    import('./serve/tls/ticket-keys.ts'),
  ])
  return refusing(async () => {
    const tree = config.readConfig(options.config, options)
    const { plugins, bundles } = await pluginsOf(options, tree, 'used')
    const compiled = config.compile(tree, observe(plugins))
    const readied = await config.makeReady(compiled, tree)
    const { plan, warnings } = compiled
    const handed: Handed = {
      tree,
      bundles,
      readied,
      // As it is when a worker starts, be it much later.
      get ticketSecret() {
        return ticketSecret()
      },
      errorLog: options.errorLog,
    }
    return {
      plan,
      configuration: handed,
      warnings: warnings.map((each) => config.formatErrors([each], tree)),
    }
  })
}

/** Serves in this process, for somebody who is writing a configuration or plugin. */
async function develop(options: Options, output: DevOutput): Promise<void> {
  const [{ Dev }, { keepBundler }] = await Promise.all([
    import('./dev/dev.ts'),
    import('./loader/bundle.ts'),
  ])
  keepBundler()
  const dev = new Dev(output, { folders: [dirname(options.config)], program: dirname(entry) })
  await dev.run(programWith(options, (plugins) => dev.observe(plugins)))
}

/** The built-in plugins, the installed ones (all, or those it may use), and the files it names. */
async function pluginsOf(
  options: Options,
  tree: ConfigTree | undefined,
  wanted: 'all' | 'used' = 'all',
) {
  const [{ pluginUses }, { loadPlugins }, builtIn] = await Promise.all([
    import('./config/index.ts'),
    import('./loader/index.ts'),
    builtInPlugins(),
  ])
  const { files, named } = tree ? pluginUses(tree) : { files: [], named: [] }
  const folder = dirname(options.config)
  // What a file wants to be behind is known when it is loaded, and then has to be there.
  const all = wanted === 'all' || files.length > 0
  const texts = all ? undefined : tree?.sources.map(({ text }) => text)
  const ours = [...builtIn.first, ...builtIn.last]
  const installed = await installedIn(folder, options, { named, texts, ours })
  return loadPlugins({ builtIn, installed, files, cache: join(folder, CACHE) })
}

/** What a configuration wants of what is installed. */
interface Wanted {
  readonly named: readonly UsedPlugin[]
  /** Of its files, where only what they can use is loaded. */
  readonly texts: readonly string[] | undefined
  /** Names of built-in plugins. */
  readonly ours: readonly string[]
}

/** A one-liner has no file, and so nothing is installed beside it. */
async function installedIn(folder: string, options: Options, { named, ours, texts }: Wanted) {
  const none = options.overlay !== undefined || !existsSync(join(folder, LOCK_FILE))
  if (none && named.length === 0) return []
  const { installedPlugins } = await import('./packages/installed.ts')
  return installedPlugins(folder, named, texts, ours)
}

async function compileHanded(configuration: Configuration) {
  const { tree, bundles, readied, errorLog, ticketSecret } = configuration as Handed
  const [{ compile }, { importPlugins }, builtIn, { setDefaultErrorLog }, { useTicketSecret }] =
    await Promise.all([
      import('./config/compile.ts'),
      import('./loader/index.ts'),
      builtInPlugins(),
      import('./storage/log/error-log.ts'),
      import('./serve/tls/ticket-keys.ts'),
    ])
  if (errorLog !== undefined && errorLog !== 'stderr') setDefaultErrorLog(errorLog)
  useTicketSecret(ticketSecret)
  const { plan } = compile(tree, await importPlugins(builtIn, bundles))
  return { ...plan, handed: readied }
}

async function builtInPlugins() {
  const { FIRST_PLUGINS: first, LAST_PLUGINS: last } = await import('./plugins/index.ts')
  return { first, last }
}

/** The files of a configuration, as `-T` prints them. */
async function dump({ configuration }: Prepared): Promise<string> {
  const { dumpConfig } = await import('./config/index.ts')
  return dumpConfig((configuration as Handed).tree)
}

/** A configuration with its plugins, and what it comes to; one that is wrong is refused. */
function compiled(options: Options) {
  return refusing(async () => {
    const { compile, readConfig } = await import('./config/index.ts')
    const tree = readConfig(options.config, options)
    const { plugins } = await pluginsOf(options, tree)
    return { tree, plugins, compiled: compile(tree, plugins) }
  })
}

async function explain(options: Options, paint: Paint): Promise<string> {
  const { explainText } = await import('./config/explain/index.ts')
  return refusing(async () => {
    return explainText((await compiled(options)).compiled, options.asked, paint)
  })
}

/** The JSON Schema, with the plugins of the configuration where there is one. */
async function schema(options: Options): Promise<string> {
  const [{ readConfig }, { configSchema }] = await Promise.all([
    import('./config/index.ts'),
    import('./config/schema.ts'),
  ])
  return refusing(async () => {
    const there = existsSync(options.config)
    const tree = there ? readConfig(options.config, options) : undefined
    const { plugins } = await pluginsOf(options, tree)
    return JSON.stringify(configSchema(plugins), undefined, 2)
  })
}

/** What the plugin of a folder brings; or, of words that are no paths, what installed ones do. */
async function describe(options: Options, words: readonly string[]) {
  const [{ describePlugin }, { entryOf }, { loadPlugins }, config] = await Promise.all([
    import('./config/describe-plugin.ts'),
    import('./packages/change/folder.ts'),
    import('./loader/index.ts'),
    import('./config/index.ts'),
  ])
  return refusing(async () => {
    if (words.some((word) => /^[./]/.test(word))) {
      const files = words.map((word) => ({ path: entryOf(word), isolation: 'native' as const }))
      const sources = { builtIn: { first: [], last: [] }, files }
      const cache = join(dirname(options.config), CACHE)
      return (await loadPlugins({ ...sources, cache })).plugins.map(describePlugin)
    }
    const tree = config.readConfig(options.config, options)
    const { plugins, bundles } = await pluginsOf(options, tree)
    // All that plugins can have against each other is told here.
    config.compile(tree, plugins)
    const locked = bundles.flatMap((each) => ('locked' in each && each.locked ? [each.locked] : []))
    return words.flatMap((word) => {
      const found = locked.find(({ name }) => name === word)
      const plugin = plugins.find(({ name }) => name === found?.plugin)
      return plugin ? [describePlugin(plugin)] : []
    })
  })
}

async function pidPath(options: Options): Promise<string> {
  const [{ readConfig }, config] = await Promise.all([
    import('./config/index.ts'),
    import('./config/pid-path.ts'),
  ])
  return refusing(async () => config.pidPath(readConfig(options.config, options)))
}

/** Errors of configuration and loader list their reasons; the kernel has its own word for that. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { StartError } = await import('./kernel/process/program.ts')
    const { reasons } = error as { reasons?: readonly string[] }
    throw reasons ? new StartError(reasons) : error
  }
}
