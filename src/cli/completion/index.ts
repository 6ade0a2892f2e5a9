import type { Command } from 'commander'
import type { Shell } from '../commands.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { wordsOf } from './words.ts'
import { zshScript } from './zsh.ts'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

/** A script that makes a shell complete the words of a command tree. */
export function completionScript(shell: Shell, tree: Command): string {
  return SCRIPTS[shell](wordsOf(tree))
}
