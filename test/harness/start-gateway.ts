import { type ChildProcess, spawn } from 'node:child_process'
import { COMMAND, ensureBuilt } from './build.ts'
import { onCleanup } from './cleanup.ts'
import { writeConfig } from './config-file.ts'
import type { Expected } from './error-lines.ts'
import { Gateway } from './gateway.ts'
import { isAlive } from './processes.ts'
import { assignPorts, fill } from './template.ts'
import { until } from './wait.ts'
import { Workspace } from './workspace.ts'

/** A gateway to start. */
export interface GatewayOptions {
  /** The configuration, with `%%PORT%%`, `%%PORT_1%%`… and `%%DIR%%`; logs at level info. */
  readonly yaml: string
  /** More files of the workspace by relative name; texts may hold placeholders too. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** The configuration's file name; another ending selects another syntax. */
  readonly name?: string
  readonly args?: readonly string[]
  /** The program's file, where it is not the built command's own. */
  readonly command?: string
  readonly env?: Readonly<Record<string, string>>
  /** Error-log lines at level error and above that belong to the test. */
  readonly expected?: readonly Expected[]
  /** Flags for the node process itself. */
  readonly nodeArgs?: readonly string[]
  /** How many descriptors each of its processes may have; by default as many as the test. */
  readonly openFiles?: number
  /** Descriptors it is lent, as by a service manager. */
  readonly lent?: readonly number[]
}

/** Starts the built command and resolves when it accepts connections. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  await ensureBuilt()
  const workspace = new Workspace('test')
  const name = options.name ?? 'gateway.yaml'
  const texts = Object.values(options.files ?? {}).filter((each) => typeof each === 'string')
  const ports = await assignPorts(texts)
  await writeConfig(workspace, name, options.yaml, ports)
  for (const [file, content] of Object.entries(options.files ?? {})) {
    workspace.write(
      file,
      typeof content === 'string' ? fill(content, workspace.dir, ports) : content,
    )
  }
  const { child, output } = launch(workspace, name, options)
  const expected = options.expected ?? []
  const facts = { workspace, ports, child, expected, output, name }
  const early = new Gateway({ ...facts, pid: child.pid ?? 0 })
  try {
    const pid = await started(workspace, child, output)
    const gateway = new Gateway({ ...facts, pid })
    onCleanup(() => gateway.finish())
    return gateway
  } catch (error) {
    early.expect(/./)
    await early.finish()
    throw error
  }
}

function launch(workspace: Workspace, name: string, options: GatewayOptions) {
  const { nodeArgs = [], args = [], env = {} } = options
  const command = [
    ...nodeArgs,
    options.command ?? COMMAND,
    '-p',
    workspace.dir,
    '-c',
    name,
    '-e',
    'error.log',
    ...args,
  ]
  const { openFiles, lent = [] } = options
  const [file, ...rest] = lending(limited([process.execPath, ...command], openFiles), lent)
  // A group of its own, so that whatever it starts can be found and ended.
  const child = spawn(file as string, rest, {
    cwd: workspace.dir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...lent],
    detached: true,
  })
  const output: string[] = []
  child.stdout?.on('data', (text) => output.push(String(text)))
  child.stderr?.on('data', (text) => output.push(String(text)))
  return { child, output }
}

/** Only the process itself knows the number that has to be in its environment. */
function lending(command: readonly string[], lent: readonly number[]): readonly string[] {
  if (lent.length === 0) return command
  const shell = `LISTEN_PID=$$ LISTEN_FDS=${lent.length} exec "$@"`
  return ['bash', '-c', shell, 'bash', ...command]
}

/** A shell sets the limit and becomes the command: Node cannot. */
function limited(command: readonly string[], openFiles: number | undefined): readonly string[] {
  if (openFiles === undefined) return command
  return ['bash', '-c', `ulimit -n ${openFiles} && exec "$@"`, 'bash', ...command]
}

/** The pid file appears when every listener accepts. */
function started(workspace: Workspace, child: ChildProcess, output: string[]): Promise<number> {
  return until(
    'the pid file',
    () => {
      const pid = Number(workspace.read('gateway.pid'))
      if (pid > 0 && isAlive(pid)) return pid
      // A daemon's parent leaves with 0; anything else that ends early has failed.
      const { exitCode, signalCode } = child
      if (signalCode !== null || (exitCode !== null && exitCode !== 0)) {
        const said = output.join('') || workspace.read('error.log')
        throw new Error(`exited with ${exitCode ?? signalCode}:\n${said}`)
      }
      return undefined
    },
    25_000,
  )
}
