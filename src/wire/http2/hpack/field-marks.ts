import { STATIC_NAMES, STATIC_VALUES } from './static-table.ts'

/**
 * What is to be known of each field, as a number whose meaning is the caller's: whether it may stand,
 * which it is. It is found once for a field that is remembered, not each time it is sent.
 */
export class FieldMarks {
  readonly of: (name: string, value: string) => number
  /** Of the fields of the static table, by index. */
  readonly ofStatic: readonly number[]

  constructor(of: (name: string, value: string) => number) {
    this.of = of
    this.ofStatic = STATIC_NAMES.map((name, i) => of(name, STATIC_VALUES[i] as string))
  }
}

/** Where nothing need be known. */
export const NO_MARKS: FieldMarks = new FieldMarks(() => 0)
