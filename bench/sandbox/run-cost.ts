/** What one run of a script costs, its isolation included. */
export interface RunCost {
  readonly name: string
  /** Microseconds of processor time, the median of the rounds and the least of them. */
  readonly cpu: number
  readonly least: number
  readonly fuel: number
}
