import type { Exchange } from '../exchange/exchange.ts'

/** The value of a variable for one exchange now; undefined when it has none (nginx's not found). */
export type Getter = (x: Exchange) => string | undefined

/** Gives a variable a value for one exchange. */
export type Setter = (x: Exchange, value: string) => void

/** A variable of a plugin, or of the kernel. */
export interface Variable {
  readonly doc: string
  readonly get: Getter
  /** Where `set` may change it. */
  readonly set?: Setter
}

/**
 * A family such as `$http_NAME`: given what follows the prefix, makes the getter once, when the
 * configuration is read.
 */
export interface VariableFamily {
  readonly doc: string
  readonly make: (rest: string) => Getter
}
