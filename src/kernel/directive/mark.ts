/** A place in a configuration source. Lines and columns count from 1. */
export interface Mark {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The line of what ends the directive, where that is another: nginx names that one. */
  readonly ends?: number
}

/** Something wrong in the configuration, at a place. `hint` says what to do. */
export class ConfigError extends Error {
  readonly mark: Mark
  readonly hint: string | undefined

  constructor(mark: Mark, message: string, hint?: string) {
    super(message)
    this.name = 'ConfigError'
    this.mark = mark
    this.hint = hint
  }
}
