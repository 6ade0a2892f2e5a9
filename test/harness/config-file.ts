import { assignPorts, fill, type Ports } from './template.ts'
import type { Workspace } from './workspace.ts'

/**
 * Writes a configuration with its placeholders filled in. YAML that names no error log gets one
 * at level info, so that tests see what clients did wrong.
 */
export async function writeConfig(workspace: Workspace, name: string, text: string, ports: Ports) {
  await assignPorts([text], ports)
  const native = /\.(ya?ml)$/.test(name) && !/^error_log:/m.test(text)
  const logged = native ? `${text.trimEnd()}\nerror_log: error.log info\n` : text
  workspace.write(name, fill(logged, workspace.dir, ports))
}
