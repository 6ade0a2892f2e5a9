/** What a host says to a guest that asked for something it may not have: only these two cross. */
export class Refusal extends Error {
  override readonly name: string

  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

/** Makes the error a guest sees, `TypeError` or `RangeError` for instance, without a stack. */
export function refusal(name: string, message: string): Refusal {
  return new Refusal(name, message)
}
