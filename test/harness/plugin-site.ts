import { existsSync, readdirSync } from 'node:fs'
import { onCleanup } from './cleanup.ts'
import { type CommandResult, runCommand } from './command.ts'
import { type PackageOptions, pluginPackage } from './plugin-package.ts'
import { packageTarball } from './tarball.ts'
import { Workspace } from './workspace.ts'

/** The folder of a configuration, and the plugins a test makes in it. */
export interface Site {
  readonly dir: string
  readonly workspace: Workspace
  /** Runs `gateway plugin …` there. */
  plugin(...words: readonly string[]): Promise<CommandResult>
  /** Writes a plugin's folder; returns its name. */
  folder(name: string, options?: PackageOptions): string
  /** Writes a plugin's archive; returns its name. */
  archive(name: string, options?: PackageOptions): string
  /** The lock's text; empty where there is none. */
  lock(): string
  /** What is in the store. */
  stored(): readonly string[]
}

/** Makes a folder with an empty configuration; it goes with the test. */
export function pluginSite(): Site {
  const workspace = new Workspace('plugins')
  onCleanup(() => workspace.remove())
  workspace.write('gateway.yaml', 'http: {}\n')
  return siteIn(workspace)
}

/** The same, of a workspace that somebody else removes: that of a gateway that runs. */
export function siteIn(workspace: Workspace): Site {
  const { dir } = workspace
  const store = workspace.path('.gateway/plugins')
  return {
    dir,
    workspace,
    plugin: (...words) => runCommand(['plugin', ...words], { cwd: dir }),
    folder(name, options) {
      for (const [path, text] of Object.entries(pluginPackage(options))) {
        workspace.write(`${name}/${path}`, text)
      }
      return `./${name}`
    },
    archive(name, options) {
      workspace.write(name, packageTarball(pluginPackage(options)))
      return `./${name}`
    },
    lock: () => workspace.read('gateway.lock'),
    stored: () => {
      return existsSync(store) ? readdirSync(store).filter((name) => name !== '.turn') : []
    },
  }
}
