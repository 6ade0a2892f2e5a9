import type { Argument, Command, Option } from 'commander'

/** What may stand in a place: files, folders, one of some words, or anything. */
export type Values =
  | { readonly kind: 'file' | 'folder' | 'anything' }
  | { readonly kind: 'words'; readonly words: readonly string[] }

/** An option as typed, `-c` or `--json`. */
export interface OptionWords {
  readonly flags: readonly string[]
  readonly doc: string
  /** Undefined for one without a value. */
  readonly value: Values | undefined
  readonly repeats: boolean
}

export interface ArgumentWords {
  readonly name: string
  readonly values: Values
  readonly repeats: boolean
}

/** One of the words after `gateway`. */
export interface CommandWords {
  readonly name: string
  readonly doc: string
  readonly options: readonly OptionWords[]
  readonly arguments: readonly ArgumentWords[]
}

/** All that can be typed after `gateway`; its options may follow any command, too. */
export interface CommandLineWords extends CommandWords {
  readonly commands: readonly CommandWords[]
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']

/** The words of a command tree. What a place takes its name says: `<file>`, `[folder]`. */
export function wordsOf(command: Command): CommandLineWords {
  return { ...ownWords(command), commands: command.commands.map(commandWords) }
}

function ownWords(command: Command): CommandWords {
  return {
    name: command.name(),
    doc: command.description(),
    options: command.options.map(optionWords),
    arguments: command.registeredArguments.map(argumentWords),
  }
}

/** A command of commands is completed as one whose first argument is the word of the next. */
function commandWords(command: Command): CommandWords {
  const inner = command.commands
  if (inner.length === 0) return ownWords(command)
  const options = new Map(
    inner.flatMap((each) => each.options.map((option) => [option.flags, optionWords(option)])),
  )
  const words = inner.map((each) => each.name())
  return {
    name: command.name(),
    doc: command.description(),
    options: [...options.values()],
    arguments: [
      { name: 'command', values: { kind: 'words', words }, repeats: false },
      { name: 'file', values: { kind: 'file' }, repeats: true },
    ],
  }
}

function optionWords(option: Option): OptionWords {
  const { short, long, description, required, optional, flags, argChoices } = option
  const name = /[<[]([^>\]]+)/.exec(flags)?.[1] ?? ''
  return {
    flags: [short, long].filter((each) => each !== undefined),
    doc: description,
    value: required || optional ? valuesOf(name, argChoices) : undefined,
    repeats: /may be repeated/.test(description),
  }
}

function argumentWords(argument: Argument): ArgumentWords {
  const name = argument.name()
  const { argChoices, variadic } = argument
  return { name, values: valuesOf(name, argChoices), repeats: variadic }
}

function valuesOf(name: string, choices: readonly string[] | undefined): Values {
  if (choices) return { kind: 'words', words: choices }
  if (name === 'method') return { kind: 'words', words: METHODS }
  return { kind: name === 'file' || name === 'folder' ? name : 'anything' }
}
