import { Buffer } from 'node:buffer'
import type { Exchange } from 'gateway/plugin'
import type { Command } from './command-parser.ts'
import { type CommandName, isKnown, textOf, type Values, valuesOf } from './commands.ts'
import { holds } from './condition.ts'
import { setDateFormat } from './dates.ts'
import { type Encoding, encoded, encodingOf } from './encoding.ts'
import { evaluate, type ReadVariable } from './evaluate.ts'
import { type Inclusion, type Into, include } from './include.ts'
import type { SsiSettings } from './settings.ts'
import { type Shared, sharedOf } from './shared.ts'
import { SsiError } from './ssi-error.ts'

/** What a command puts into the page: bytes, an answer, or nothing. */
export type Output = Uint8Array | Inclusion | undefined

/** Where `if`, `elif`, `else` and `endif` have led. */
type Conditional = 'none' | 'if' | 'else'

/** A page as far as its commands have come. */
export class Page {
  readonly x: Exchange
  readonly settings: SsiSettings
  #shared: Shared | undefined
  /** Put out in the place of a command that fails. */
  #message = '[an error occurred while processing the directive]'
  #encoding: Encoding = 'entity'
  #conditional: Conditional = 'none'
  /** Whether a branch of the condition was taken already. */
  #chosen = false
  #shown = true
  /** The block that is being kept. */
  #block: { readonly name: string; text: string } | undefined

  constructor(x: Exchange, settings: SsiSettings) {
    this.x = x
    this.settings = settings
  }

  /** Most pages have no use for it. */
  get shared(): Shared {
    this.#shared ??= sharedOf(this.x)
    return this.#shared
  }

  readonly read: ReadVariable = (name) => {
    return this.shared.get(name) ?? this.settings.lookUp(name.toLowerCase())?.(this.x)
  }

  /** What of a text is put out. */
  text(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#shown) return bytes
    if (this.#block) this.#keep(Buffer.from(bytes).toString('latin1'))
    return undefined
  }

  /** Carries a command out; one that fails puts the message out, and a line into the error log. */
  run(command: Command, into: Into): Output {
    try {
      return this.#run(command, into)
    } catch (error) {
      if (error instanceof SsiError) return this.refuse(error.message)
      throw error
    }
  }

  refuse(fault: string): Uint8Array | undefined {
    this.x.log('error', fault)
    return this.settings.errors === 'silent' ? undefined : bytesOf(this.#message)
  }

  #run(command: Command, into: Into): Output {
    const { name } = command
    if (!isKnown(name)) {
      if (this.#shown) throw new SsiError(`invalid SSI command: "${name}"`)
      return undefined
    }
    if (!this.#shown && name !== 'endblock') {
      if (this.#block) {
        this.#keep(textOf(command))
        return undefined
      }
      if (!isConditional(name)) return undefined
    }
    if (!this.#mayStand(name)) throw new SsiError(`invalid context of SSI command: "${name}"`)
    return this.#carryOut(name, valuesOf(command), into)
  }

  #mayStand(name: CommandName): boolean {
    switch (name) {
      case 'elif':
      case 'else':
        return this.#conditional === 'if'
      case 'endif':
        return this.#conditional !== 'none'
      default:
        return true
    }
  }

  #carryOut(name: CommandName, values: Values, into: Into): Output {
    switch (name) {
      case 'include':
        return include(this, values, into)
      case 'echo':
        return this.#echo(values)
      case 'config':
        if (values.timefmt !== undefined) setDateFormat(this.x, values.timefmt)
        this.#message = values.errmsg ?? this.#message
        return undefined
      case 'set':
        this.shared.set(values.var ?? '', evaluate(values.value ?? '', this.read))
        return undefined
      case 'if':
        if (this.#conditional !== 'none') {
          throw new SsiError('the "if" command inside the "if" command')
        }
        return this.#branch(values)
      case 'elif':
        return this.#branch(values)
      case 'else':
        this.#shown = !this.#chosen
        this.#conditional = 'else'
        return undefined
      case 'endif':
        this.#shown = true
        this.#chosen = false
        this.#conditional = 'none'
        return undefined
      case 'block':
        this.#shown = false
        this.#block = { name: values.name ?? '', text: '' }
        return undefined
      case 'endblock':
        if (this.#block) this.shared.keepBlock(this.#block.name, this.#block.text)
        this.#shown = true
        this.#block = undefined
        return undefined
    }
  }

  #branch({ expr = '' }: Values): undefined {
    if (this.#chosen) {
      this.#shown = false
      return
    }
    this.#shown = holds(expr, this.read, this.shared)
    this.#chosen = this.#shown
    this.#conditional = 'if'
  }

  #echo({ var: name = '', default: otherwise = '(none)', encoding }: Values): Output {
    if (encoding !== undefined) {
      const known = encodingOf(encoding)
      // As in nginx, it stays what it was, and counts from here on.
      if (known) this.#encoding = known
      else this.x.log('error', `unknown encoding "${encoding}" in the "echo" command`)
    }
    const value = this.read(name) ?? otherwise
    return value === '' ? undefined : bytesOf(encoded(value, this.#encoding))
  }

  #keep(text: string): void {
    const block = this.#block
    if (!block) return
    if (this.shared.hasRoom(block.text.length + text.length)) block.text += text
    else this.x.log('error', `block "${block.name}" is too large, and cut`)
  }
}

function isConditional(name: CommandName): boolean {
  return name === 'elif' || name === 'else' || name === 'endif'
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
