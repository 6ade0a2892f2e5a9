import { MOST_NAME, MOST_PARAMETERS } from './limits.ts'

/** One parameter of a command, in byte strings; backslashes stand in its value as in the page. */
export interface Parameter {
  readonly name: string
  readonly value: string
}

/** A command as written: `<!--# name parameter="value" -->`. */
export interface Command {
  readonly name: string
  readonly parameters: readonly Parameter[]
}

/** A command that cannot be read; the text says why. */
export interface Malformed {
  readonly fault: string
}

type State =
  | 'before name'
  | 'name'
  | 'before parameter'
  | 'parameter'
  | 'before equals'
  | 'before value'
  | 'value'
  | 'after value'
  | 'dash'
  | 'two dashes'
  | 'skipping'
  | 'skipping dash'
  | 'skipping two dashes'

/**
 * Reads what stands between `<!--#` and `-->`, a byte at a time, so that borders of chunks do not
 * matter. What it keeps has the bounds of `limits.ts`, and of `ssi_value_length`.
 */
export class CommandParser {
  readonly #valueLength: number
  #state: State = 'before name'
  #name = ''
  #parameters: Parameter[] = []
  #parameter = ''
  #value = ''
  #quote = ''
  #escaped = false
  #fault = ''

  constructor(valueLength: number) {
    this.#valueLength = valueLength
  }

  /** Takes one byte; what was read, once it is complete. */
  take(byte: number): Command | Malformed | undefined {
    const char = String.fromCharCode(byte)
    switch (this.#state) {
      case 'before name':
        if (!isBlank(char)) this.#begin(char)
        return undefined
      case 'name':
        return this.#inName(char)
      case 'before parameter':
        return this.#beforeParameter(char)
      case 'parameter':
        return this.#inParameter(char)
      case 'before equals':
        if (isBlank(char)) return undefined
        if (char === '=') this.#state = 'before value'
        else this.#unexpected(char, `after "${this.#parameter}" parameter`)
        return undefined
      case 'before value':
        if (isBlank(char)) return undefined
        if (char !== '"' && char !== "'") {
          this.#unexpected(char, `before value of "${this.#parameter}" parameter`)
          return undefined
        }
        this.#quote = char
        this.#value = ''
        this.#state = 'value'
        return undefined
      case 'value':
        return this.#inValue(char)
      case 'after value':
        return this.#afterValue(char)
      case 'dash':
        if (char === '-') this.#state = 'two dashes'
        else this.#unexpected(char)
        return undefined
      case 'two dashes':
        if (char === '>') return this.#complete()
        this.#unexpected(char)
        this.#state = 'skipping'
        return undefined
      case 'skipping':
        if (char === '-') this.#state = 'skipping dash'
        return undefined
      case 'skipping dash':
        this.#state = char === '-' ? 'skipping two dashes' : 'skipping'
        return undefined
      case 'skipping two dashes':
        if (char !== '>') this.#state = 'skipping'
        return char === '>' ? this.#giveUp() : undefined
    }
  }

  #begin(char: string): void {
    this.#name = char
    this.#parameters = []
    this.#state = 'name'
  }

  #inName(char: string): undefined {
    if (isBlank(char)) this.#state = 'before parameter'
    else if (char === '-') this.#state = 'dash'
    else if (this.#name.length < MOST_NAME) this.#name += char
    else this.#refuse(`the "${this.#name}${char}..." SSI command is too long`, char)
  }

  #beforeParameter(char: string): undefined {
    if (isBlank(char)) return
    if (char === '-') {
      this.#state = 'dash'
      return
    }
    this.#parameter = char
    this.#state = 'parameter'
  }

  #inParameter(char: string): undefined {
    const name = this.#parameter
    if (isBlank(char)) this.#state = 'before equals'
    else if (char === '=') this.#state = 'before value'
    else if (char === '-') {
      this.#refuse(`invalid "${name}" parameter in "${this.#name}" SSI command`, char)
    } else if (name.length < MOST_NAME) this.#parameter += char
    else this.#refuse(`too long "${name}${char}..." parameter in "${this.#name}" SSI command`, char)
  }

  #inValue(char: string): undefined {
    if (!this.#escaped && char === this.#quote) {
      // One more than there may be is kept, so that it is seen.
      if (this.#parameters.length <= MOST_PARAMETERS) {
        this.#parameters.push({ name: this.#parameter, value: this.#value })
      }
      this.#state = 'after value'
      return
    }
    if (this.#value.length === this.#valueLength) {
      const where = `value of "${this.#parameter}" parameter in "${this.#name}" SSI command`
      this.#escaped = false
      this.#refuse(`too long "${this.#value}${char}..." ${where}`, char)
      this.#state = 'skipping'
      return
    }
    this.#escaped = !this.#escaped && char === '\\'
    this.#value += char
  }

  #afterValue(char: string): undefined {
    if (isBlank(char)) this.#state = 'before parameter'
    else if (char === '-') this.#state = 'dash'
    else this.#unexpected(char, `after value of "${this.#parameter}" parameter`)
  }

  #unexpected(char: string, where?: string): void {
    const place = where === undefined ? '' : `${where} `
    this.#refuse(`unexpected "${char}" symbol ${place}in "${this.#name}" SSI command`, char)
  }

  /** The rest is skipped, up to the end of the command; `char` may begin that. */
  #refuse(fault: string, char: string): void {
    this.#fault = fault
    this.#state = char === '-' ? 'skipping dash' : 'skipping'
  }

  #complete(): Command {
    this.#state = 'before name'
    return { name: this.#name, parameters: this.#parameters }
  }

  #giveUp(): Malformed {
    this.#state = 'before name'
    return { fault: this.#fault }
  }
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\r' || char === '\n' || char === '\t'
}
